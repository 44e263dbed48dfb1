"""Customers and the premises to which water is supplied."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.history import History
from waterservice.identifiers import IdentifierError, check_credit_code, check_resident_id, check_telephone
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


def check_identity(kind: str, number: str) -> str:
    """The number of an identity paper in its one spelling. Raises IdentifierError, or ValidationError for text."""
    if kind in (IdentityKind.RESIDENT_ID, IdentityKind.HOUSEHOLD_REGISTER):
        return check_resident_id_today(number)
    if kind == IdentityKind.CREDIT_CODE:
        return check_credit_code(number)
    return clean_line(number).upper()


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
            models.CheckConstraint(
                condition=(Q(kind="organisation") & Q(identity_kind="credit_code"))
                | (Q(kind="individual") & ~Q(identity_kind="credit_code")),
                name="customer_paper_fits_kind",
                violation_error_message=_("An organisation is known by its credit code, a person by a personal paper."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

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
        """One spelling for a place: 906 is 906号, 202 is 202室; raises ValidationError by field."""
        cleaned(self, *PARTS)
        self.number, self.room = with_word("号", self.number), with_word("室", self.room)
        self.address = "".join(getattr(self, part) for part in PARTS)


BARE = re.compile(r"[0-9A-Za-z甲乙丙丁-]+")


def with_word(word: str, part: str) -> str:
    """906 is 906号, 202 is 202室; what is no bare number stays as it is."""
    return f"{part}{word}" if BARE.fullmatch(part) else part


PARTS = ("district", "road", "lane", "number", "room")


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
