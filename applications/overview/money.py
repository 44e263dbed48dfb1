"""Money of a span of days: budgets approved, collected, settled. Each figure is the sum of a list that one can open."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from applications.models import Application, Approval, Subject
from applications.statistics import Filters
from billing import selectors as ledger
from billing.models import LineKind, PayMethod
from billing.models.rows import total
from engineering import selectors as works
from engineering.models import SettlementLine

Cases = QuerySet[Application]


@dataclass(frozen=True)
class Line:
    """A row of a source list: the number of its case, what a table shows after it, the amount last."""

    number: str
    cells: tuple[Any, ...]
    amount: Decimal


@dataclass(frozen=True)
class Source:
    """One of the sums: its words, what it is made of, headings and rows of its list, and its sum in the database."""

    label: str | Promise
    about: str | Promise
    headings: tuple[str | Promise, ...]
    rows: Callable[[Cases, Filters], QuerySet[Any]]
    line: Callable[[Any], Line]
    sum: Callable[[QuerySet[Any]], Decimal]


def _budgeted(cases: Cases, span: Filters) -> QuerySet[Approval]:
    since, until = span.moments
    approved = Approval.objects.filter(subject=Subject.BUDGET, voided_at=None, application__in=cases.order_by())
    return (
        approved.filter(approved_at__gte=since, approved_at__lt=until)
        .select_related("application__applicant", "application__premises", "approved_by")
        .order_by("approved_at", "pk")
    )


def _budget_line(row: Approval) -> Line:
    case = row.application
    told = (case.applicant.name, str(case.premises), timezone.localdate(row.approved_at), row.approver)
    return Line(case.number, told, row.amount)


def _collected(cases: Cases, span: Filters) -> QuerySet[Any]:
    lines = ledger.collected(cases.order_by().values("number"), span.days)
    return lines.select_related("statement__customer", "recorded_by")


def _collected_line(row: Any) -> Line:
    told = (
        row.statement.customer.name,
        row.happened_on,
        str(LineKind(row.kind).label),
        str(PayMethod(row.method).label),
        row.recorded_by.name,
    )
    return Line(row.statement.reference, told, -row.amount)


def _settled(cases: Cases, span: Filters) -> QuerySet[Any]:
    lines = SettlementLine.objects.filter(sheet=OuterRef("pk")).order_by().values("sheet")
    number = Application.objects.filter(project=OuterRef("project")).order_by().values("number")
    settled = works.settled_between(cases.order_by().values("project"), span.moments)
    return settled.annotate(
        whole=Subquery(lines.annotate(whole=total("amount")).values("whole")),
        number=Subquery(number[:1]),
    ).select_related("project__customer", "project__premises", "closed_by")


def _settled_line(row: Any) -> Line:
    told = (
        row.project.customer.name,
        str(row.project.premises),
        timezone.localdate(row.closed_at),
        row.closed_by.name,
    )
    return Line(row.number, told, row.whole)


def _sum_of(column: str, sign: int = 1) -> Callable[[QuerySet[Any]], Decimal]:
    def add(rows: QuerySet[Any]) -> Decimal:
        found: Decimal = rows.order_by().aggregate(whole=total(column))["whole"]
        return sign * found

    return add


SOURCES = {
    "budgeted": Source(
        pgettext_lazy("money", "Budgeted"),
        _("Budgets approved in this time and still in force, whoever pays"),
        (_("Case"), _("Applicant"), _("Premises"), _("approved on"), _("approved by"), _("Amount")),
        _budgeted,
        _budget_line,
        _sum_of("amount"),
    ),
    "collected": Source(
        pgettext_lazy("money", "Collected"),
        _("Payments for requests less what was paid back and reversed, deposits included"),
        (_("Case"), _("Customer"), _("happened on"), _("What"), _("Method"), _("recorded by"), _("Amount")),
        _collected,
        _collected_line,
        _sum_of("amount", -1),
    ),
    "settled": Source(
        pgettext_lazy("money", "Settled"),
        _("Final settlements closed in this time and still in force, whoever pays"),
        (_("Case"), _("Applicant"), _("Premises"), _("closed on"), _("closed by"), _("Amount")),
        _settled,
        _settled_line,
        _sum_of("lines__amount"),
    ),
}


def sums(cases: Cases, span: Filters) -> dict[str, tuple[int, Decimal]]:
    """How many rows each source has, and their sum in yuan; two queries a source."""
    found = {}
    for name, source in SOURCES.items():
        rows = source.rows(cases, span)
        found[name] = rows.order_by().count(), source.sum(rows)
    return found


def lines(name: str, cases: Cases, span: Filters) -> Iterator[Line]:
    """The rows of a source, the oldest first."""
    source = SOURCES[name]
    return (source.line(row) for row in source.rows(cases, span).iterator(chunk_size=500))
