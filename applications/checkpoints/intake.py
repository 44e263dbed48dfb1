"""Checkpoints of the counter and of the arrears check (NC-1 to NC-3, NC-C1)."""

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Premises
from accounts.selectors import accounts_at
from applications import required_documents
from applications.asked_fields import empty_fields
from applications.engine.checkpoints import Words, checkpoint
from applications.engine.route import skip_rule
from billing import selectors as billing
from billing.models import ArrearsCheck

if TYPE_CHECKING:
    from applications.models import Application


@checkpoint(gettext_lazy("The application form is complete"), clause="NC-1", cure="amend_form")
def form_complete(case: "Application") -> Words | None:
    empty = list(empty_fields(case.applicant, case.new_connection))
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


@skip_rule(gettext_lazy("nothing is owed"))
def owes_nothing(case: "Application") -> bool:
    """Skip rule of the settlement stage: the ledger, read now, shows no unpaid bill."""
    return nothing_owed(case)


def refuse_second_account(premises: Premises, reason: str) -> None:
    """Raise ValidationError where the place has an account already, whoever holds it, and nobody says why another."""
    numbers = accounts_at(premises)
    if numbers and not reason.strip():
        words = _("These premises have an account already: {numbers}. Say why another connection is needed.")
        raise ValidationError({"duplicate_reason": words.format(numbers=_(", ").join(numbers))})
