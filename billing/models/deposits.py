"""Deposits: charged on a statement, held while paid, and where their money went: back, to bills, or forfeited.

Each movement is a row that names who, when and why, and the lines by which the money moves. What is left of a
deposit is its charge less its movements; it has ended when nothing is left, or when its charge was reversed.
"""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.history import History
from accounts.models import MeterAccount
from billing.deposit_kinds import KINDS, DepositKind
from billing.models.bills import Bill
from billing.models.receipts import Receipt
from billing.models.rows import AppendOnly, AppendOnlyQuerySet, Yuan, to_the_fen, total, within
from billing.models.statements import Statement, StatementLine
from waterservice.models import Decision, StoredFile
from waterservice.money import FEN, ZERO, money_field


class DepositQuerySet(AppendOnlyQuerySet):
    """Deposits; the one rule of which of them are held."""

    def with_left(self) -> DepositQuerySet:
        """Each with `left`: yuan of it that has not gone anywhere yet."""
        moves = DepositMove.objects.filter(deposit=OuterRef("pk")).order_by().values("deposit")
        gone = Subquery(moves.annotate(gone=total("amount")).values("gone"))
        return self.annotate(left=to_the_fen(F("line__amount") - Coalesce(gone, ZERO, output_field=Yuan())))

    def standing(self) -> DepositQuerySet:
        """Charged, and neither taken back nor gone whole; each with what is `left`."""
        reversed_ = Exists(StatementLine.objects.filter(reverses=OuterRef("line")))
        return self.with_left().filter(~reversed_, ended_at__isnull=True, left__gt=0)

    def held(self) -> DepositQuerySet:
        """Standing, and paid.

        What a statement still owes is owed on its deposits first, so that one owing holds none.
        """
        return self._with_owing().filter(owing__lte=0)

    def watched(self) -> DepositQuerySet:
        """Held, and also standing where the statement has ended: that one was paid, whatever its lines say since."""
        return self._with_owing().filter(Q(owing__lte=0) | Q(statement__ended_at__isnull=False))

    def _with_owing(self) -> DepositQuerySet:
        lines = StatementLine.objects.filter(statement=OuterRef("statement")).order_by().values("statement")
        return self.standing().annotate(owing=Subquery(lines.annotate(owing=total("amount")).values("owing")))


