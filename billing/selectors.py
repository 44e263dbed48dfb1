"""Reads of money: balances, arrears, prices, takings."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Customer, MeterAccount, Premises, User
from accounts.selectors import accounts_concerning
from billing.models import Bill, Deposit, LineKind, PriceItem, Receipt, Statement, StatementLine, Tariff
from waterservice.money import ZERO, money_field, yuan


# -- statements ------------------------------------------------------------------------------------


def balance(statement: Statement) -> Decimal:
    """What is owed (positive) or held as credit (negative), yuan."""
    return statement.balance


def lines_with_balance(statement: Statement) -> list[tuple[StatementLine, Decimal]]:
    """The lines in their order, each with the balance after it."""
    running, told = ZERO, []
    for line in statement.lines.select_related("recorded_by", "receipt", "reversal"):
        running += line.amount
        told.append((line, running))
    return told


def _sum(lines: QuerySet[StatementLine]) -> Decimal:
    found: Decimal | None = lines.aggregate(total=Sum("amount"))["total"]
    return found or ZERO


def charged(statement: Statement, source_prefix: str = "") -> Decimal:
    """What was charged and not taken back, less reductions, for sources that begin so, yuan."""
    asked = statement.lines.filter(kind__in=[LineKind.CHARGE, LineKind.REDUCTION], reversal__isnull=True)
    return _sum(asked.filter(source__startswith=source_prefix))


def paid(statement: Statement) -> Decimal:
    """What was paid, less reversals and refunds, yuan."""
    money = Q(kind__in=[LineKind.PAYMENT, LineKind.REFUND]) | Q(
        kind=LineKind.REVERSAL, reverses__kind__in=[LineKind.PAYMENT, LineKind.REFUND]
    )
    return -_sum(statement.lines.filter(money))


def held_deposits(statement: Statement) -> list[Deposit]:
    """The deposits of a statement that the utility holds."""
    asked = statement.deposits.select_related("statement", "line", "line__reversal").filter(
        returned_line__isnull=True, line__reversal__isnull=True
    )
    return list(asked) if statement.balance <= 0 else []


def statements_owing() -> QuerySet[Statement]:
    """The statements that wait for payment, oldest first, with what is owed."""
    total = Coalesce(Sum("lines__amount"), ZERO, output_field=money_field(""))
    return Statement.objects.annotate(owed=total).filter(owed__gt=0).select_related("customer").order_by("pk")


# -- prices ----------------------------------------------------------------------------------------


def price(code: str, on: date) -> PriceItem | None:
    """The price item of a code that holds on a day and is switched on; None when it may not be charged."""
    newest = PriceItem.objects.filter(code=code, valid_from__lte=on).order_by("-valid_from").first()
    if newest is None or not newest.enabled or (newest.valid_to and newest.valid_to < on):
        return None
    return newest


def tariff(kind_of_use: str, on: date) -> Tariff | None:
    """The tariff of a kind of use that holds on a day."""
    return Tariff.objects.filter(kind_of_use=kind_of_use, valid_from__lte=on).order_by("-valid_from").first()


def monthly_price(kind_of_use: str, on: date) -> Decimal:
    """The whole price of a cubic metre on a day, yuan/m³ with three decimals. Raises LookupError without a tariff."""
    found = tariff(kind_of_use, on)
    if found is None:
        raise LookupError(f"no tariff of {kind_of_use} holds on {on}")
    return found.water + found.resource + found.sewage


# -- arrears ---------------------------------------------------------------------------------------


def arrears(*, customer: Customer | None, premises: Premises | None) -> QuerySet[Bill]:
    """The unpaid bills of the customer, or of any account of theirs or at the premises, oldest first.

    The customer counts by identity number or credit code. `outstanding` is what is left of each.
    """
    accounts = accounts_concerning(customer=customer, premises=premises)
    concerned = Q(account__in=accounts)
    if customer is not None:
        concerned |= Q(customer=customer)
    unpaid = Bill.objects.filter(concerned, settled_at__isnull=True)
    return unpaid.select_related("account", "customer").annotate(**_outstanding()).order_by("period_start", "pk")


def outstanding_bills(account: MeterAccount) -> QuerySet[Bill]:
    """The unpaid bills of one account, oldest first, with what is left of each."""
    unpaid = account.bills.filter(settled_at__isnull=True)
    return unpaid.select_related("account", "customer").annotate(**_outstanding()).order_by("period_start")


def _outstanding() -> dict[str, object]:
    left = F("amount") - Coalesce(Sum("payments__amount"), ZERO, output_field=money_field(""))
    return {"outstanding": left}


def owed(*, customer: Customer | None, premises: Premises | None) -> Decimal:
    """The sum of the arrears, yuan."""
    return sum((bill.outstanding for bill in arrears(customer=customer, premises=premises)), ZERO)  # type: ignore[attr-defined]


def arrears_words(bills: Iterable[Bill]) -> str:
    """“还欠水费 ¥136.50（户号 00123456，2 张账单）…”: each account with its bills, in words a clerk can act on."""
    by_account: dict[str, list[Decimal]] = {}
    for bill in bills:
        by_account.setdefault(bill.account.number, []).append(bill.outstanding)  # type: ignore[attr-defined]
    total = sum((sum(amounts, ZERO) for amounts in by_account.values()), ZERO)
    parts = [
        ngettext("account {number}, {count} bill", "account {number}, {count} bills", len(amounts)).format(
            number=number, count=len(amounts)
        )
        for number, amounts in by_account.items()
    ]
    return _("Water bills of {amount} are unpaid ({accounts}). Settle them first.").format(
        amount=yuan(total), accounts=_("; ").join(parts)
    )


# -- the cashier's day -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Taking:
    """One receipt or refund of a day."""

    number: str
    payer: str
    purpose: str
    method: str
    amount: Decimal
    cashier: str


def takings(day: date, cashier: User | None = None) -> list[Taking]:
    """What was taken and given back on a day, in the order of recording; refunds are negative, yuan."""
    start = timezone.make_aware(datetime.combine(day, time.min))
    end = start + timedelta(days=1)
    receipts = Receipt.objects.filter(issued_at__gte=start, issued_at__lt=end).select_related("issued_by")
    refunds = StatementLine.objects.filter(
        kind=LineKind.REFUND, recorded_at__gte=start, recorded_at__lt=end
    ).select_related("recorded_by", "statement__customer")
    if cashier is not None:
        receipts, refunds = receipts.filter(issued_by=cashier), refunds.filter(recorded_by=cashier)
    taken = [
        Taking(r.number, r.payer, r.purpose, r.get_method_display(), r.amount, r.issued_by.name)
        for r in receipts.order_by("pk")
    ]
    return taken + [
        Taking(
            line.statement.reference,
            line.statement.customer.name,
            line.reason,
            line.get_method_display(),
            -line.amount,
            line.recorded_by.name,
        )
        for line in refunds
    ]


def by_method(rows: Iterable[Taking]) -> dict[str, Decimal]:
    """The sum of some takings for each method, yuan."""
    sums: dict[str, Decimal] = {}
    for row in rows:
        sums[row.method] = sums.get(row.method, ZERO) + row.amount
    return sums
