"""Budget and settlement lines (NC-4c, NC-8): priced here, to the fen."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from engineering import services
from engineering.models import Budget, BudgetLine, CostLine, Project, Settlement
from tests.engineering.conftest import line


@pytest.mark.embedded
@pytest.mark.parametrize(
    ("quantity", "unit_price", "amount"),
    [
        ("1", "0.01", "0.01"),
        ("0.5", "0.01", "0.01"),  # half a fen goes up
        ("0.499", "0.01", "0.00"),
        ("2.5", "1.33", "3.33"),  # 3.325
        ("1.5", "0.03", "0.05"),  # 0.045: half to even would be 0.04
        ("86.125", "16.4", "1412.45"),
        ("3", "0", "0.00"),
        ("999999.999", "1000000.00", "999999999000.00"),
    ],
)
def test_amounts_are_rounded_half_up_to_the_fen(
    quantity: str, unit_price: str, amount: str, project: Project, designer: User
) -> None:
    lines = [line(quantity=Decimal(quantity), unit_price=Decimal(unit_price))]
    budget = services.save_budget(project=project, by=designer, lines=lines)
    assert budget.lines.get().amount == Decimal(amount) == budget.total


def test_totals_say_who_pays(project: Project, designer: User) -> None:
    lines = [line(), line(payer="utility", red_line="outside"), line(category="labour")]
    budget = services.save_budget(project=project, by=designer, lines=lines)
    assert (budget.total, budget.applicant_total) == (Decimal("375.00"), Decimal("250.00"))


def test_the_applicant_may_have_nothing_to_pay(project: Project, designer: User) -> None:
    budget = services.save_budget(project=project, by=designer, lines=[line(payer="utility")])
    assert (budget.total, budget.applicant_total) == (Decimal("125.00"), Decimal("0.00"))


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"quantity": Decimal(0)}, "Row 2, quantity"),
        ({"quantity": Decimal("-1")}, "Row 2, quantity"),
        ({"quantity": Decimal("1.0005")}, "Row 2, quantity"),
        ({"quantity": Decimal("NaN")}, "Row 2, quantity"),
        ({"quantity": Decimal("Infinity")}, "Row 2, quantity"),
        ({"quantity": None}, "Row 2, quantity"),
        ({"quantity": "viel"}, "Row 2, quantity"),
        ({"unit_price": Decimal("-0.01")}, "Row 2, unit price"),
        ({"unit_price": Decimal("0.001")}, "Row 2, unit price"),
        ({"unit_price": Decimal("NaN")}, "Row 2, unit price"),
        ({"description": ""}, "Row 2, description"),
        ({"unit": "\u202em"}, "Row 2, unit"),
        ({"category": "gift"}, "Row 2, category"),
        ({"red_line": ""}, "Row 2, red line"),
        ({"payer": "nobody"}, "Row 2, paid by"),
        ({"quantity": Decimal("999999999"), "unit_price": Decimal("999999999999")}, "Row 2: .*too large"),
    ],
)
def test_impossible_lines_are_refused_with_their_row(
    columns: dict[str, Any], words: str, project: Project, designer: User
) -> None:
    services.save_budget(project=project, by=designer, lines=[line()])
    with pytest.raises(ValidationError, match=words) as refused:
        services.save_budget(project=project, by=designer, lines=[line(unit="根"), line(**columns)])
    assert list(refused.value.message_dict) == ["lines"]
    assert [each.unit for each in BudgetLine.objects.all()] == ["米"]
    assert Budget.history.count() == 1


def test_a_budget_without_lines_is_refused(project: Project, designer: User) -> None:
    with pytest.raises(ValidationError) as refused:
        services.save_budget(project=project, by=designer, lines=[])
    assert list(refused.value.message_dict) == ["lines"]
    assert not Budget.objects.exists()


@pytest.mark.parametrize("column", ["amount", "order", "sheet"])
def test_nobody_types_what_is_computed(column: str, project: Project, designer: User) -> None:
    value = {"amount": Decimal("1.00"), "order": 9, "sheet": None}[column]
    if column == "sheet":
        with pytest.raises(TypeError):
            services.save_budget(project=project, by=designer, lines=[line(sheet=value)])
        return
    services.save_budget(project=project, by=designer, lines=[line(**{column: value})])
    stored = BudgetLine.objects.get()
    assert (stored.amount, stored.order) == (Decimal("125.00"), 1)


def test_saving_again_writes_only_what_changed(project: Project, designer: User, colleague: User) -> None:
    """The history of a line is a story of its changes, not of every save."""
    services.save_budget(project=project, by=designer, lines=[line(), line(category="labour"), line(category="other")])
    budget = services.save_budget(
        project=project, by=colleague, lines=[line(), line(category="labour", unit_price=Decimal("20.00"))]
    )
    assert [each.amount for each in budget.lines.all()] == [Decimal("125.00"), Decimal("200.00")]
    story = [
        (then.order, then.history_type, then.amount, then.history_user)
        for then in BudgetLine.history.order_by("history_id")
    ]
    assert story[:3] == [(place, "+", Decimal("125.00"), designer) for place in (1, 2, 3)]
    assert sorted(story[3:], key=lambda entry: entry[0]) == [
        (2, "~", Decimal("200.00"), colleague),
        (3, "-", Decimal("125.00"), colleague),
    ]


def test_a_closed_budget_stays_beside_its_successor(project: Project, designer: User) -> None:
    first = services.save_budget(project=project, by=designer, lines=[line()])
    services.close_sheet(sheet=first, by=designer)
    second = services.save_budget(project=project, by=designer, lines=[line(quantity=Decimal(20))])
    assert (first.total, second.total) == (Decimal("125.00"), Decimal("250.00"))
    assert (first.revision, second.revision) == (1, 2)


def test_budget_and_settlement_do_not_mix(project: Project, designer: User) -> None:
    services.save_budget(project=project, by=designer, lines=[line()])
    settlement = services.save_settlement(project=project, by=designer, lines=[line(quantity=Decimal(1))])
    assert settlement.total == Decimal("12.50")
    assert Settlement.objects.get().lines.count() == Budget.objects.get().lines.count() == 1


def test_price_is_exact() -> None:
    assert CostLine.price(Decimal("0.1"), Decimal("0.05")) == Decimal("0.01")
    assert CostLine.price(Decimal("1.005"), Decimal("1.00")) == Decimal("1.01")


def test_a_long_budget_takes_no_more_queries_than_a_short_one(new_project: Any, designer: User) -> None:
    taken = []
    for length in (1, 200):
        project = new_project()
        with CaptureQueriesContext(connection) as queries:
            services.save_budget(project=project, by=designer, lines=[line() for _number in range(length)])
        taken.append(len(queries))
    assert taken[0] == taken[1]