class Deposit(AppendOnly):
    """A deposit on a statement: how its sum came about, and when it goes back (NC-C5, HM-5, HM-8, OT-2)."""

    changeable = frozenset({"account", "term_from", "refund_due_on", "notice_due_on", "ended_at"})

    statement = models.ForeignKey(Statement, models.PROTECT, related_name="deposits", verbose_name=_("statement"))
    line = models.OneToOneField(StatementLine, models.PROTECT, related_name="deposit", verbose_name=_("charge"))
    clause = models.CharField(_("clause"), max_length=10)
    basis = models.CharField(_("basis"), max_length=400)
    rule_day = models.DateField(_("rules of the day"), help_text=_("The policies of this day hold for its term."))
    account = models.ForeignKey(
        MeterAccount,
        models.PROTECT,
        related_name="deposits",
        null=True,
        blank=True,
        verbose_name=_("meter account"),
    )
    term_from = models.DateField(_("term begins on"), null=True, blank=True)
    refund_due_on = models.DateField(_("to be returned on"), null=True, blank=True)
    notice_due_on = models.DateField(_("to be told by"), null=True, blank=True)
    ended_at = models.DateTimeField(
        _("ended at"), null=True, blank=True, help_text=_("When nothing was left of it; empty while anything is.")
    )

    left: Decimal  # only on rows that the queryset has read with it

    objects = DepositQuerySet.as_manager()  # type: ignore[misc]
    history = History(verbose_name=_("history of deposit"), verbose_name_plural=_("history of deposits"))

    class Meta:
        verbose_name = _("deposit")
        verbose_name_plural = _("deposits")
        ordering = ["id"]
        indexes = [
            models.Index(fields=["id"], condition=Q(ended_at__isnull=True), name="deposit_standing"),
            models.Index(fields=["refund_due_on", "id"], condition=Q(ended_at__isnull=True), name="deposit_by_due_day"),
            models.Index(fields=["-id"], condition=Q(ended_at__isnull=False), name="deposit_ended"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(clause__in=tuple(KINDS)), name="deposit_clause_known"),
            models.CheckConstraint(condition=~Q(basis=""), name="deposit_says_its_sum"),
            models.CheckConstraint(
                condition=Q(term_from__isnull=True, refund_due_on__isnull=True, notice_due_on__isnull=True)
                | Q(term_from__isnull=False, refund_due_on__isnull=False, refund_due_on__gte=F("term_from")),
                name="deposit_due_within_a_term",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.clause} {self.basis}"

    @property
    def kind(self) -> DepositKind:
        """What the table of deposits says about its clause."""
        return KINDS[self.clause]

    @property
    def amount(self) -> Decimal:
        """Yuan, as charged."""
        return self.line.amount

    @property
    def held(self) -> bool:
        """Whether the utility holds any of it now."""
        return Deposit.objects.held().filter(pk=self.pk).exists()


class DepositWay(models.TextChoices):
    REFUND = "refund", _("Refund")
    OFFSET = "offset", _("Set off against bills")
    FORFEIT = "forfeit", _("Forfeiture")


class DepositOrder(Decision):
    """What was prepared to be done with a deposit: for whom, why, signed how; who approved it where that is due.

    What follows the rules is granted from the start: the cashier carries it out. What leaves them, as its
    `exception` says, and every forfeiture, waits for the decision of another person. `closed_at`: nothing
    remains to be done: carried out, refused or withdrawn.
    """

    class Rest(models.TextChoices):
        REFUND = "refund", _("pay the rest back")
        KEEP = "keep", _("keep the rest as deposit")

    closing = frozenset({"closed_at", "withdrawn_by"})

    deposit = models.ForeignKey(Deposit, models.PROTECT, related_name="orders", verbose_name=_("deposit"))
    way = models.CharField(_("what is done"), max_length=10, choices=DepositWay.choices)
    amount = money_field(
        _("amount"), null=True, blank=True, help_text=_("Empty for bills: what they cost on the day they are paid.")
    )
    rest = models.CharField(_("the rest"), max_length=10, choices=Rest.choices, blank=True)
    exception = models.CharField(_("departs from the rules"), max_length=500, blank=True)
    collector_name = models.CharField(_("collected by"), max_length=100, blank=True)
    collector_identity = models.CharField(_("identity number"), max_length=30, blank=True)
    by_agent = models.BooleanField(_("by an agent"), default=False)
    signed = models.ForeignKey(
        StoredFile, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("signed application")
    )
    authority = models.ForeignKey(
        StoredFile, models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("power of attorney")
    )
    bills = models.ManyToManyField(Bill, related_name="deposit_orders", blank=True, verbose_name=_("bills"))
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("withdrawn by"),
    )

    class Meta(Decision.Meta):
        verbose_name = _("order about a deposit")
        verbose_name_plural = _("orders about deposits")
        indexes = [
            models.Index(fields=["id"], condition=Q(closed_at__isnull=True), name="deposit_order_open"),
        ]
        constraints = [
            *Decision.Meta.constraints,
            models.UniqueConstraint(
                fields=["deposit"],
                condition=Q(closed_at__isnull=True),
                name="deposit_order_one_open",
                violation_error_message=_("Something is prepared for this deposit already."),
            ),
            models.CheckConstraint(
                condition=(Q(way__in=("refund", "forfeit"), rest="", amount__isnull=False) & within("amount", FEN))
                | Q(way="offset", amount__isnull=True, rest__in=("refund", "keep")),
                name="deposit_order_amount_fits_its_way",
            ),
            models.CheckConstraint(
                condition=Q(way="forfeit")
                | (Q(signed__isnull=False) & ~Q(collector_name="") & ~Q(collector_identity="")),
                name="deposit_order_is_signed",
            ),
            models.CheckConstraint(
                condition=Q(by_agent=False) | Q(authority__isnull=False), name="deposit_order_agent_has_authority"
            ),
            models.CheckConstraint(
                condition=(Q(exception="") & ~Q(way="forfeit")) | ~Q(reason=""),
                name="deposit_order_exception_explained",
            ),
            models.CheckConstraint(
                condition=Q(status="asked", decided_by__isnull=True)
                | Q(status="granted", decided_by__isnull=False, decided_at__isnull=False)
                | (Q(status="granted", exception="", decided_by__isnull=True) & ~Q(way="forfeit"))
                | (Q(status="refused", decided_by__isnull=False, closed_at__isnull=False) & ~Q(opinion="")),
                name="deposit_order_decided_where_due",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_by__isnull=True) | Q(closed_at__isnull=False),
                name="deposit_order_withdrawn_is_closed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deposit_id} {self.way} {self.status}"

    @property
    def waits_for(self) -> str:
        """decision, payment, or nothing any more."""
        if self.closed_at is not None:
            return ""
        return "decision" if self.status == self.Status.ASKED else "payment"


class DepositMove(AppendOnly):
    """Money of a deposit that went its way: `released` takes it off the deposit, `settled` says where it went.

    Back to the holder it leaves by a method; set off it leaves by the method “deposit” and the receipt of the bills
    takes it in; forfeited it is charged as income. Numbered without gaps by year, on the voucher too.
    """

    changeable = frozenset({"voucher"})

    number = models.CharField(_("voucher number"), max_length=20, unique=True)
    deposit = models.ForeignKey(Deposit, models.PROTECT, related_name="moves", verbose_name=_("deposit"))
    order = models.ForeignKey(DepositOrder, models.PROTECT, related_name="moves", verbose_name=_("order"))
    way = models.CharField(_("what was done"), max_length=10, choices=DepositWay.choices)
    amount = money_field(_("amount"))
    released = models.OneToOneField(
        StatementLine, models.PROTECT, related_name="deposit_release", verbose_name=_("released by")
    )
    settled = models.OneToOneField(
        StatementLine, models.PROTECT, related_name="deposit_move", verbose_name=_("moved by")
    )
    receipt = models.OneToOneField(
        Receipt, models.PROTECT, related_name="deposit_move", null=True, blank=True, verbose_name=_("receipt")
    )
    reason = models.CharField(_("reason"), max_length=300)
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("prepared by")
    )
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("carried out by")
    )
    recorded_at = models.DateTimeField(_("carried out at"), default=timezone.now)
    voucher = models.OneToOneField(
        StoredFile, models.PROTECT, related_name="deposit_move", null=True, blank=True, verbose_name=_("voucher")
    )

    class Meta:
        verbose_name = _("movement of a deposit")
        verbose_name_plural = _("movements of deposits")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(number__regex=r"^BZ[0-9]{4}-[0-9]{7}$"), name="deposit_move_number_of_a_year"
            ),
            models.UniqueConstraint(fields=["order", "way"], name="deposit_move_once_an_order"),
            models.CheckConstraint(condition=within("amount", FEN), name="deposit_move_above_zero"),
            models.CheckConstraint(
                condition=Q(way="offset", receipt__isnull=False)
                | Q(way__in=("refund", "forfeit"), receipt__isnull=True),
                name="deposit_move_way_and_receipt",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="deposit_move_for_a_reason"),
            models.CheckConstraint(condition=~Q(prepared_by=F("recorded_by")), name="deposit_move_by_two_people"),
        ]

    def __str__(self) -> str:
        return self.number
