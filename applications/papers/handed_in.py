"""Which documents an applicant hands in. What is true of a kind of document is declared here once."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto

from django.db import models
from django.utils.translation import gettext_lazy as _


class About(Enum):
    """What of a request a document can attest."""

    FORM = auto()
    IDENTITY = auto()
    AGENCY = auto()
    PLACE = auto()


# The columns of the form that say more than the form itself; each of them stands on the form too.
ABOUT = {
    "identity_kind": About.IDENTITY,
    "identity_number": About.IDENTITY,
    "name": About.IDENTITY,
    "legal_representative": About.AGENCY,
    "agent_name": About.AGENCY,
    "agent_identity_number": About.AGENCY,
    "agent_telephone": About.AGENCY,
    "district": About.PLACE,
    "road": About.PLACE,
    "lane": About.PLACE,
    "number": About.PLACE,
    "room": About.PLACE,
}


def about(columns: Iterable[str]) -> frozenset[About]:
    """What columns of the form that have changed are about."""
    names = list(columns)
    return frozenset([About.FORM, *(ABOUT[name] for name in names if name in ABOUT)] if names else [])


@dataclass(frozen=True)
class Declaration:
    """What a kind of document is.

    attests       what of the request it bears witness to: when that changes, it must be checked anew (NC-C1)
    personal      whether it shows an identity number or telephone in full, so that a look at it is recorded
    for_decision  whether a decision rests on it, so that who decides reads it though it is personal
    for_works     whether the construction unit builds by it, and reads it though it is personal
    """

    attests: frozenset[About]
    personal: bool = True
    for_decision: bool = False
    for_works: bool = False


class DocumentKind(models.TextChoices):
    """The documents that NC-1 names; which of them a case needs, `applications.required_documents` says."""

    IDENTITY_COPY = "identity_copy", _("Copy of the ID card or household register")
    PROPERTY_CERTIFICATE = "property_certificate", _("Copy of the property certificate")
    LOCATION_MAP = "location_map", _("Planning location map")
    SEALED_FORM = "sealed_form", _("Application form with the organisation's seal")
    POWER_OF_ATTORNEY = "power_of_attorney", _("Agent's power of attorney")

    @property
    def declaration(self) -> Declaration:
        return DECLARATIONS[self]


DECLARATIONS: dict[DocumentKind, Declaration] = {
    DocumentKind.IDENTITY_COPY: Declaration(frozenset({About.IDENTITY})),
    DocumentKind.PROPERTY_CERTIFICATE: Declaration(frozenset({About.IDENTITY, About.PLACE})),
    DocumentKind.LOCATION_MAP: Declaration(frozenset({About.PLACE}), personal=False),
    DocumentKind.SEALED_FORM: Declaration(frozenset({About.FORM})),
    DocumentKind.POWER_OF_ATTORNEY: Declaration(frozenset({About.IDENTITY, About.AGENCY})),
}
