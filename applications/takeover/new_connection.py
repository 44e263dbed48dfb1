"""Taking over a new connection: what the paper file says of each stage, and how it is written (NC-1 to NC-13)."""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts import services as accounts
from accounts.models import AccountStatus
from accounts.models.meters import USUAL_DIGITS
from applications import required_documents
from applications.checkpoints.agreements import budget_basis, supply_basis
from applications.forms import paper_facts as facts
from applications.forms.paper_facts import ForWhat
from applications.forms.takeover import HeadForm
from applications.models import ApplicantNotice, Approval, HandedInDocument, NewConnection, Paper, Subject, TakeoverScan
from applications.papers.kinds import PaperKind
from applications.stages import Kind, Stage
from applications.starting import open_new_connection
from applications.takeover.accounts import account_on_record, take_account
from applications.takeover.plan import PLANS, Plan, Section
from applications.takeover.replay import Follows, Replay
from applications.variance import settlement_difference
from billing import services as billing
from engineering import selectors as works
from engineering import services as engineering
from engineering.models import Budget, FormalityKind, Settlement

About = TakeoverScan.About


def form_filled_in(replay: Replay, _facts: None) -> date:
    """The form is the head of the file."""
    applied_on: date = replay.stated.head.cleaned_data["applied_on"]
    return applied_on


def documents_checked(replay: Replay, _facts: None) -> date:
    """The documents lie in the paper file: its scan stands for each of them."""
    accepted_on: date = replay.stated.head.cleaned_data["accepted_on"]
    scan, moment = replay.scan(About.FILE), replay.moment(accepted_on)
    HandedInDocument.objects.bulk_create(
        HandedInDocument(
            application=replay.case,
            kind=kind,
            scan=scan,
            finding=HandedInDocument.Finding.GOOD,
            received_at=moment,
            received_by=replay.by,
            checked_at=moment,
            checked_by=replay.by,
        )
        for kind in required_documents.required_kinds(replay.case)
    )
    return accepted_on


def arrears_checked(replay: Replay, said: facts.ArrearsFacts) -> date:
    """What the ledger shows today goes on record, with the day of the check on paper."""
    case, checked_on = replay.case, said.cleaned_data["checked_on"]
    billing.record_arrears_check(
        reference=case.number,
        customer=case.applicant,
        premises=case.premises,
        by=replay.by,
        note=_("Taken over; checked on paper on {day}").format(day=checked_on.isoformat()),
    )
    return said.cleaned_data["settled_on"] or checked_on


def arrears_settled(replay: Replay, _facts: None) -> date | None:
    """Passed on paper although bills are owed today: the day on which they were settled then must be named."""
    said = replay.form(Stage.ARREARS_CHECK).cleaned_data
    if said["settled_on"] is None:
        raise ValidationError(
            _("Water bills are owed today. Enter the day on which the arrears of that time were settled.")
        )
    settled_on: date = said["settled_on"]
    return settled_on


def surveyed(replay: Replay, said: facts.SurveyFacts) -> date | None:
    engineering.record_survey(project=replay.case.project, by=replay.by, supplyable=True, **said.cleaned_data)
    return said.cleaned_data["surveyed_on"]


def designed(replay: Replay, said: facts.DesignFacts) -> date:
    values = dict(said.cleaned_data)
    means = values.pop("means")
    told_on: date = values.pop("told_on")
    plan = replay.takeover.scan(About.PLAN) or replay.scan(About.FILE)
    engineering.record_design(project=replay.case.project, by=replay.by, plan=plan, **values)
    ApplicantNotice.objects.create(
        application=replay.case,
        about=ApplicantNotice.About.PERMITS,
        means=means,
        told_on=told_on,
        told_by=replay.by,
        words=_("Told before the file was taken over"),
        stage=Stage.DESIGN,
    )
    return told_on


def permits_granted(replay: Replay, said: facts.PermitsFacts) -> date | None:
    permits = list(said.permits())
    for permit in permits:
        engineering.record_permit(project=replay.case.project, by=replay.by, **permit)
    return max((permit["decided_on"] for permit in permits if permit["decided_on"]), default=None)


def budget_submitted(replay: Replay, said: facts.BudgetFacts) -> date:
    engineering.save_budget(project=replay.case.project, by=replay.by, lines=said.cost_lines(_by_paper(replay)))
    submitted_on: date = said.cleaned_data["submitted_on"]
    return submitted_on


def _by_paper(replay: Replay) -> str:
    return _("By paper file {reference}").format(reference=replay.takeover.reference)


def budget_approved(replay: Replay, said: facts.ApprovalFacts) -> date:
    """The leader's yes on paper, and what the applicant was asked to pay by it."""
    budget = replay.sheet(Budget)
    approved_on: date = said.cleaned_data["approved_on"]
    _approve(replay, Subject.BUDGET, said.cleaned_data, revision=budget.revision, amount=budget.total)
    if budget.applicant_total:
        billing.take_over_charge(
            statement=replay.case.statement,
            amount=budget.applicant_total,
            description=_("Project fee by approved budget"),
            source=f"budget:{budget.revision}",
            happened_on=approved_on,
            by=replay.by,
        )
    return approved_on


