"""Which documents a request needs (NC-1), and what is still missing or faulty."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from accounts.models import CustomerKind
from applications.models.documents import DocumentKind, HandedInDocument

if TYPE_CHECKING:
    from applications.models import Application


def required_kinds(case: "Application") -> list[DocumentKind]:
    """The documents that NC-1 demands of this applicant, in the order of the checklist.

    An organisation's property certificate is demanded for business premises only; a power of
    attorney whenever an agent acts.
    """
    details = case.new_connection
    if case.applicant.kind == CustomerKind.INDIVIDUAL:
        kinds = [DocumentKind.IDENTITY_COPY, DocumentKind.PROPERTY_CERTIFICATE]
    else:
        kinds = [DocumentKind.SEALED_FORM]
        if details.business_premises:
            kinds.append(DocumentKind.PROPERTY_CERTIFICATE)
    kinds.append(DocumentKind.LOCATION_MAP)
    if details.agent_name:
        kinds.append(DocumentKind.POWER_OF_ATTORNEY)
    return kinds


@dataclass(frozen=True)
class ChecklistLine:
    """One required document and, if it was handed in, the copy in force."""

    kind: DocumentKind
    document: HandedInDocument | None

    @property
    def missing(self) -> bool:
        return self.document is None

    @property
    def faulty(self) -> bool:
        return self.document is not None and self.document.finding == HandedInDocument.Finding.FAULTY

    @property
    def good(self) -> bool:
        return self.document is not None and self.document.finding == HandedInDocument.Finding.GOOD

    @property
    def unchecked(self) -> bool:
        return self.document is not None and self.document.finding == HandedInDocument.Finding.RECEIVED


def checklist(case: "Application") -> list[ChecklistLine]:
    """The required documents of a case with what was handed in; extra documents stand behind them."""
    in_force = {doc.kind: doc for doc in case.documents.select_related("scan") if not doc.replaced}
    kinds: Iterable[DocumentKind] = required_kinds(case)
    lines = [ChecklistLine(kind, in_force.pop(kind, None)) for kind in kinds]
    return lines + [ChecklistLine(DocumentKind(kind), doc) for kind, doc in in_force.items()]


def shortcomings(case: "Application") -> list[ChecklistLine]:
    """The lines that keep the review from closing: missing or faulty, all at once (一次性告知)."""
    return [line for line in checklist(case) if line.missing or line.faulty]
