"""The demo utility, in small."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import Office, OfficeKind, User
from accounts.roles import Role
from applications.demo import cases, meters
from applications.demo.cases import Plot
from applications.demo.city import City
from applications.models import Application, NewConnection
from applications.presenters import light
from applications.stages import Stage
from billing.models import Bill
from waterservice.identifiers import check_credit_code, check_resident_id


def load(*arguments: str) -> str:
    out = StringIO()
    call_command("demo", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


@pytest.fixture
def small(db: None, plain_papers: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meters, "ACCOUNTS", 16)
    whole = cases.plots(City())
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
    stages = list(Application.objects.order_by("pk").values_list("stage", flat=True))
    assert stages == ["draft", "arrears_settlement", "survey", "budget", "completed", "survey"]
    now = timezone.now()
    for case in Application.objects.all():
        moments = list(case.timeline.order_by("id").values_list("recorded_at", flat=True))
        assert moments == sorted(moments)
        assert moments[-1] <= now
    assert light(Application.objects.get(stage="budget")).colour in ("green", "yellow")
    assert light(Application.objects.order_by("pk").last()).colour == "red"


def test_there_is_a_case_in_every_stage() -> None:
    assert {plot.stage for plot in cases.plots(City())} >= set(NewConnection.route.stages)


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
