"""Agreements, water on, meter card, filing, first reading (NC-6, NC-9 to NC-13, NC-C4, NC-C5)."""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import services as accounts
from accounts.models import ReadingBook, User
from accounts.roles import Role
from applications.asking import ask_for_the_rest
from applications.checkpoints.agreements import (
    account_filed,
    account_opened,
    budget_basis,
    construction_agreement_signed,
    executive_approved_when_due,
    first_reading_recorded,
    meter_as_completed,
    paper_in_force,
    supply_agreement_signed,
    supply_basis,
)
from applications.checkpoints.money import (
    budget_approved,
    deposit_paid_when_due,
    fee_paid,
    statement_balanced,
    variance_approved_when_due,
)
from applications.checkpoints.works import acceptance_passed, meter_card_recorded
from applications.engine.route import NEXT
from applications.engine.steps import step, task
from applications.flows.base import CaseFlow
from applications.issuing import issue_paper
from applications.papers.kinds import PaperKind
from applications.stages import Stage
from applications.thresholds import CLAUSE as DEPOSIT_CLAUSE
from applications.thresholds import deposit_due, deposit_to_reckon, standing_deposit
from billing import services as billing
from engineering import selectors as works
from engineering import services as engineering
from engineering.models import Completion
from waterservice.files import store_upload
from waterservice.money import yuan
from waterservice.text import labelled

FORMS = "applications.forms.agreements."


def waits_for_signature(case: Any, kind: PaperKind) -> bool:
    """Whether an agreement is issued and the version in force not yet signed."""
    paper = paper_in_force(case, kind)
    return paper is not None and not paper.signed


def signed_before(case: Any, kind: PaperKind) -> str:
    """That the version in force is signed: its signed copy never gives way to another; else nothing."""
    paper = paper_in_force(case, kind)
    if paper is None or not paper.signed:
        return ""
    words = _("{paper} was signed by {signatory} on {day}. To have it signed anew, issue a new version first.")
    return words.format(paper=paper, signatory=paper.signatory, day=paper.signed_on)


