"""Checkpoints of the counter and of the arrears check (NC-1 to NC-3, NC-C1)."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import CustomerKind
from applications import required_documents
from applications.engine.checkpoints import Words, checkpoint
from billing import selectors as billing
from billing.models import ArrearsCheck

if TYPE_CHECKING:
    from applications.models import Application


@checkpoint(gettext_lazy("The application form is complete"), clause="NC-1", cure="overview")
def form_complete(case: "Application") -> Words | None:
    details, applicant = case.new_connection, case.applicant
    asked = [
        (_("kind of use"), details.kind_of_use),
        (_("expected use (m³ a month)"), details.expected_m3_month),
        (_("calibre wanted"), details.calibre),
        (_("telephone"), applicant.telephone),
        (_("invoice title"), details.invoice_title),
    ]
    if applicant.kind == CustomerKind.ORGANISATION:
        asked += [
            (_("basic facts of the project"), details.project_facts),
            (_("bank"), applicant.bank),
            (_("bank account"), applicant.bank_account),
            (_("legal representative"), applicant.legal_representative),
        ]
    empty = [str(label) for label, value in asked if not value]
    if empty:
        return _("The form still lacks: {fields}.").format(fields=_(", ").join(empty))
    return None


@checkpoint(gettext_lazy("Every required document is received and checked"), clause="NC-C1", cure="papers")
def documents_complete(case: "Application") -> Words | None:
    lines = required_documents.checklist(case)
    parts = [
        (_("missing: {names}"), [line for line in lines if line.missing]),
        (_("faulty: {names}"), [line for line in lines if line.faulty]),
        (_("not yet checked: {names}"), [line for line in lines if line.unchecked]),
    ]
    said = [words.format(names=_(", ").join(str(ln.kind.label) for ln in found)) for words, found in parts if found]
    return _("Documents {faults}.").format(faults=_("; ").join(said)) if said else None


@checkpoint(gettext_lazy("Something is missing or faulty to tell of"), clause="NC-C1", cure="papers")
def documents_lacking(case: "Application") -> Words | None:
    if required_documents.shortcomings(case):
        return None
    return _("No document is missing or faulty: there is nothing to tell the applicant.")


@checkpoint(gettext_lazy("The result of the arrears check is recorded"), clause="NC-2", cure="money")
def arrears_checked(case: "Application") -> Words | None:
    if ArrearsCheck.objects.filter(reference=case.number, checked_at__gte=case.arrived_at).exists():
        return None
    return _("Record the result of the arrears check first.")


@checkpoint(gettext_lazy("Nothing is owed"), clause="NC-3", cure="money")
def nothing_owed(case: "Application") -> Words | None:
    found = billing.arrears_by_part(customer=case.applicant, premises=case.premises)
    return billing.arrears_words(found) if found.bills else None


def owes_nothing(case: "Application") -> bool:
    """Skip rule of the settlement stage: the ledger, read now, shows no unpaid bill."""
    return nothing_owed(case)
