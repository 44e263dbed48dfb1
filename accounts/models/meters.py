"""Meters, meter accounts, reading books, and who held an account when."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.history import History
from accounts.models.customers import Customer, Premises
from accounts.models.staff import Office
from waterservice.text import Words

CALIBRES = (15, 20, 25, 32, 40, 50, 65, 80, 100, 150, 200, 250, 300)
CALIBRE_CHOICES = [(dn, f"DN{dn}") for dn in CALIBRES]
FEWEST_DIGITS, USUAL_DIGITS, MOST_DIGITS = 4, 5, 8


def digits_column(label: Words) -> models.PositiveSmallIntegerField[Any, Any]:
    """The column of how many whole cubic metres a register can show."""
    return models.PositiveSmallIntegerField(
        label,
        default=USUAL_DIGITS,
        validators=[MinValueValidator(FEWEST_DIGITS), MaxValueValidator(MOST_DIGITS)],
        help_text=_("Of whole cubic metres on its register: after the last 9 it begins again at 0."),
    )


def turn_of(digits: int) -> int:
    """The m³ of a whole turn of a register: what it shows is always less."""
    return int(10**digits)


def refuse_more_than_shown(first_reading: int | None, digits: int | None) -> None:
    """Raise ValidationError under “first_reading” for a figure that a register of so many digits cannot show."""
    if first_reading is not None and digits is not None and first_reading >= turn_of(digits):
        words = _("This meter shows 0 to %(most)s m³. Look at the figure again.")
        raise ValidationError({"first_reading": ValidationError(words, params={"most": turn_of(digits) - 1})})


class KindOfUse(models.TextChoices):
    RESIDENTIAL = "residential", _("residential")
    NON_RESIDENTIAL = "non_residential", _("non-residential")
    SPECIAL = "special", _("special trades")
    SHARED_RESIDENTIAL = "shared_residential", _("residential on a shared meter")
    INSTITUTION_RESIDENTIAL = "institution_residential", _("institution at the residential price")


class BillingCycle(models.TextChoices):
    MONTHLY = "monthly", _("every month")
    ODD_MONTHS = "odd_months", _("odd months")
    EVEN_MONTHS = "even_months", _("even months")


class AccountStatus(models.TextChoices):
    PENDING = "pending", _("waiting for water on")
    ACTIVE = "active", _("active")
    CLOSED = "closed", _("closed")


class ReadingBook(models.Model):
    """A reading book (册本): a round of accounts that one reader walks."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=60)
    cycle = models.CharField(_("billing cycle"), max_length=20, choices=BillingCycle.choices)
    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="books",
        null=True,
        blank=True,
        verbose_name=_("reader"),
    )
    office = models.ForeignKey(Office, models.PROTECT, related_name="books", verbose_name=_("office"))

    history = History(verbose_name=_("history of reading book"), verbose_name_plural=_("history of reading books"))

    class Meta:
        verbose_name = _("reading book")
        verbose_name_plural = _("reading books")
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Meter(models.Model):
    """A water meter."""

    number = models.CharField(
        _("meter number"),
        max_length=30,
        unique=True,
        error_messages={"unique": _("A meter with this number is on record already.")},
    )
    maker_number = models.CharField(_("maker's number"), max_length=40, blank=True)
    calibre = models.PositiveSmallIntegerField(_("calibre"), choices=CALIBRE_CHOICES)
    model = models.CharField(_("model"), max_length=40, blank=True)
    position = models.CharField(_("position"), max_length=120, blank=True)
    digits = digits_column(_("digits"))
    installed_on = models.DateField(_("installed on"))
    removed_on = models.DateField(_("removed on"), null=True, blank=True)
    first_reading = models.PositiveIntegerField(_("first reading (m³)"))

    history = History(verbose_name=_("history of meter"), verbose_name_plural=_("history of meters"))

    class Meta:
        verbose_name = _("meter")
        verbose_name_plural = _("meters")
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(
                condition=Q(removed_on__isnull=True) | Q(removed_on__gte=F("installed_on")),
                name="meter_removed_after_installed",
            ),
            models.CheckConstraint(
                condition=Q(digits__gte=FEWEST_DIGITS, digits__lte=MOST_DIGITS), name="meter_digits_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} DN{self.calibre}"

    def clean(self) -> None:
        refuse_more_than_shown(self.first_reading, self.digits)

    @property
    def turn(self) -> int:
        """The m³ of a whole turn of its register."""
        return turn_of(self.digits)


class MeterAccount(models.Model):
    """A meter account (户): number, holder, place, meter, kind of use."""

    number = models.CharField(_("account number"), max_length=12, unique=True)
    holder = models.ForeignKey(Customer, models.PROTECT, related_name="accounts", verbose_name=_("holder"))
    premises = models.ForeignKey(Premises, models.PROTECT, related_name="accounts", verbose_name=_("premises"))
    meter = models.OneToOneField(
        Meter, models.PROTECT, related_name="account", null=True, blank=True, verbose_name=_("meter")
    )
    kind_of_use = models.CharField(_("kind of use"), max_length=30, choices=KindOfUse.choices)
    cycle = models.CharField(_("billing cycle"), max_length=20, choices=BillingCycle.choices)
    status = models.CharField(_("status"), max_length=10, choices=AccountStatus.choices, default=AccountStatus.PENDING)
    book = models.ForeignKey(
        ReadingBook,
        models.PROTECT,
        related_name="accounts",
        null=True,
        blank=True,
        verbose_name=_("reading book"),
    )
    order_in_book = models.PositiveIntegerField(_("place in the book"), null=True, blank=True)
    opened_on = models.DateField(_("opened on"))
    filed_at = models.DateTimeField(_("file checked"), null=True, blank=True)
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    invoice_title = models.CharField(_("invoice title"), max_length=100, blank=True)
    tax_number = models.CharField(_("tax number"), max_length=20, blank=True)
    household_size = models.PositiveSmallIntegerField(
        _("people in the household"), null=True, blank=True, help_text=_("Empty: not known.")
    )
    household_proof = models.CharField(_("proof of the household"), max_length=100, blank=True)

    history = History(verbose_name=_("history of meter account"), verbose_name_plural=_("history of meter accounts"))

    class Meta:
        verbose_name = _("meter account")
        verbose_name_plural = _("meter accounts")
        ordering = ["number"]
        indexes = [models.Index(fields=["book", "order_in_book"], name="account_by_book")]
        constraints = [
            models.CheckConstraint(condition=Q(number__regex=r"^[0-9]{6,12}$"), name="account_number_6_to_12_digits"),
            models.CheckConstraint(
                condition=~Q(status="active") | Q(meter__isnull=False), name="account_active_has_a_meter"
            ),
            models.CheckConstraint(
                condition=Q(status="closed") ^ Q(closed_on__isnull=True), name="account_closed_has_its_day"
            ),
            models.CheckConstraint(
                condition=Q(household_size__isnull=True) | Q(household_size__gte=1, household_size__lte=99),
                name="account_household_of_1_to_99",
                violation_error_message=_("A household has 1 to 99 people; leave it empty where it is not known."),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Tenure(models.Model):
    """Who held an account from when until when, between which readings."""

    account = models.ForeignKey(MeterAccount, models.PROTECT, related_name="tenures", verbose_name=_("meter account"))
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="tenures", verbose_name=_("customer"))
    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True, blank=True)
    opening_reading = models.PositiveIntegerField(_("opening reading"))
    closing_reading = models.PositiveIntegerField(_("closing reading"), null=True, blank=True)

    history = History(verbose_name=_("history of tenure"), verbose_name_plural=_("history of tenures"))

    class Meta:
        verbose_name = _("tenure")
        verbose_name_plural = _("tenures")
        ordering = ["account", "since"]
        constraints = [
            models.UniqueConstraint(fields=["account"], condition=Q(until__isnull=True), name="tenure_one_open"),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="tenure_ends_after_start"
            ),
            # The closing reading may be the lower one: of a meter that rolled over or was changed.
            models.CheckConstraint(
                condition=Q(until__isnull=True, closing_reading__isnull=True)
                | Q(until__isnull=False, closing_reading__isnull=False),
                name="tenure_ends_with_its_reading",
            ),
            models.UniqueConstraint(fields=["account", "since"], name="tenure_one_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.since}"
