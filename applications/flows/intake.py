"""Intake at the counter, document review and arrears (NC-1 to NC-3)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import services as accounts
from accounts.models import AccountStatus, User
from accounts.models.customers import PARTS
from accounts.roles import Role
from applications import required_documents
from applications.checkpoints.intake import (
    arrears_checked,
    documents_complete,
    documents_lacking,
    form_complete,
    nothing_owed,
    refuse_second_account,
)
from applications.engine import clocks
from applications.engine.route import NEXT
from applications.engine.steps import OWNER, step, task
from applications.flows.base import CaseFlow
from applications.issuing import issue_paper
from applications.models.clock import Suspension
from applications.models.documents import DocumentKind, HandedInDocument
from applications.papers.handed_in import about
from applications.papers.kinds import PaperKind
from applications.stages import Stage
from billing import selectors as ledger
from billing import services as billing
from billing.models import Bill, LineKind
from engineering import services as engineering
from waterservice.files import store_upload
from waterservice.money import yuan
from waterservice.text import labelled

MAP = "MAP_COPY"  # in the price list


def taken_for_bills(case: Any, data: Mapping[str, Any]) -> str:
    """That the payment in a form was taken before for the same water bills, by its number; else nothing."""
    earlier = billing.taken_before(str(data.get("method", "")), str(data.get("reference", "")))
    if earlier is None:
        return ""
    chosen = data.getlist("bills") if isinstance(data, QueryDict) else data.get("bills", [])
    paid = {str(bill) for bill in earlier.bill_payments.values_list("bill_id", flat=True)}
    return billing.already_taken(earlier) if paid and paid == {str(bill) for bill in chosen} else ""


def map_wanted(case: Any) -> bool:
    """Whether the map can be ordered: it was not, or what was charged for it has been taken back."""
    charges = case.statement.lines.filter(kind=LineKind.CHARGE, source=f"item:{MAP}")
    if charges.exists():
        return not charges.filter(reversal__isnull=True).exists()
    return not case.timeline.filter(action="order_map").exists()


class IntakeFlow(CaseFlow):
    """From the form to a request that is accepted and owes nothing."""

    @task(
        gettext_lazy("Amend the form"),
        past=gettext_lazy("form amended"),
        clause="NC-1",
        at=(Stage.DRAFT, Stage.DOCUMENT_REVIEW),
        form="applications.forms.intake.AmendForm",
        tab="overview",
    )
    def amend_form(self, *, by: User, customer: dict[str, Any], details: dict[str, Any]) -> str:
        form, before = self.new_connection, self.applicant
        had = {name: getattr(form, name) for name in details}
        self.applicant = accounts.update_customer(customer=before, by=by, **customer)
        for name, value in details.items():
            setattr(form, name, value)
        form.full_clean()
        form.save()
        self._let_the_account_follow(by)
        changed = {name: verbose_name(before, name) for name in differing(before, self.applicant, customer)}
        changed |= {name: verbose_name(form, name) for name, value in had.items() if getattr(form, name) != value}
        if not changed:
            return ""
        fields = _(", ").join(str(label) for label in changed.values())
        return _("Changed: {fields}").format(fields=fields) + self._doubt(changed)

    def _let_the_account_follow(self, by: User) -> None:
        """An account opened before the case was sent back says what the form says now (NC-C4)."""
        if self.account is None or self.account.status != AccountStatus.PENDING:
            return
        form = self.new_connection
        self.account = accounts.correct_pending_account(
            account=self.account,
            holder=self.applicant,
            premises=self.premises,
            kind_of_use=form.kind_of_use,
            invoice_title=form.invoice_title,
            tax_number=form.tax_number,
            by=by,
        )

    def _doubt(self, changed: Iterable[str]) -> str:
        """Put the documents that attest what has changed back to received, not checked (NC-C1); returns the words."""
        found = about(changed)
        good = self.documents.filter(replaced=False, finding=HandedInDocument.Finding.GOOD)
        doubted = [document for document in good if DocumentKind(document.kind).declaration.attests & found]
        for document in doubted:
            document.finding = HandedInDocument.Finding.RECEIVED
            document.checked_at = document.checked_by = None
            document.save()
        names = _(", ").join(document.get_kind_display() for document in doubted)
        return _("; to be checked anew: {documents}").format(documents=names) if doubted else ""

    @task(
        gettext_lazy("Correct who asks and where"),
        past=gettext_lazy("applicant or place corrected"),
        clause="NC-1",
        at=Stage.DRAFT,
        form="applications.forms.intake.CorrectApplicantForm",
        tab="overview",
    )
    def correct_applicant(
        self, *, by: User, customer: dict[str, Any], premises: dict[str, str], duplicate_reason: str = ""
    ) -> str:
        """What was mistyped before anything is confirmed; folders and case name who and where it really is.

        Raises ValidationError where another case is open for the right place, or where it has an account and nobody
        says why another connection is needed.
        """
        place = accounts.register_premises(by=by, **premises)
        others = type(self).objects.filter(premises=place, closed_at=None).exclude(pk=self.pk)
        if place != self.premises and others and not self.duplicate_reason:
            numbers = _(", ").join(others.values_list("number", flat=True))
            words = _("Another case is open for these premises: {numbers}. Withdraw one of the two.")
            raise ValidationError({"number": words.format(numbers=numbers)})
        self.duplicate_reason = duplicate_reason or self.duplicate_reason
        if place != self.premises:
            refuse_second_account(place, self.duplicate_reason)
        asked_before = type(self).objects.filter(applicant=self.applicant).exclude(pk=self.pk).exists()
        shared = asked_before or self.applicant.accounts.exists()
        before = self.applicant
        self.applicant = accounts.right_customer(customer=before, shared=shared, by=by, **customer)
        changed = differing(before, self.applicant, customer) + differing(self.premises, place, PARTS)
        self.premises = place
        who, title = self.applicant, str(place)
        self.statement = billing.readdress_statement(statement=self.statement, customer=who, title=title, by=by)
        self.project = engineering.readdress_project(
            project=self.project, customer=who, premises=place, title=title, by=by
        )
        self._let_the_account_follow(by)
        return f"{self.applicant.name} {place}" + self._doubt(changed)

    @task(
        gettext_lazy("Print the application form"),
        past=gettext_lazy("application form printed"),
        clause="NC-1",
        at=(Stage.DRAFT, Stage.DOCUMENT_REVIEW),
        tab="papers",
        wanted=form_complete,
    )
    def print_form(self, *, by: User) -> str:
        """The form as it was typed, to be signed or sealed; amended, it is printed anew."""
        return str(issue_paper(self, PaperKind.APPLICATION_FORM, by=by))

    @task(
        gettext_lazy("Receive a document"),
        past=gettext_lazy("document received"),
        clause="NC-1",
        at=(Stage.DRAFT, Stage.DOCUMENT_REVIEW),
        form="applications.forms.intake.ReceiveDocumentForm",
        tab="papers",
    )
    def receive_document(self, *, by: User, kind: str, scan: Any, checked: bool = False) -> str:
        """Keep a scan of a document; a later copy of the same kind replaces it and stands beside it."""
        self.documents.filter(kind=kind, replaced=False).update(replaced=True)
        stored = store_upload(scan, by=by)
        document = HandedInDocument.objects.create(application=self, kind=kind, scan=stored, received_by=by)
        if checked:
            _judge(document, by=by, fault="")
        return str(DocumentKind(kind).label)

    @task(
        gettext_lazy("Check a document"),
        past=gettext_lazy("document checked"),
        clause="NC-C1",
        at=Stage.DOCUMENT_REVIEW,
        form="applications.forms.intake.CheckDocumentForm",
        tab="papers",
    )
    def check_document(self, *, by: User, document: HandedInDocument, fault: str = "") -> str:
        _judge(document, by=by, fault=fault)
        return labelled(document.get_kind_display(), fault or document.get_finding_display())

    @task(
        gettext_lazy("Order the pipe-network map"),
        past=gettext_lazy("pipe-network map ordered"),
        clause="NC-1",
        at=(Stage.DRAFT, Stage.DOCUMENT_REVIEW),
        tab="money",
        wanted=lambda case: map_wanted(case),
        unwanted=lambda case: _("The pipe-network map has been ordered already."),
    )
    def order_map(self, *, by: User) -> str:
        """Provide the pipe-network data; the map-copy fee is charged where the price list still has it."""
        item = ledger.price(MAP, timezone.localdate())
        if item is None:
            return _("The map is provided free of charge.")
        billing.charge_item(statement=self.statement, code=item.code, by=by)
        return _("{item} {amount} charged").format(item=item.name, amount=yuan(item.unit_price))

    @step(
        gettext_lazy("Confirm the data"),
        past=gettext_lazy("data confirmed"),
        clause="NC-2",
        source=Stage.DRAFT,
        target=NEXT,
        checkpoints=[form_complete],
    )
    def confirm_data(self, *, by: User) -> None:
        """The clock of the same-day hand-over starts here."""

    @step(
        gettext_lazy("Issue a one-time notice"),
        past=gettext_lazy("one-time notice issued"),
        clause="NC-C1",
        source=Stage.DOCUMENT_REVIEW,
        checkpoints=[documents_lacking],
        form="applications.forms.intake.OneTimeNoticeForm",
    )
    def issue_one_time_notice(self, *, by: User, bring_by: Any) -> str:
        """Tell all that is missing or faulty at once, on paper; the case waits for the applicant where it is."""
        lines = required_documents.shortcomings(self)
        names = _(", ").join(str(line.kind.label) for line in lines)
        issue_paper(self, PaperKind.ONE_TIME_NOTICE, by=by, lines=lines, bring_by=bring_by)
        reason = _("Documents are missing or faulty")
        clocks.suspend(self, by=by, kind=Suspension.Awaited.PAPERS, reason=reason, awaited=names)
        return names

    @step(
        gettext_lazy("Accept the request"),
        past=gettext_lazy("request accepted"),
        clause="NC-2",
        source=Stage.DOCUMENT_REVIEW,
        target=NEXT,
        checkpoints=[form_complete, documents_complete],
    )
    def accept_documents(self, *, by: User) -> None:
        """The policies of this day hold for the whole case; the applicant gets the acceptance receipt."""
        self.accepted_on = self.accepted_on or self.deed_day
        issue_paper(self, PaperKind.ACCEPTANCE_RECEIPT, by=by)

    @task(
        gettext_lazy("Record the arrears check"),
        past=gettext_lazy("arrears checked"),
        clause="NC-2",
        at=Stage.ARREARS_CHECK,
        form="applications.forms.intake.ArrearsCheckForm",
        tab="money",
    )
    def record_arrears_check(self, *, by: User, note: str = "") -> str:
        check = billing.record_arrears_check(
            reference=self.number, customer=self.applicant, premises=self.premises, by=by, note=note
        )
        return _("owed: {amount}").format(amount=yuan(check.owed)) if check.owed else _("nothing is owed")

    @step(
        gettext_lazy("Close the arrears check"),
        past=gettext_lazy("arrears check closed"),
        clause="NC-2",
        source=Stage.ARREARS_CHECK,
        target=NEXT,
        checkpoints=[arrears_checked],
    )
    def complete_arrears_check(self, *, by: User) -> None:
        """Whether settlement follows is read from the ledger by the route."""

    @task(
        gettext_lazy("Take payment of water bills"),
        past=gettext_lazy("water bills paid"),
        clause="NC-3",
        at=(Stage.ARREARS_CHECK, Stage.ARREARS_SETTLEMENT),
        by=(Role.CASHIER,),
        form="applications.forms.money.PayBillsForm",
        tab="money",
        wanted=lambda case: not nothing_owed(case),
        unwanted=lambda case: _("Nothing is owed."),
        done_before=taken_for_bills,
    )
    def pay_bills(
        self, *, by: User, bills: Sequence[Bill], method: str, reference: str = "", happened_on: date | None = None
    ) -> str:
        receipt = billing.pay_bills(
            bills=list(bills), method=method, by=by, reference=reference, happened_on=happened_on
        )
        return _("{amount}, receipt {number}").format(amount=yuan(receipt.amount), number=receipt.number)

    @step(
        gettext_lazy("Confirm that nothing is owed"),
        past=gettext_lazy("arrears settled"),
        clause="NC-3",
        source=Stage.ARREARS_SETTLEMENT,
        target=NEXT,
        by=OWNER,
        checkpoints=[nothing_owed],
    )
    def confirm_settled(self, *, by: User) -> None:
        """The ledger is read again at this moment, under its lock."""


def verbose_name(row: Model, name: str) -> Any:
    """The words of a column."""
    field: Any = row._meta.get_field(name)
    return field.verbose_name


def differing(before: Model, after: Model, names: Iterable[str]) -> list[str]:
    """Which of these columns differ between two rows."""
    return [name for name in names if getattr(before, name) != getattr(after, name)]


def _judge(document: HandedInDocument, *, by: User, fault: str) -> None:
    finding = HandedInDocument.Finding
    document.finding = finding.FAULTY if fault else finding.GOOD
    document.fault = fault
    document.checked_at, document.checked_by = timezone.now(), by
    document.save()