def _approve(replay: Replay, subject: Subject, said: dict[str, Any], *, revision: int, amount: Any) -> None:
    Approval.objects.create(
        application=replay.case,
        subject=subject,
        stage=replay.case.stage,
        subject_revision=revision,
        amount=amount,
        approved_on_paper_by=said["approved_by"],
        approved_at=replay.moment(said["approved_on"]),
    )


def fee_collected(replay: Replay, said: facts.PaymentsFacts) -> date | None:
    return _post(replay, said, ForWhat.FEE)


def _post(replay: Replay, said: facts.PaymentsFacts, *kinds: ForWhat) -> date | None:
    """Post what was paid for something; returns the last day, None where nothing was."""
    rows = said.of(*kinds)
    replay.posted |= set(kinds)
    for row in rows:
        common = {"statement": replay.case.statement, "amount": row["amount"], "method": row["method"]}
        if row["what"] == ForWhat.BACK:
            billing.take_over_refund(
                **common, reference=row["receipt"], reason=_by_paper(replay), happened_on=row["paid_on"], by=replay.by
            )
        else:
            billing.take_over_payment(**common, receipt=row["receipt"], happened_on=row["paid_on"], by=replay.by)
    return max((row["paid_on"] for row in rows), default=None)


def construction_agreed(replay: Replay, said: facts.AgreementFacts) -> date:
    details, values = replay.case.new_connection, said.cleaned_data
    details.works_start, details.works_end = values["works_start"], values["works_end"]
    details.full_clean()
    details.save()
    return _signed(
        replay,
        PaperKind.CONSTRUCTION_AGREEMENT,
        About.CONSTRUCTION_AGREEMENT,
        values,
        basis=budget_basis(replay.case),
    )


def _signed(replay: Replay, kind: PaperKind, about: str, said: dict[str, Any], *, basis: str) -> date:
    """An agreement signed on paper: its scan is the paper."""
    scan = replay.scan(about)
    signed_on: date = said["signed_on"]
    Paper.objects.create(
        application=replay.case,
        kind=kind,
        version=1,
        stage=replay.case.stage,
        basis=basis,
        file=scan,
        signed_scan=scan,
        signed_on=signed_on,
        signatory=said["signatory"],
        issued_by=replay.by,
        issued_at=replay.moment(signed_on),
        taken_over=True,
    )
    return signed_on


def task_issued(replay: Replay, said: facts.TaskFacts) -> date:
    values, project = said.cleaned_data, replay.case.project
    engineering.record_formality(
        project=project,
        by=replay.by,
        kind=FormalityKind.CONSTRUCTION_PERMIT,
        status=values["formality_status"],
        note=values["formality_note"],
        decided_on=values["formality_on"],
    )
    engineering.plan_task(
        project=project,
        by=replay.by,
        unit=values["unit"],
        starts_on=values["starts_on"],
        ends_on=values["ends_on"],
        instructions=_by_paper(replay),
    )
    issued_on: date = values["issued_on"]
    return issued_on


def completed(replay: Replay, said: facts.CompletionFacts) -> date | None:
    """A meter that hangs at the file's account already is its own; where digits are not told, the record has them."""
    known, values = account_on_record(replay), dict(said.cleaned_data)
    if values["digits"] is None:
        values["digits"] = known.meter.digits if known is not None and known.meter else USUAL_DIGITS
    engineering.report_completion(project=replay.case.project, by=replay.by, own_account=known, **values)
    return said.cleaned_data["completed_on"]


def accepted(replay: Replay, said: facts.AcceptanceFacts) -> date:
    held_on: date = said.cleaned_data["held_on"]
    engineering.record_acceptance(
        project=replay.case.project, by=replay.by, held_on=held_on, parties=said.parties(), note=_by_paper(replay)
    )
    return held_on


def settled(replay: Replay, said: facts.SettlementFacts) -> date:
    """The settlement with the agreement to its departure, its difference, and what was paid for that."""
    case, values = replay.case, said.cleaned_data
    fixed_on: date = values["fixed_on"]
    replay.sheet(Budget)
    engineering.save_settlement(project=case.project, by=replay.by, lines=said.cost_lines(_by_paper(replay)))
    settlement = engineering.close_sheet(sheet=replay.sheet(Settlement), by=replay.by)
    if values["approved_by"] and values["approved_on"]:
        _approve(replay, Subject.SETTLEMENT, values, revision=settlement.revision, amount=settlement.total)
    if difference := settlement_difference(case).posted:
        billing.take_over_adjustment(
            statement=case.statement,
            amount=difference,
            description=_("Final settlement against budget"),
            source=f"settlement:{settlement.revision}",
            happened_on=fixed_on,
            by=replay.by,
        )
    return _post(replay, replay.form(Stage.PROJECT_FEE), ForWhat.DIFFERENCE, ForWhat.BACK) or fixed_on


