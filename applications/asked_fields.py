"""What the application form must say before its data are confirmed (NC-1): declared once for form and checkpoint."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from accounts.models import Customer, CustomerKind
from applications.models.details import NewConnectionDetails

if TYPE_CHECKING:
    from django import forms

ASKED_OF_ALL = ("kind_of_use", "expected_m3_month", "calibre", "telephone", "invoice_title")
ASKED_OF_ORGANISATIONS = ("project_facts", "bank", "bank_account", "legal_representative")


def asked_of(kind: str) -> tuple[str, ...]:
    """The columns that an applicant of a kind must fill in."""
    organisation = kind == CustomerKind.ORGANISATION
    return ASKED_OF_ALL + (ASKED_OF_ORGANISATIONS if organisation else ())


def empty_fields(applicant: Customer, details: NewConnectionDetails) -> Iterator[str]:
    """The labels of what the form of a case still lacks."""
    for name in asked_of(applicant.kind):
        row: Any = details if hasattr(details, name) else applicant
        if not getattr(row, name):
            yield str(row._meta.get_field(name).verbose_name)


def mark(fields: "dict[str, forms.Field]", *, kind: str = "") -> None:
    """Give fields their star; what only an organisation is asked goes where the applicant is known to be a person,
    and says whom it is for where that is still to be chosen."""
    for name in ASKED_OF_ORGANISATIONS:
        if kind and kind != CustomerKind.ORGANISATION:
            fields.pop(name, None)
        elif not kind and name in fields:
            fields[name].only_for = CustomerKind.ORGANISATION.value  # type: ignore[attr-defined]
    for name in ASKED_OF_ALL + ASKED_OF_ORGANISATIONS:
        if name in fields:
            fields[name].starred = True  # type: ignore[attr-defined]
