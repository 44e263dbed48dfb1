"""What the procedure demands of a new connection, written by hand: gates of each step, and what no path may lack."""

from applications.stages import Stage

# Each step with the checkpoints that it must not pass. Dropping one from the program makes a test fail.
GATES: dict[str, tuple[str, ...]] = {
    "confirm_data": ("form_complete",),
    "issue_one_time_notice": ("documents_lacking",),
    "accept_documents": ("form_complete", "documents_complete"),
    "complete_arrears_check": ("arrears_checked",),
    "confirm_settled": ("nothing_owed",),
    "complete_survey": ("sheet_complete", "can_be_supplied"),
    "refuse_supply": ("cannot_be_supplied", "project_fee_unpaid"),
    "complete_design": ("sheet_complete", "told_of_permits"),
    "complete_permits": ("told_of_permits", "permits_settled"),
    "submit_budget": ("sheet_complete",),
    "approve_budget": (),
    "confirm_fee_paid": ("budget_approved", "fee_paid"),
    "conclude_construction_agreement": ("fee_paid", "construction_agreement_signed"),
    "issue_task": ("fee_paid", "formalities_settled", "sheet_complete"),
    "report_completion": ("sheet_complete",),
    "pass_acceptance": ("sheet_complete", "acceptance_passed"),
    "fail_acceptance": ("acceptance_failed",),
    "fix_settlement": ("sheet_complete", "budget_approved"),
    "approve_variance": ("variance_waits", "budget_approved"),
    "refuse_variance": ("variance_fixed",),
    "close_settlement": ("settlement_fixed", "variance_approved_when_due", "statement_balanced"),
    "conclude_supply_agreement": ("account_opened", "supply_agreement_signed", "deposit_paid_when_due"),
    "approve_water_on": ("budget_approved",),
    "turn_water_on": (
        "budget_approved",
        "fee_paid",
        "acceptance_passed",
        "variance_approved_when_due",
        "construction_agreement_signed",
        "account_opened",
        "supply_agreement_signed",
        "deposit_paid_when_due",
        "executive_approved_when_due",
    ),
    "hand_over_meter_card": ("meter_card_recorded",),
    "close_file": ("account_filed",),
    "complete_first_reading": ("first_reading_recorded", "statement_balanced"),
    "send_back": ("can_go_back",),
    "refuse": ("fee_never_confirmed", "project_fee_unpaid"),
    "withdraw": ("fee_never_confirmed", "project_fee_unpaid"),
    "take": (),
    "hand_over": ("colleague_there",),
    "suspend": (),
    "resume": ("is_suspended", "no_termination"),
    "ask_extension": ("clock_running",),
    "grant_extension": ("extension_asked", "new_date_to_come"),
    "refuse_extension": ("extension_asked",),
    "ask_backdating": ("no_backdating_open",),
    "grant_backdating": ("backdating_asked",),
    "refuse_backdating": ("backdating_asked",),
    "urge": ("waits_for_an_office", "not_urged_today"),
    "ask_reduction": ("something_to_reduce",),
    "grant_reduction": ("reduction_asked",),
    "refuse_reduction": ("reduction_asked",),
    "prepare_termination": ("can_be_terminated",),
    "grant_termination": ("termination_asked",),
    "refuse_termination": ("termination_asked",),
    "call_off_termination": ("termination_under_way",),
    "terminate": ("termination_granted", "termination_signed", "statement_balanced"),
}
# Open to a suspended case: taking, handing over, resuming (also as of an earlier day), a second reason to wait,
# deciding on an extension or a reduction, ending; urging, where a limit had run out before. A termination by agreement
# suspends the case until it ends or goes on.
OPEN_WHILE_SUSPENDED = {
    *("take", "resume", "suspend", "grant_extension", "refuse_extension", "refuse", "withdraw", "urge"),
    *("grant_reduction", "refuse_reduction"),
    *("hand_over", "ask_backdating", "grant_backdating", "refuse_backdating"),
    *("prepare_termination", "grant_termination", "refuse_termination", "call_off_termination", "terminate"),
}
# Nobody decides on what they themselves prepared or asked for.
FOUR_EYES = {
    "approve_budget": "not_own_budget",
    "approve_variance": "not_own_settlement",
    "refuse_variance": "not_own_settlement",
    "approve_water_on": "not_own_works",
    "grant_extension": "not_own_extension",
    "refuse_extension": "not_own_extension",
    "grant_backdating": "not_own_backdating",
    "refuse_backdating": "not_own_backdating",
    "grant_reduction": "not_own_reduction",
    "refuse_reduction": "not_own_reduction",
    "grant_termination": "not_own_termination",
    "refuse_termination": "not_own_termination",
}
# What each way forward establishes; sending back behind its stage voids it.
ESTABLISHES: dict[str, str] = {
    "accept_documents": "documents complete (NC-C1)",
    "complete_arrears_check": "arrears checked (NC-2)",
    "confirm_settled": "arrears cleared (NC-3)",
    "complete_survey": "surveyed (NC-4a)",
    "complete_design": "designed (NC-4b)",
    "complete_permits": "permits complete (NC-4c)",
    "approve_budget": "budget approved (NC-4d)",
    "confirm_fee_paid": "project fee paid (NC-5)",
    "conclude_construction_agreement": "construction agreement signed (NC-6)",
    "issue_task": "construction task issued (NC-6)",
    "report_completion": "construction completed (NC-7)",
    "pass_acceptance": "acceptance passed (NC-8)",
    "close_settlement": "settlement balanced (NC-8)",
    "conclude_supply_agreement": "supply agreement signed (NC-9)",
    "approve_water_on": "deputy general manager approved (NC-10)",
}
# How the program tells that a requirement holds: a checkpoint that is met, or a sheet whose newest revision is closed.
KNOWN_BY: dict[str, tuple[str, ...]] = {
    "surveyed (NC-4a)": ("engineering.Survey",),
    "designed (NC-4b)": ("engineering.Design", "told_of_permits"),
    "permits complete (NC-4c)": ("permits_settled",),
    "budget approved (NC-4d)": ("budget_approved",),
    "construction agreement signed (NC-6)": ("construction_agreement_signed",),
    "construction task issued (NC-6)": ("engineering.ConstructionTask", "formalities_settled"),
    "construction completed (NC-7)": ("engineering.Completion",),
    "acceptance passed (NC-8)": ("acceptance_passed",),
    "settlement balanced (NC-8)": ("settlement_fixed",),
    "supply agreement signed (NC-9)": ("supply_agreement_signed",),
    "deputy general manager approved (NC-10)": ("executive_approved_when_due",),
}
# What is no word of anybody that could be voided: documents and the ledger are read anew by the step of its stage.
READ_ANEW: dict[str, str] = {
    "documents complete (NC-C1)": "documents_complete",
    "arrears checked (NC-2)": "arrears_checked",
    "arrears cleared (NC-3)": "nothing_owed",
    "project fee paid (NC-5)": "fee_paid",
}
# What passing over a stage by its skip rule establishes: the ledger was read, and nothing is owed.
SKIPPING: dict[Stage, str] = {Stage.ARREARS_SETTLEMENT: ESTABLISHES["confirm_settled"]}
NEEDED_FOR_WATER_ON = set(ESTABLISHES.values()) - {"deputy general manager approved (NC-10)"}
NEEDED_ABOVE_THRESHOLD = set(ESTABLISHES.values())
GOAL = Stage.METER_CARD