class AgreementsFlow(CaseFlow):
    def _sign(self, kind: PaperKind, *, by: User, signed_on: date, signatory: str, scan: Any) -> str:
        """Attach the signed copy to the paper in force; the stored PDF itself never changes."""
        paper = paper_in_force(self, kind)
        if paper is None:
            raise ValidationError(_("Issue the agreement before its signed copy is attached."))
        issued_on = timezone.localdate(paper.issued_at)
        if signed_on < issued_on:
            words = _("This agreement was issued on {day}; it cannot have been signed before.")
            raise ValidationError({"signed_on": words.format(day=issued_on.isoformat())})
        paper.signed_on, paper.signatory = signed_on, signatory
        paper.signed_scan = store_upload(scan, by=by)
        paper.save()
        return f"{paper} {signatory} {signed_on.isoformat()}"

    # -- construction agreement (NC-6) -----------------------------------------------------------

    @task(
        gettext_lazy("Issue the construction agreement"),
        past=gettext_lazy("construction agreement issued"),
        clause="NC-6",
        at=Stage.CONSTRUCTION_AGREEMENT,
        form=FORMS + "ConstructionAgreementForm",
        tab="papers",
    )
    def issue_construction_agreement(self, *, by: User, works_start: date, works_end: date) -> str:
        details = self.new_connection
        details.works_start, details.works_end = works_start, works_end
        details.full_clean()
        details.save()
        return str(issue_paper(self, PaperKind.CONSTRUCTION_AGREEMENT, by=by, basis=budget_basis(self)))

    @task(
        gettext_lazy("Attach the signed construction agreement"),
        past=gettext_lazy("construction agreement signed"),
        clause="NC-6",
        at=Stage.CONSTRUCTION_AGREEMENT,
        form=FORMS + "SignedCopyForm",
        tab="papers",
        wanted=lambda case: waits_for_signature(case, PaperKind.CONSTRUCTION_AGREEMENT),
        done_before=lambda case, data: signed_before(case, PaperKind.CONSTRUCTION_AGREEMENT),
        unwanted=lambda case: _("Issue the agreement before its signed copy is attached."),
    )
    def sign_construction_agreement(self, *, by: User, **signature: Any) -> str:
        return self._sign(PaperKind.CONSTRUCTION_AGREEMENT, by=by, **signature)

    @step(
        gettext_lazy("Conclude the construction agreement"),
        past=gettext_lazy("construction agreement concluded"),
        clause="NC-6",
        source=Stage.CONSTRUCTION_AGREEMENT,
        target=NEXT,
        checkpoints=[fee_paid, construction_agreement_signed],
    )
    def conclude_construction_agreement(self, *, by: User) -> None:
        """The design office issues the construction task next."""

    # -- supply agreement (NC-9, NC-C5) ----------------------------------------------------------

    @task(
        gettext_lazy("Open the meter account"),
        past=gettext_lazy("meter account opened"),
        clause="NC-12",
        at=Stage.SUPPLY_AGREEMENT,
        form=FORMS + "OpenAccountForm",
        wanted=lambda case: case.account is None,
        unwanted=lambda case: _(
            "Account {number} is open already. Its reading book is set when the file is checked."
        ).format(number=case.account),
    )
    def open_account(self, *, by: User, cycle: str, book: ReadingBook | None = None) -> str:
        """The account is opened as 待通水 before the agreement, so that the agreement can name it."""
        details = self.new_connection
        self.account = accounts.open_account(
            holder=self.applicant,
            premises=self.premises,
            kind_of_use=details.kind_of_use,
            cycle=cycle,
            by=by,
            book=book,
            invoice_title=details.invoice_title,
            tax_number=details.tax_number,
        )
        self._take_over_meter(by)
        return self.account.number

    @task(
        gettext_lazy("Take over the meter of the completion"),
        past=gettext_lazy("meter taken over from the completion"),
        clause="NC-12",
        at=Stage.SUPPLY_AGREEMENT,
        wanted=lambda case: case.account is not None and not meter_as_completed(case),
        unwanted=lambda case: (
            _("The account has the meter of the completion already.")
            if case.account
            else _("Open the meter account first: agreement and water-on notice name it.")
        ),
    )
    def take_over_meter(self, *, by: User) -> str:
        """After works that were mended or measured anew the account follows the completion in force."""
        return self._take_over_meter(by)

    def _take_over_meter(self, by: User) -> str:
        completion = works.current(self.project, Completion)
        assert self.account is not None
        assert completion is not None
        assert completion.calibre is not None
        assert completion.first_reading is not None
        assert completion.completed_on is not None
        meter = accounts.set_meter(
            account=self.account,
            number=completion.meter_number,
            calibre=completion.calibre,
            first_reading=completion.first_reading,
            by=by,
            installed_on=completion.completed_on,
            maker_number=completion.maker_number,
            model=completion.meter_model,
            position=completion.meter_position,
            digits=completion.digits,
        )
        return str(meter)

    @task(
        gettext_lazy("Reckon the large user's deposit"),
        past=gettext_lazy("deposit reckoned"),
        clause="NC-C5",
        at=Stage.SUPPLY_AGREEMENT,
        tab="money",
        wanted=lambda case: case.termination is None and deposit_to_reckon(case),
        unwanted=lambda case: (
            _("The request ends by agreement: no deposit is charged any more.")
            if case.termination is not None
            else _("The deposit is charged as the form asks for it, or none is due.")
        ),
    )
    def charge_deposit(self, *, by: User) -> str:
        """One that was charged for another use is taken back first: what was paid of it pays for the new one.

        What is paid too much goes back at the till, by somebody else.
        """
        earlier = standing_deposit(self)
        if earlier is not None:
            billing.reverse_line(line=earlier.line, reason=_("Reckoned anew: the expected use was corrected"), by=by)
        if not deposit_due(self):
            return _("No deposit is due any more.")
        details = self.new_connection
        assert details.expected_m3_month is not None
        deposit = billing.charge_deposit(
            statement=self.statement,
            clause=DEPOSIT_CLAUSE,
            monthly_m3=details.expected_m3_month,
            kind_of_use=details.kind_of_use,
            account=self.account,
            rule_day=self.rule_day,
            by=by,
        )
        ask_for_the_rest(self, by=by)
        return labelled(yuan(deposit.amount), deposit.basis)

    @task(
        gettext_lazy("Issue the water-supply agreement"),
        past=gettext_lazy("water-supply agreement issued"),
        clause="NC-9",
        at=Stage.SUPPLY_AGREEMENT,
        tab="papers",
        wanted=meter_as_completed,
        unwanted=lambda case: account_opened.question(case) or "",
    )
    def issue_supply_agreement(self, *, by: User) -> str:
        assert self.account is not None
        return str(issue_paper(self, PaperKind.SUPPLY_AGREEMENT, by=by, basis=supply_basis(self)))

    @task(
        gettext_lazy("Attach the signed water-supply agreement"),
        past=gettext_lazy("water-supply agreement signed"),
        clause="NC-9",
        at=Stage.SUPPLY_AGREEMENT,
        form=FORMS + "SignedCopyForm",
        tab="papers",
        wanted=lambda case: waits_for_signature(case, PaperKind.SUPPLY_AGREEMENT),
        done_before=lambda case, data: signed_before(case, PaperKind.SUPPLY_AGREEMENT),
        unwanted=lambda case: _("Issue the agreement before its signed copy is attached."),
    )
    def sign_supply_agreement(self, *, by: User, **signature: Any) -> str:
        return self._sign(PaperKind.SUPPLY_AGREEMENT, by=by, **signature)

    @step(
        gettext_lazy("Conclude the water-supply agreement"),
        past=gettext_lazy("water-supply agreement concluded"),
        clause="NC-9",
        source=Stage.SUPPLY_AGREEMENT,
        target=NEXT,
        checkpoints=[account_opened, supply_agreement_signed, deposit_paid_when_due],
    )
    def conclude_supply_agreement(self, *, by: User) -> None:
        """From the threshold up the deputy general manager is next, otherwise water on."""

    # -- water on (NC-10) ------------------------------------------------------------------------

    @step(
        gettext_lazy("Turn water on"),
        past=gettext_lazy("water turned on"),
        clause="NC-10",
        source=Stage.WATER_ON,
        target=NEXT,
        checkpoints=[
            budget_approved,
            fee_paid,
            acceptance_passed,
            variance_approved_when_due,
            construction_agreement_signed,
            account_opened,
            supply_agreement_signed,
            deposit_paid_when_due,
            executive_approved_when_due,
        ],
        consequence=lambda case: _("Account {number} becomes active, and the water-on notice is issued.").format(
            number=case.account.number if case.account else "—"
        ),
    )
    def turn_water_on(self, *, by: User) -> str:
        """What must still hold is read again: a settlement can have risen past the threshold meanwhile."""
        assert self.account is not None
        accounts.activate_account(account=self.account, on=self.deed_day, by=by)
        billing.begin_deposit_terms(statement=self.statement, on=self.deed_day, by=by, account=self.account)
        issue_paper(self, PaperKind.WATER_ON_NOTICE, by=by, water_on=self.deed_day)
        return f"{self.account.number} {self.deed_day.isoformat()}"

    # -- meter card, filing, first reading (NC-11 to NC-13) --------------------------------------

    @task(
        gettext_lazy("Record the meter card"),
        past=gettext_lazy("meter card recorded"),
        clause="NC-11",
        at=Stage.METER_CARD,
        form=FORMS + "MeterCardForm",
    )
    def record_meter_card(self, *, by: User, card_number: str, handed_over_on: date) -> str:
        assert self.account is not None
        engineering.record_meter_card(
            project=self.project,
            by=by,
            account_number=self.account.number,
            card_number=card_number,
            handed_over_on=handed_over_on,
        )
        return f"{card_number} {handed_over_on.isoformat()}"

    @step(
        gettext_lazy("Hand over the meter card"),
        past=gettext_lazy("meter card handed over"),
        clause="NC-11",
        source=Stage.METER_CARD,
        target=NEXT,
        checkpoints=[meter_card_recorded],
    )
    def hand_over_meter_card(self, *, by: User) -> None:
        """Due 30 calendar days from the end of construction."""

    @task(
        gettext_lazy("Check the account's file"),
        past=gettext_lazy("account's file checked"),
        clause="NC-C4",
        at=Stage.FILING,
        form=FORMS + "FilingForm",
    )
    def check_file(self, *, by: User, **corrections: Any) -> str:
        assert self.account is not None
        accounts.file_account(account=self.account, by=by, **corrections)
        return self.account.number

    @step(
        gettext_lazy("Close the account's file"),
        past=gettext_lazy("account filed"),
        clause="NC-12",
        source=Stage.FILING,
        target=NEXT,
        checkpoints=[account_filed],
    )
    def close_file(self, *, by: User) -> None:
        """The business office begins to read the meter."""

    @task(
        gettext_lazy("Record the first reading"),
        past=gettext_lazy("first reading recorded"),
        clause="NC-13",
        at=Stage.FIRST_READING,
        by=Role.BUSINESS_CLERK,
        form=FORMS + "FirstReadingForm",
        wanted=lambda case: not first_reading_recorded(case),
    )
    def record_first_reading(self, *, by: User, reading: int, read_on: date, sure: bool = False) -> str:
        """A figure far beyond what the form expects a month wants a second look."""
        assert self.account is not None
        monthly = self.new_connection.expected_m3_month
        expected = None if monthly is None else round(monthly)
        billing.record_first_reading(
            account=self.account, reading=reading, read_on=read_on, by=by, expected=expected, sure=sure
        )
        return _("{reading} m³ on {day}").format(reading=reading, day=read_on.isoformat())

    @step(
        gettext_lazy("Close the case"),
        past=gettext_lazy("case completed"),
        clause="NC-13",
        source=Stage.FIRST_READING,
        target=NEXT,
        checkpoints=[first_reading_recorded, statement_balanced],
    )
    def complete_first_reading(self, *, by: User) -> None:
        """No final stage hides money owed; a deposit that is held stays on the business office's list."""
