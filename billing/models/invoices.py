"""Tax invoices (发票): issued for what was paid, apart from receipts, and taken back by a red one (红冲)."""

from __future__ import annotations

import re

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from billing.models.receipts import Receipt
from billing.models.rows import AppendOnly, within
from billing.models.statements import Statement
from waterservice.identifiers import check_credit_code
from waterservice.money import FEN, LARGEST, money_field
from waterservice.text import refuse_control_characters

TAX_NUMBER = re.compile(r"[0-9A-Z]{15,20}", re.ASCII)
NUMBER = r"^[0-9]{8}([0-9]{12})?$"  # of a printed invoice eight figures, of an electronic one twenty


def check_tax_number(number: str) -> None:
    """Validator: 15 to 20 digits and capital letters; one of 18 is a credit code and must be a right one."""
    if not TAX_NUMBER.fullmatch(number):
        raise ValidationError(_("A tax number has 15 to 20 digits and capital letters."), code="tax_number")
    if len(number) == 18:
        try:
            check_credit_code(number)
        except ValueError as wrong:
            raise ValidationError(str(wrong), code="tax_number") from wrong


def check_invoice_number(number: str) -> None:
    """Validator: eight figures, or twenty of an electronic invoice."""
    if not re.fullmatch(NUMBER, number):
        raise ValidationError(_("An invoice number has 8 figures, that of an electronic invoice 20."), code="number")


class TaxInvoice(AppendOnly):
    """One invoice as the tax system issued it: blue above zero, red below zero and naming the blue one.

    It stands for what was paid on a statement, or by one receipt of water bills.
    """

    class Kind(models.TextChoices):
        ORDINARY = "ordinary", _("ordinary invoice")
        SPECIAL = "special", _("special VAT invoice")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    number = models.CharField(
        _("invoice number"),
        max_length=20,
        unique=True,
        validators=[check_invoice_number],
        error_messages={"unique": _("An invoice with this number is on record already.")},
    )
    statement = models.ForeignKey(
        Statement, models.PROTECT, related_name="invoices", null=True, blank=True, verbose_name=_("statement")
    )
    receipt = models.ForeignKey(
        Receipt, models.PROTECT, related_name="invoices", null=True, blank=True, verbose_name=_("receipt")
    )
    title = models.CharField(_("title"), max_length=100, validators=[refuse_control_characters])
    tax_number = models.CharField(_("tax number"), max_length=20, blank=True, validators=[check_tax_number])
    amount = money_field(_("amount"))
    issued_on = models.DateField(_("issued on"))
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("issued by")
    )
    recorded_at = models.DateTimeField(_("recorded at"), default=timezone.now)
    flushes = models.OneToOneField(
        "self", models.PROTECT, related_name="red", null=True, blank=True, verbose_name=_("takes back")
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("tax invoice")
        verbose_name_plural = _("tax invoices")
        ordering = ["-id"]
        indexes = [models.Index(fields=["-issued_on", "-id"], name="tax_invoice_newest_first")]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=("ordinary", "special")), name="tax_invoice_kind_known"),
            models.CheckConstraint(condition=Q(number__regex=NUMBER), name="tax_invoice_number_of_figures"),
            models.CheckConstraint(
                condition=Q(statement__isnull=True) ^ Q(receipt__isnull=True), name="tax_invoice_for_one_thing"
            ),
            models.CheckConstraint(
                condition=(Q(flushes__isnull=True) & within("amount", FEN))
                | (Q(flushes__isnull=False) & within("amount", -LARGEST, -FEN) & ~Q(reason="")),
                name="tax_invoice_red_below_zero_and_reasoned",
            ),
            models.CheckConstraint(condition=~Q(title=""), name="tax_invoice_has_a_title"),
            models.CheckConstraint(
                condition=~Q(kind="special") | ~Q(tax_number=""),
                name="tax_invoice_special_names_a_tax_number",
                violation_error_message=_("A special VAT invoice needs the buyer's tax number."),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def stands_for(self) -> str:
        """The number of the receipt, or the reference of the statement."""
        return str(self.receipt or self.statement)

    @property
    def flushed(self) -> bool:
        """Whether a red invoice has taken it back."""
        return hasattr(self, "red")