def supply_agreed(replay: Replay, said: facts.SupplyFacts) -> date | None:
    """Account, deposit and agreement: all of them behind it, as far as they go where the file stands there."""
    values = said.cleaned_data
    if values.get("account_number"):
        take_account(replay, values)
    if values.get("deposit_amount"):
        billing.take_over_deposit(
            statement=replay.case.statement,
            clause="NC-C5",
            amount=values["deposit_amount"],
            basis=_by_paper(replay),
            happened_on=values["deposit_on"],
            rule_day=replay.case.rule_day,
            account=replay.case.account,
            by=replay.by,
        )
    _post(replay, replay.form(Stage.PROJECT_FEE), ForWhat.DEPOSIT)
    if not values.get("signed_on") or replay.case.account is None:
        return None
    basis = supply_basis(replay.case)
    return _signed(replay, PaperKind.SUPPLY_AGREEMENT, About.SUPPLY_AGREEMENT, values, basis=basis)


def executive_approved(replay: Replay, said: facts.ApprovalFacts) -> date:
    budget, amount = replay.sheet(Budget), works.largest_cost(replay.case.project)
    _approve(replay, Subject.WATER_ON, said.cleaned_data, revision=budget.revision, amount=amount)
    approved_on: date = said.cleaned_data["approved_on"]
    return approved_on


def water_turned_on(replay: Replay, said: facts.WaterOnFacts) -> date:
    water_on: date = said.cleaned_data["water_on"]
    if replay.case.account is None:
        raise Follows
    if replay.case.account.status == AccountStatus.PENDING:
        replay.case.account = accounts.activate_account(account=replay.case.account, on=water_on, by=replay.by)
    billing.begin_deposit_terms(statement=replay.case.statement, on=water_on, by=replay.by, account=replay.case.account)
    return water_on


def card_handed_over(replay: Replay, said: facts.CardFacts) -> date:
    if replay.case.account is None:
        raise Follows
    engineering.record_meter_card(
        project=replay.case.project, by=replay.by, account_number=replay.case.account.number, **said.cleaned_data
    )
    handed_over_on: date = said.cleaned_data["handed_over_on"]
    return handed_over_on


def filed(replay: Replay, said: facts.FilingFacts) -> date:
    if replay.case.account is None:
        raise Follows
    filed_on: date = said.cleaned_data["filed_on"]
    replay.case.account = accounts.file_account(
        account=replay.case.account,
        by=replay.by,
        at=replay.moment(filed_on),
        book=said.cleaned_data["book"],
        order_in_book=said.cleaned_data["order_in_book"],
    )
    return filed_on


def nothing_behind(_replay: Replay, _facts: None) -> None:
    """No file stands behind the last stage."""


PLANS[Kind.NEW_CONNECTION.value] = Plan(
    request=NewConnection,
    head=HeadForm,
    open=open_new_connection,
    sections=(
        Section(Stage.DRAFT, form_filled_in),
        Section(Stage.DOCUMENT_REVIEW, documents_checked),
        Section(Stage.ARREARS_CHECK, arrears_checked, facts.ArrearsFacts),
        Section(Stage.ARREARS_SETTLEMENT, arrears_settled),
        Section(Stage.SURVEY, surveyed, facts.SurveyFacts),
        Section(Stage.DESIGN, designed, facts.DesignFacts),
        Section(Stage.PERMITS, permits_granted, facts.PermitsFacts),
        Section(Stage.BUDGET, budget_submitted, facts.BudgetFacts),
        Section(Stage.BUDGET_APPROVAL, budget_approved, facts.ApprovalFacts),
        Section(Stage.PROJECT_FEE, fee_collected, facts.PaymentsFacts, begun=fee_collected),
        Section(Stage.CONSTRUCTION_AGREEMENT, construction_agreed, facts.AgreementFacts),
        Section(Stage.CONSTRUCTION_TASK, task_issued, facts.TaskFacts),
        Section(Stage.CONSTRUCTION, completed, facts.CompletionFacts),
        Section(Stage.JOINT_ACCEPTANCE, accepted, facts.AcceptanceFacts),
        Section(Stage.FINAL_SETTLEMENT, settled, facts.SettlementFacts),
        Section(Stage.SUPPLY_AGREEMENT, supply_agreed, facts.SupplyFacts, begun=supply_agreed),
        Section(Stage.EXECUTIVE_APPROVAL, executive_approved, facts.ApprovalFacts),
        Section(Stage.WATER_ON, water_turned_on, facts.WaterOnFacts),
        Section(Stage.METER_CARD, card_handed_over, facts.CardFacts),
        Section(Stage.FILING, filed, facts.FilingFacts),
        Section(Stage.FIRST_READING, nothing_behind),
    ),
)
