"""Cases at any stage, brought there by the tour through the real doors."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from django.utils import timezone

from accounts import services as accounts
from accounts.roles import Role
from applications import issuing
from applications.demo.city import City
from applications.engine.doors import work
from applications.models import Application
from applications.stages import Stage
from applications.tour.cast import Brief, colleague
from applications.tour.new_connection import Tour
from billing import services as billing

CaseAt = Callable[..., Application]

SMALL_PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n"
)

NUMBERS = count(5000)
PARTIES = ("design_office", "service_centre", "business_office", "construction_unit", "applicant")


@pytest.fixture
def plain_papers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Papers are rendered for real where papers are tested; elsewhere their bytes do not matter."""
    monkeypatch.setattr(issuing, "render", lambda kind, case, **extra: SMALL_PDF + f"%{kind}".encode())


@pytest.fixture
def tour_to(db: None, plain_papers: None) -> Callable[..., Tour]:
    """A tour that has stopped at the door of a stage."""

    def play(stage: Stage, *, amount: str = "128000", settlement: str | None = None) -> Tour:
        tour = Tour(amount=Decimal(amount), settlement=Decimal(settlement or amount), try_early=False)
        tour.play_to(stage)
        return tour

    return play


def way(tour: Tour) -> Iterator[Tour]:
    """The whole way of a tour: it stands at one stage after the other, the work done and the step not yet taken.

    The applicant owes a bill at the arrears check, so that no stage is skipped (from the threshold of NC-10 up).
    """
    tour.start()
    while not tour.case.closed:
        if tour.case.stage == Stage.ARREARS_CHECK:
            indebt(tour.case)
        closing = tour.do_work()
        yield tour
        tour._take(*closing)


@pytest.fixture
def everybody(db: None) -> None:
    """Somebody of every role is there before the first case."""
    for role in Role:
        colleague(role)


@pytest.fixture
def case_at(tour_to: Callable[..., Tour]) -> CaseAt:
    """A case that stands at a stage with nothing of the stage's own work done."""
    return lambda stage, **figures: tour_to(stage, **figures).case


def indebt(case: Application) -> Decimal:
    """Let another account of the applicant owe a bill; returns what it owes, yuan."""
    clerk = colleague(Role.COUNTER_CLERK)
    customer = case.applicant
    elsewhere = accounts.register_premises(by=clerk, district="演示区", road="解放路", lane="", number="77号", room="")
    account = accounts.open_account(
        holder=customer, premises=elsewhere, kind_of_use="residential", cycle="monthly", by=clerk
    )
    today = timezone.localdate()
    accounts.set_meter(account=account, number="M77", calibre=15, first_reading=0, by=clerk, installed_on=today)
    account = accounts.activate_account(account=account, on=today, by=clerk)
    bill = billing.issue_bill(
        account=account,
        period_start=today.replace(day=1),
        period_end=today,
        opening=0,
        closing=10,
        by=colleague(Role.BUSINESS_CLERK),
    )
    return bill.amount


def person(**details: object) -> Brief:
    """What an individual wants, at a place of its own."""
    city = City(seed=7)
    while True:
        brief = city.brief()
        if brief.customer["kind"] == "individual":
            place = {**brief.premises, "number": f"{next(NUMBERS)}号"}
            return Brief(brief.customer, place, {**brief.details, **details})


def accept(case: Application, *, defects: list[dict[str, Any]], refused_by: str = "") -> Application:
    """Record the joint acceptance: all parties pass, but the one named."""
    parties = [
        {
            "party": party,
            "representative": "演示代表",
            "passed": party != refused_by,
            "remark": "渗水" * (party == refused_by),
        }
        for party in PARTIES
    ]
    values = {"held_on": timezone.localdate(), "parties": parties, "defects": defects}
    return work(case, "record_acceptance", by=colleague(Role.DESIGNER), data=values)
