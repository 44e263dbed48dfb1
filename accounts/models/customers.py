"""Customers and the premises to which water is supplied."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.history import History
from waterservice.identifiers import (
    IdentifierError,
    check_credit_code,
    check_paper_number,
    check_resident_id,
    check_telephone,
)
from waterservice.text import clean_line


class CustomerKind(models.TextChoices):
    INDIVIDUAL = "individual", _("Individual")
    ORGANISATION = "organisation", _("Organisation")


class IdentityKind(models.TextChoices):
    """The paper by which a customer is known."""

    RESIDENT_ID = "resident_id", _("Resident identity card")
    HOUSEHOLD_REGISTER = "household_register", _("Household register")
    PASSPORT = "passport", _("Passport")
    HOME_RETURN_PERMIT = "home_return_permit", _("Home-return permit")
    TAIWAN_PERMIT = "taiwan_permit", _("Taiwan residents' permit")
    OFFICER_CARD = "officer_card", _("Officer's card")
    CREDIT_CODE = "credit_code", _("Unified social credit code")


# Both carry the number of GB 11643: whoever shows the one is known by the other.
RESIDENT_PAPERS = (IdentityKind.RESIDENT_ID, IdentityKind.HOUSEHOLD_REGISTER)

PAPER_FITS_KIND = models.CheckConstraint(
    condition=(Q(kind="organisation") & Q(identity_kind="credit_code"))
    | (Q(kind="individual") & ~Q(identity_kind="credit_code")),
    name="customer_paper_fits_kind",
    violation_error_message=_("An organisation is known by its credit code, a person by a personal paper."),
)


def papers_like(kind: str) -> tuple[str, ...]:
    """The identity papers that carry the same number as this one, itself among them."""
    return RESIDENT_PAPERS if kind in RESIDENT_PAPERS else (kind,)


def check_identity(kind: str, number: str) -> str:
    """The number of an identity paper in its one spelling. Raises IdentifierError."""
    if kind in RESIDENT_PAPERS:
        return check_resident_id_today(number)
    if kind == IdentityKind.CREDIT_CODE:
        return check_credit_code(number)
    return check_paper_number(number, chinese=kind == IdentityKind.OFFICER_CARD)


def cleaned(row: models.Model, *names: str, clean: Callable[[str], str] = clean_line) -> None:
    """Clean texts of a row in place, a line each by default; raises ValidationError by field for control characters."""
    faults = {}
    for name in names:
        try:
            setattr(row, name, clean(getattr(row, name) or ""))
        except ValidationError as fault:
            faults[name] = fault
    if faults:
        raise ValidationError(faults)


def check_resident_id_today(number: str) -> str:
    """A resident identity number as of today. Raises IdentifierError."""
    return check_resident_id(number, timezone.localdate())


def normalised(row: models.Model, **checks: Callable[[str], str]) -> None:
    """Put each named number of a row into its one spelling, empty ones left alone; raises ValidationError by field."""
    faults = {}
    for name, check in checks.items():
        try:
            if getattr(row, name):
                setattr(row, name, check(getattr(row, name)))
        except IdentifierError as fault:
            faults[name] = ValidationError(str(fault), code=fault.code)
    if faults:
        raise ValidationError(faults)


class Customer(models.Model):
    """Who asks for water or holds an account; known by one identity number or credit code."""

    kind = models.CharField(_("kind of customer"), max_length=20, choices=CustomerKind.choices)
    name = models.CharField(_("name"), max_length=100)
    identity_kind = models.CharField(_("identity paper"), max_length=30, choices=IdentityKind.choices)
    identity_number = models.CharField(_("identity number"), max_length=30)
    telephone = models.CharField(_("telephone"), max_length=20)
    second_telephone = models.CharField(_("second telephone"), max_length=20, blank=True)
    legal_representative = models.CharField(_("legal representative"), max_length=60, blank=True)
    bank = models.CharField(_("bank"), max_length=60, blank=True)
    bank_account = models.CharField(_("bank account"), max_length=40, blank=True)
    address = models.CharField(_("postal address"), max_length=150, blank=True)

    history = History(verbose_name=_("history of customer"), verbose_name_plural=_("history of customers"))

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering = ["name", "id"]
        indexes = [
            models.Index(fields=["identity_number"], name="customer_by_identity"),
            models.Index(fields=["telephone"], name="customer_by_telephone"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["identity_kind", "identity_number"],
                name="customer_known_once",
                violation_error_message=_("A customer with this identity number is on record already."),
            ),
            models.UniqueConstraint(
                fields=["identity_number"],
                condition=Q(identity_kind__in=RESIDENT_PAPERS),
                name="customer_resident_known_once",
                violation_error_message=_("A customer with this identity number is on record already."),
            ),
            PAPER_FITS_KIND,
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def natural_person(self) -> bool:
        """Whether this is a person (自然人), not an organisation."""
        return self.kind == CustomerKind.INDIVIDUAL

    def clean(self) -> None:
        """Normalise names, identity number and telephones; raises ValidationError by field."""
        cleaned(self, "name", "legal_representative", "bank", "bank_account", "address")
        normalised(
            self,
            telephone=check_telephone,
            second_telephone=check_telephone,
            identity_number=lambda number: check_identity(self.identity_kind, number),
        )


class Premises(models.Model):
    """A place to which water is supplied: district, road, lane, number, room."""

    district = models.CharField(_("district"), max_length=30)
    road = models.CharField(_("road"), max_length=60)
    lane = models.CharField(_("lane or estate"), max_length=60, blank=True)
    number = models.CharField(_("house number"), max_length=30)
    room = models.CharField(_("room"), max_length=30, blank=True)
    address = models.CharField(_("address"), max_length=220, editable=False)

    history = History(verbose_name=_("history of premises"), verbose_name_plural=_("history of premises"))

    class Meta:
        verbose_name = _("premises")
        verbose_name_plural = _("premises")
        ordering = ["address"]
        indexes = [models.Index(fields=["address"], name="premises_by_address")]
        constraints = [
            models.UniqueConstraint(
                fields=["district", "road", "lane", "number", "room"],
                name="premises_known_once",
                violation_error_message=_("These premises are on record already."),
            )
        ]

    def __str__(self) -> str:
        return self.address

    def clean(self) -> None:
        """One spelling for a place (`clean_part`); raises ValidationError by field."""
        faults = {}
        for name in PARTS:
            field: Any = self._meta.get_field(name)
            try:
                part = clean_part(name, getattr(self, name) or "")
                field.run_validators(part)
                setattr(self, name, part)
            except ValidationError as fault:
                faults[name] = fault
        if faults:
            raise ValidationError(faults)
        self.address = "".join(getattr(self, part) for part in PARTS)


# The parts of a place, and the word that a bare number takes in each.
WORDS_OF_PARTS = {"district": "", "road": "", "lane": "", "number": "号", "room": "室"}
PARTS = tuple(WORDS_OF_PARTS)
BARE = re.compile(r"[0-9A-Za-z甲乙丙丁-]+")


@lru_cache(maxsize=2**12)  # roads and districts come again and again
def clean_part(name: str, text: str) -> str:
    """A part of a place in its one spelling: 906, ９０６ and 906 号 are 906号; 202 is 202室.

    What is no bare number stays as it is, half-width. Raises ValidationError for control characters.
    """
    words = clean_line(unicodedata.normalize("NFKC", text)).split(" ")
    part = words[0]
    for before, word in pairwise(words):
        part += (" " if _apart(before[-1:], word[:1]) else "") + word
    part = unicodedata.normalize("NFKC", part)  # an accent that stood alone joins its letter
    return f"{part}{WORDS_OF_PARTS[name]}" if BARE.fullmatch(part) else part


def _apart(left: str, right: str) -> bool:
    """Whether a space between two signs says something: “3 201” is not 3201, “Block A” not BlockA; “1 号” is 1号."""
    return left.isascii() and right.isascii() and not left.isdigit() ^ right.isdigit()


class UnmaskedLook(models.Model):
    """That somebody looked at a customer's unmasked data, and what for (PIPL art. 51)."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="looks")
    looked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    looked_at = models.DateTimeField(_("when"), default=timezone.now)
    purpose = models.CharField(_("purpose"), max_length=100)

    class Meta:
        verbose_name = _("look at unmasked data")
        verbose_name_plural = _("looks at unmasked data")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.purpose}"
