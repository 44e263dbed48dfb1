"""The tour of a new connection: every step through the same door as the screens.

A step that needs work of its stage is tried before it, to tell what the program says then.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone, translation

from accounts.models import BillingCycle, User
from accounts.roles import Role
from accounts.selectors import next_place
from applications import required_documents
from applications.engine.doors import acting_seat, perform, work
from applications.engine.refusals import Refusal
from applications.engine.steps import Deed
from applications.models import ApplicantNotice, Application
from applications.stages import Stage
from applications.starting import start_new_connection
from applications.thresholds import deposit_due
from applications.tour import cast
from applications.variance import variance_of, waiting
from billing import selectors as ledger
from billing.defaults import ensure_defaults
from billing.models import PayMethod
from engineering.models import FormalityStatus, Party, PermitStatus

Work = tuple[str, dict[str, Any], dict[str, Any]]


@dataclass(frozen=True)
class Line:
    """One step of the tour as it is told: where, what, who, by which clause.

    due             until when, by the step's own time limit; None where it has none
    refused_before  what this very step said when it was tried before its work; None where it needs none
    """

    case: str
    stage: str
    stage_zh: str
    step: str
    step_zh: str
    role: str
    role_zh: str
    clause: str
    due: str | None
    refused_before: str | None
    next_stage: str
    next_stage_zh: str

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass
class Tour:
    """A new connection from the counter to the first reading.

    amount      the budget, yuan
    settlement  the final figure, yuan
    brief       who wants water where
    colleague   who acts in each role
    try_early   try each step before its work is done, to tell what the program says then
    """

    amount: Decimal
    settlement: Decimal
    try_early: bool = True
    brief: cast.Brief = field(default_factory=cast.organisation)
    colleague: Callable[[Role], User] = cast.colleague
    case: Application = field(init=False)
    refused: dict[str, str] = field(init=False, default_factory=dict)
    told: list[Line] = field(init=False, default_factory=list)

    def run(self) -> Iterator[Line]:
        """Play the whole way, one line for each step that is taken, in order.

        Raises Refusal should a step be refused for good.
        """
        self.start()
        while not self.case.closed:
            self.pass_stage()
            yield from self.told
            self.told.clear()

    def play_to(self, stage: Stage) -> Application:
        """Start and pass stages until the case stands at one; its own work is not begun."""
        self.start()
        while self.case.stage != stage:
            self.pass_stage()
        return self.case

    def start(self) -> None:
        """Open the case at the counter."""
        clerk = self.colleague(Role.COUNTER_CLERK)
        ensure_defaults(by=clerk)
        self.case = start_new_connection(
            by=clerk,
            applicant=self.brief.applicant(clerk),
            premises=self.brief.place(clerk),
            **self.brief.details,
        )

    def pass_stage(self) -> None:
        """Do the work of the present stage and close it."""
        self._take(*self.do_work())

    def do_work(self) -> tuple[str, dict[str, Any]]:
        """Do the work of the present stage: the step that closes it, and its data."""
        step, works = getattr(self, f"_at_{self.case.stage}")()
        data: dict[str, Any] = {}
        if isinstance(works, tuple):
            works, data = works
        if works:
            self._try_too_early(step, data)
        for name, values, files in works:
            self._work(name, values, files)
        return step, data

    def _actor(self, step: str) -> User:
        return self.colleague(self._role(step))

    def _role(self, step: str) -> Role:
        return self._who(self.case.steps()[step])

    def _take(self, step: str, data: dict[str, Any] | None = None) -> None:
        """Take a step for good and tell it."""
        stage, due, role = Stage(self.case.stage), self._due(step), self._role(step)
        declared = self.case.steps()[step]
        self.case = perform(self.case, step, by=self._actor(step), data=data)
        with translation.override("zh-hans"):
            line = Line(
                case=self.case.number,
                stage=stage.value,
                stage_zh=str(stage.label),
                step=step,
                step_zh=str(declared.label),
                role=role.value,
                role_zh=str(role.label),
                clause=declared.clause,
                due=timezone.localtime(due).isoformat(timespec="minutes") if due else None,
                refused_before=self.refused.pop(step, None),
                next_stage=str(self.case.stage),
                next_stage_zh=self.case.stage_label,
            )
        self.told.append(line)

    def _due(self, step: str) -> datetime | None:
        """When the time limit that this step ends runs out: its stage's, or the one that it fulfils."""
        gating = (clock.due_at for clock in self.case.open_clocks if clock.gates(self.case, step))
        return next(gating, None)

    def _try_too_early(self, step: str, data: dict[str, Any] | None = None) -> None:
        """Keep what the door says to a step before its work is done, the first time; what it does is rolled back."""
        if not self.try_early or step in self.refused:
            return
        with translation.override("zh-hans"):
            try:
                with transaction.atomic():
                    perform(self.case, step, by=self._actor(step), data=data)
                    transaction.set_rollback(True)
            except Refusal as refusal:
                self.refused[step] = str(refusal)

    def _work(self, name: str, values: dict[str, Any], files: dict[str, Any]) -> None:
        declared = self.case.tasks()[name]
        role = self._who(declared)
        actor = self.colleague(role)
        seat = acting_seat(declared, self.case, actor)
        assert seat is not None
        assert seat.role == role
        self.case = work(self.case, name, by=actor, data=values, files=files)

    def _who(self, deed: Deed) -> Role:
        """The stage's owner where it is theirs, else the first of the procedure who may."""
        roles = deed.roles_at(self.case)
        stop = self.case.stop
        return stop.owner if stop is not None and stop.owner in roles else min(roles, key=list(Role).index)

    @property
    def calibre(self) -> int:
        calibre: int = self.brief.details["calibre"]
        return calibre

    @property
    def signatory(self) -> str:
        signatory: str = self.brief.customer.get("legal_representative") or self.brief.customer["name"]
        return signatory

    def _payment(self) -> list[Work]:
        balance = ledger.balance(self.case.statement)
        if balance <= 0:
            return []
        slip = f"演示转账 {self.case.number}-{self.case.revision}"
        values = {"amount": balance, "method": PayMethod.TRANSFER, "reference": slip}
        return [("take_payment", values, {})]

    # -- what each stage takes: the step that closes it, and the work before it --------------------

    def _at_draft(self) -> Any:
        return "confirm_data", []

    def _at_document_review(self) -> Any:
        return "accept_documents", [
            ("receive_document", {"kind": kind, "checked": "on"}, {"scan": cast.scan(kind.value)})
            for kind in required_documents.required_kinds(self.case)
        ]

    def _at_arrears_check(self) -> Any:
        return "complete_arrears_check", [("record_arrears_check", {}, {})]

    def _at_arrears_settlement(self) -> Any:
        bills = [bill.pk for bill in ledger.arrears(customer=self.case.applicant, premises=self.case.premises)]
        return "confirm_settled", [("pay_bills", {"bills": bills, "method": PayMethod.CASH}, {})]

    def _at_survey(self) -> Any:
        sheet = {
            "surveyed_on": timezone.localdate(),
            "supplyable": True,
            "road_opening": True,
            "pressure_mpa": "0.32",
            "nearest_main": "和平路 DN300 干管",
            "main_calibre": 300,
            "calibre": self.calibre,
            "meter_position": "门前表井",
            "conclusion": "具备供水条件",
        }
        return "complete_survey", [("record_survey", sheet, {})]

    def _at_design(self) -> Any:
        told = {"means": ApplicantNotice.Means.IN_PERSON, "told_on": timezone.localdate()}
        design = {
            "description": "自和平路 DN300 干管接出 DN100 支管至表井",
            "length_m": "86",
            "calibre": self.calibre,
        }
        return "complete_design", [
            ("record_design", design, {"plan": cast.scan("plan")}),
            ("tell_of_permits", told, {}),
        ]

    def _at_permits(self) -> Any:
        today = timezone.localdate()
        granted = {"status": PermitStatus.GRANTED, "decided_on": today}
        return "complete_permits", [
            ("record_permit", {"kind": "planning_alignment", "number": "演规线 001", **granted}, {}),
            ("record_permit", {"kind": "road_opening", "number": "演掘 001", **granted}, {}),
        ]

    def _at_budget(self) -> Any:
        return "submit_budget", [("save_budget", {"lines": cast.cost_lines(self.amount)}, {})]

    def _at_budget_approval(self) -> Any:
        return "approve_budget", ([], {"opinion": "同意"})

    def _at_project_fee(self) -> Any:
        return "confirm_fee_paid", self._payment()

    def _at_construction_agreement(self) -> Any:
        start, end = cast.works_period()
        signed = {"signed_on": timezone.localdate(), "signatory": self.signatory}
        return "conclude_construction_agreement", [
            ("issue_construction_agreement", {"works_start": start, "works_end": end}, {}),
            ("sign_construction_agreement", signed, {"scan": cast.scan("signed construction agreement")}),
        ]

    def _at_construction_task(self) -> Any:
        agreed = self.case.new_connection
        start, end = agreed.works_start, agreed.works_end
        unit = self.colleague(Role.CONSTRUCTION_UNIT).office
        assert unit is not None
        done = {"status": FormalityStatus.DONE, "decided_on": timezone.localdate()}
        return "issue_task", [
            ("record_formality", {"kind": "construction_permit", **done}, {}),
            (
                "plan_task",
                {"unit": unit.pk, "starts_on": start, "ends_on": end, "instructions": "按图纸施工"},
                {},
            ),
        ]

    def _at_construction(self) -> Any:
        completion = {
            "completed_on": timezone.localdate(),
            "meter_number": f"YS{self.case.pk:08d}",
            "maker_number": f"DEMO-{self.case.pk}",
            "meter_model": f"LXS-{self.calibre}",
            "calibre": self.calibre,
            "meter_position": "门前表井",
            "digits": 5,
            "first_reading": 3,
        }
        return "report_completion", [("record_completion", completion, {})]

    def _at_joint_acceptance(self) -> Any:
        parties = [{"party": p.value, "representative": f"演示{p.label}代表", "passed": "True"} for p in Party]
        values = {"held_on": timezone.localdate(), "parties": parties}
        return "pass_acceptance", [("record_acceptance", values, {})]

    def _at_final_settlement(self) -> Any:
        for step in ("fix_settlement", "close_settlement"):
            self._try_too_early(step)
        self._work("save_settlement", {"lines": cast.cost_lines(self.settlement)}, {})
        agreement = {"opinion": "情况属实，同意"}
        if self._beyond_the_limit():
            self._try_too_early("approve_variance", agreement)
        self._take("fix_settlement")
        if waiting(self.case):
            self._take("approve_variance", agreement)
        balance = ledger.balance(self.case.statement)
        slip = f"演示退款 {self.case.number}"
        back = {"amount": -balance, "method": PayMethod.TRANSFER, "reference": slip, "reason": "多退少补"}
        return "close_settlement", [("pay_back", back, {})] if balance < 0 else self._payment()

    def _beyond_the_limit(self) -> bool:
        variance = variance_of(self.case)
        return variance is not None and variance.beyond

    def _at_supply_agreement(self) -> Any:
        self._try_too_early("conclude_supply_agreement")
        reader = self.colleague(Role.BUSINESS_CLERK)
        signed = {"signed_on": timezone.localdate(), "signatory": self.signatory}
        book = {"cycle": BillingCycle.MONTHLY, "book": cast.reading_book(reader).pk}
        deposit: list[Work] = [("charge_deposit", {}, {})] if deposit_due(self.case) else []
        self._work("open_account", book, {})
        for name, values, files in deposit:
            self._work(name, values, files)
        return "conclude_supply_agreement", [
            *self._payment(),
            ("issue_supply_agreement", {}, {}),
            ("sign_supply_agreement", signed, {"scan": cast.scan("signed supply agreement")}),
        ]

    def _at_executive_approval(self) -> Any:
        return "approve_water_on", ([], {"opinion": "同意通水"})

    def _at_water_on(self) -> Any:
        return "turn_water_on", []

    def _at_meter_card(self) -> Any:
        card = {"card_number": f"BK{self.case.pk:08d}", "handed_over_on": timezone.localdate()}
        return "hand_over_meter_card", [("record_meter_card", card, {})]

    def _at_filing(self) -> Any:
        book = cast.reading_book(self.colleague(Role.BUSINESS_CLERK))
        values = {
            "kind_of_use": self.brief.details["kind_of_use"],
            "book": book.pk,
            "order_in_book": next_place(book),
            "holder_agrees": "on",
            "meter_agrees": "on",
        }
        return "close_file", [("check_file", values, {})]

    def _at_first_reading(self) -> Any:
        return "complete_first_reading", [("record_first_reading", {"reading": 5, "read_on": timezone.localdate()}, {})]
