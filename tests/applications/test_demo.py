"""The demo utility, in small."""

from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone, translation

from accounts.models import Office, OfficeKind, User
from accounts.roles import Role
from applications.demo import cases, meters, people, plots
from applications.demo.city import City
from applications.demo.desks import notice_lines
from applications.demo.plots import DELAYS, Plot, last_holiday
from applications.lights import light
from applications.models import Application, NewConnection, Takeover
from applications.stages import Stage
from applications.takeover import signing
from billing.models import Bill
from waterservice.calendar import calendar
from waterservice.identifiers import check_credit_code, check_resident_id
from waterservice.notices import difference, parse_notice


def load(*arguments: str) -> str:
    out = StringIO()
    call_command("demo", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


@pytest.fixture
def small(db: None, plain_papers: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meters, "ACCOUNTS", 16)
    whole = plots.plots(City())
    wanted = [Stage.DRAFT, Stage.ARREARS_SETTLEMENT, Stage.SURVEY, Stage.BUDGET, Stage.COMPLETED]
    chosen = [next(plot for plot in whole if plot.stage == stage) for stage in wanted]
    late = Plot(Stage.SURVEY, 9, chosen[0].amount)
    monkeypatch.setattr(cases, "plots", lambda _city: [*chosen, late])


@pytest.mark.embedded
def test_it_loads_once_and_shows_a_sign_in_for_each_role(small: None) -> None:
    shown = load()
    counts = Application.objects.count(), User.objects.count(), Bill.objects.count()
    assert load() == shown
    assert (Application.objects.count(), User.objects.count(), Bill.objects.count()) == counts
    assert load("--show") == shown
    assert {role for user in User.objects.all() for role in user.roles} == set(Role)
    assert Bill.objects.filter(settled_at__isnull=True).exists()


def test_its_cases_stand_where_they_should_with_histories_in_the_past(small: None) -> None:
    load()
    played = Application.objects.filter(takeover__isnull=True).order_by("pk")
    stages = list(played.values_list("stage", flat=True))
    assert stages == ["draft", "arrears_settlement", "survey", "budget", "completed", "survey"]
    now = timezone.now()
    for case in Application.objects.all():
        moments = list(case.timeline.order_by("id").values_list("recorded_at", flat=True))
        assert moments == sorted(moments)
        assert moments[-1] <= now
    assert light(Application.objects.get(stage="budget")).colour in ("green", "yellow")
    assert light(played.last()).colour == "red"


def test_one_paper_file_waits_for_the_duty_manager_and_one_is_taken_over(small: None) -> None:
    load()
    assert list(Takeover.objects.order_by("pk").values_list("status", flat=True)) == ["asked", "granted"]
    case = Application.objects.get(takeover__isnull=False)
    assert case.stage == Stage.CONSTRUCTION_AGREEMENT
    assert not signing.trial(Takeover.objects.get(status="asked"), by=people.member(Role.DUTY_MANAGER))


def test_there_is_a_case_in_every_stage(db: None) -> None:
    assert {plot.stage for plot in plots.plots(City())} >= set(NewConnection.route.stages)


@pytest.mark.parametrize("stage", [Stage.PROJECT_FEE, Stage.CONSTRUCTION_TASK])
def test_a_case_that_was_late_has_its_extension(
    db: None, plain_papers: None, monkeypatch: pytest.MonkeyPatch, stage: Stage
) -> None:
    """One asked for it when it was late, the other in time: only the first is a breach."""
    monkeypatch.setattr(meters, "ACCOUNTS", 8)
    monkeypatch.setattr(cases, "plots", lambda _city: [Plot(stage, 1, Decimal("20000"), delay=DELAYS[stage])])
    load()
    clock = Application.objects.get(takeover__isnull=True).clocks.get(stage=DELAYS[stage].stage)
    assert (clock.extended, clock.late) == (True, not DELAYS[stage].in_time)
    assert clock.net_days > clock.days


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        ("2026-11-24", ("2026-10-01", "2026-10-10")),
        ("2026-03-31", ("2026-02-16", "2026-02-28")),
        ("2040-06-01", None),  # of a year without a notice nobody knows the make-up days
    ],
)
def test_the_last_long_holiday_has_its_make_up_day_behind_it(
    db: None, today: str, expected: tuple[str, str] | None
) -> None:
    found = last_holiday(date.fromisoformat(today), calendar())
    assert found == (tuple(date.fromisoformat(day) for day in expected) if expected else None)


def test_a_survey_over_a_holiday_waits_and_is_in_time(
    db: None, plain_papers: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both cases of National Day: net of the wait each stage kept its limit."""
    monkeypatch.setattr(meters, "ACCOUNTS", 8)
    monkeypatch.setattr(cases, "plots", lambda _city: list(plots.over_a_holiday(timezone.localdate(), Decimal(20000))))
    with time_machine.travel("2026-11-24T10:00:00+08:00"):
        load()
    survey, permits = Application.objects.filter(takeover__isnull=True).order_by("pk")
    clock = survey.clocks.get(stage=Stage.SURVEY)
    assert clock.started_on <= date(2026, 9, 30) < date(2026, 10, 10) < clock.finished_on
    assert clock.gross_days > clock.net_days
    assert not clock.late
    held = permits.suspensions.get()
    assert held.started_at.date() < date(2026, 10, 1) < date(2026, 10, 7) < held.ended_at.date()
    assert not permits.clocks.filter(late=True).exists()


def test_it_refuses_a_database_with_other_data(db: None) -> None:
    office = Office.objects.create(code="X", name="X", kind=OfficeKind.AUDIT)
    User.objects.create_user("somebody", None, name="某人", office=office)
    with pytest.raises(CommandError):
        load()
    with pytest.raises(CommandError):
        load("--show")


def test_made_up_identities_have_right_check_digits() -> None:
    city = City()
    for _draw in range(50):
        check_resident_id(city.person()["identity_number"], timezone.localdate())
        check_credit_code(city.firm()[0]["identity_number"])


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_the_notice_that_was_entered_says_what_is_known(db: None, year: int) -> None:
    with translation.override("zh-hans"):
        days = parse_notice("\n".join(notice_lines(year)), year=year)
    found = difference(days, year=year)
    assert (found.days, found.renamed) == ([], [])
