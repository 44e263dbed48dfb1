"""How far a final settlement departs from the budget, and when the responsible leader must agree to it (NC-8)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.models.case import Application
from applications.models.decisions import Approval, Subject
from applications.stages import Stage
from billing import selectors as ledger
from engineering import selectors as works
from engineering.models import Budget, BudgetLine, CostCategory, CostSheet, Settlement, SettlementLine
from waterservice import policies
from waterservice.money import FEN, ZERO, yuan

VARIANCE_PERCENT = policies.declare(
    "settlement.variance_percent",
    label=gettext_lazy("Departure of a settlement from its budget beyond which the responsible leader decides"),
    default=Decimal("10"),
    kind=policies.PolicyKind.DECIMAL,
    clause="NC-8",
    unit="%",
    most=Decimal("1000"),
)


@dataclass(frozen=True)
class Compared:
    """Budget and settlement of one category of costs, or of the whole, yuan."""

    label: str
    budget: Decimal
    settlement: Decimal

    @property
    def difference(self) -> Decimal:
        return self.settlement - self.budget

    @property
    def percent(self) -> Decimal | None:
        """The difference in percent of the budget, one decimal; None where nothing was budgeted."""
        if not self.budget:
            return None
        return (self.difference * 100 / self.budget).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)


@dataclass(frozen=True)
class Variance:
    """A settlement against its budget: the whole cost, whoever pays it.

    revision  the revision of the settlement that is compared
    limit     the percentage up to which it needs nobody's agreement; the limit itself is not beyond
    """

    revision: int
    fixed: bool
    whole: Compared
    categories: list[Compared]
    limit: Decimal

    @property
    def limit_words(self) -> str:
        return f"{self.limit.normalize():f}"

    @property
    def beyond(self) -> bool:
        """Whether the leader must agree. Of a budget of nothing every settlement above nothing is beyond."""
        return exceeds(self.whole.budget, self.whole.settlement, self.limit)


def exceeds(budget: Decimal, settlement: Decimal, percent: Decimal) -> bool:
    """Whether a settlement departs from a budget by more than a percentage of the budget, either way."""
    return abs(settlement - budget) * 100 > percent * budget


def variance_of(case: Application) -> Variance | None:
    """The newest settlement against the newest budget, by the policy of the case; None while one of them lacks.

    Two queries: the page of a case asks it each time. A sheet is never saved without a line.
    """
    budget, settlement = _newest_lines(case, Budget, BudgetLine), _newest_lines(case, Settlement, SettlementLine)
    if not budget or not settlement:
        return None
    meant, spent = _by_category(budget), _by_category(settlement)
    _category, _amount, revision, closed_at = settlement[0]
    return Variance(
        revision=revision,
        fixed=closed_at is not None,
        whole=Compared("", sum(meant.values(), ZERO), sum(spent.values(), ZERO)),
        categories=[
            Compared(str(category.label), meant.get(category, ZERO), spent.get(category, ZERO))
            for category in CostCategory
            if category in meant or category in spent
        ],
        limit=VARIANCE_PERCENT.on(case.rule_day),
    )


@dataclass(frozen=True)
class Difference:
    """What the applicant owes by settlement against budget (above zero) or gets back (below), yuan.

    by_figures  the difference of the two papers
    posted      what stands on the statement for it: of a fee that was let off, no more goes back than is still asked
    """

    by_figures: Decimal
    posted: Decimal

    @property
    def capped(self) -> bool:
        return self.posted != self.by_figures

    @property
    def words(self) -> str:
        """Why less goes back than the figures say."""
        return _(
            "The settlement is {difference} below the budget; the fee had been let off in part, so {posted} goes back."
        ).format(difference=yuan(-self.by_figures), posted=yuan(-self.posted))


def settlement_difference(case: Application) -> Difference:
    """The difference of a case whose budget and settlement are recorded (NC-8)."""
    budget, settlement = works.current(case.project, Budget), works.current(case.project, Settlement)
    assert budget is not None
    assert settlement is not None
    difference = settlement.applicant_total - budget.applicant_total
    return Difference(difference, max(difference, -ledger.charged(case.statement, "budget:")))


Line = tuple[str, Decimal, int, datetime | None]


def _newest_lines(
    case: Application, model: type[CostSheet], line_model: type[BudgetLine] | type[SettlementLine]
) -> list[Line]:
    """(category, amount, revision of the sheet, closed at) of each line of the newest sheet of a kind."""
    newest = model._default_manager.filter(project=case.project_id).order_by("-revision").values("pk")[:1]
    lines = line_model._default_manager.filter(sheet=Subquery(newest))
    return list(lines.values_list("category", "amount", "sheet__revision", "sheet__closed_at"))


def _by_category(lines: list[Line]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for category, amount, _revision, _closed_at in lines:
        sums[category] = sums.get(category, ZERO) + amount
    return sums


def agreed(case: Application, variance: Variance) -> bool:
    """Whether the leader's agreement in force is to this very revision and amount."""
    approvals = Approval.objects.filter(application=case, subject=Subject.SETTLEMENT, voided_at__isnull=True)
    return approvals.filter(subject_revision=variance.revision, amount=variance.whole.settlement).exists()


def waiting(case: Application) -> Variance | None:
    """The departure that waits for the leader: its figures are fixed, beyond the limit, and not agreed to."""
    variance = variance_of(case)
    if variance is None or not variance.fixed or not variance.beyond or agreed(case, variance):
        return None
    return variance


def waiting_cases() -> Iterator[int]:
    """The cases whose settlement waits for the leader, by primary key; one query, whatever their number."""
    agreements = Approval.objects.filter(
        application=OuterRef("pk"),
        subject=Subject.SETTLEMENT,
        voided_at__isnull=True,
        subject_revision=OuterRef("settled_revision"),
    )
    settled = Settlement.objects.filter(project=OuterRef("project")).order_by("-revision")
    rows = (
        Application.objects.filter(stage=Stage.FINAL_SETTLEMENT)
        .annotate(
            settled_revision=Subquery(settled.values("revision")[:1]),
            fixed_at=Subquery(settled.values("closed_at")[:1]),
            spent=Subquery(_newest_total(Settlement, SettlementLine)),
            meant=Subquery(_newest_total(Budget, BudgetLine)),
        )
        .filter(fixed_at__isnull=False, meant__isnull=False)
        .exclude(Exists(agreements))
        .values_list("pk", "accepted_on", "meant", "spent")
    )
    for case_id, accepted_on, meant, spent in rows:
        limit = VARIANCE_PERCENT.on(accepted_on or timezone.localdate())
        if exceeds(_to_the_fen(meant), _to_the_fen(spent), limit):
            yield case_id


def _newest_total(model: type[CostSheet], line_model: type[BudgetLine] | type[SettlementLine]) -> QuerySet[Any]:
    """The sum of the newest sheet of a kind, for a subquery over cases."""
    newest = model._default_manager.filter(project=OuterRef(OuterRef("project"))).order_by("-revision").values("pk")
    summed: QuerySet[Any] = (
        line_model._default_manager.filter(sheet=Subquery(newest[:1]))
        .order_by()
        .values("sheet")
        .annotate(whole=Sum("amount"))
        .values("whole")
    )
    return summed


def _to_the_fen(amount: Decimal) -> Decimal:
    """SQLite adds in binary fractions."""
    return Decimal(amount).quantize(FEN, rounding=ROUND_HALF_UP)
