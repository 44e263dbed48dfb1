"""Deputies while somebody is away (代理): who appoints whom, for which days, and what follows for roles and pages."""

from datetime import date, timedelta
from threading import Thread
from time import monotonic
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, connections, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from accounts.deputies import delegate, delegations_for, deputy_of, end_delegation, possible_deputies
from accounts.history import save_as
from accounts.models import Delegation, Office, OfficeKind, User
from accounts.roles import NOT_DELEGATED, Role
from accounts.selectors import attending, staff_in
from applications.models import StaffNotice
from applications.tour.cast import colleague
from tests.people import member, stand_in
from waterservice.hours import at_hour

LEADER = Role.RESPONSIBLE_LEADER


@pytest.fixture
def wang(db: None) -> User:
    """Somebody of the management without a role of their own."""
    return member("wang", "王芳", office=colleague(LEADER).office)


def appoint(deputy: User, *, giver: User | None = None, by: User | None = None, **changes: Any) -> Delegation:
    away = giver or colleague(LEADER)
    today = timezone.localdate()
    values = {"role": LEADER, "first_day": today, "last_day": today + timedelta(days=4), "reason": "年休假"}
    return delegate(giver=away, deputy=deputy, by=by or away, **{**values, **changes})


def refused(*args: Any, **kwargs: Any) -> str:
    with pytest.raises(ValidationError) as refusal:
        appoint(*args, **kwargs)
    assert not Delegation.objects.filter(reason="refused").exists()
    return " ".join(refusal.value.messages)


# -- who holds what ------------------------------------------------------------------------------------------


def test_the_deputy_has_the_role_while_it_runs_and_the_giver_keeps_it(wang: User) -> None:
    appoint(wang)
    wang.forget_seats()
    (seat,) = wang.seats
    assert (seat.role, seat.giver, seat.office) == (LEADER, colleague(LEADER), colleague(LEADER).office)
    assert wang.has_role(LEADER)
    assert wang.own_roles == frozenset()
    assert colleague(LEADER).has_role(LEADER)


@pytest.mark.parametrize(
    ("moment", "may"),
    [
        (at_hour(date(2026, 3, 9), timezone.datetime.max.time()), False),
        (at_hour(date(2026, 3, 10), timezone.datetime.min.time()), True),
        (at_hour(date(2026, 3, 12), timezone.datetime.max.time()), True),
        (at_hour(date(2026, 3, 13), timezone.datetime.min.time()), False),
    ],
)
def test_it_runs_from_the_first_to_the_end_of_the_last_day_of_the_hall(wang: User, moment: Any, may: bool) -> None:
    with time_machine.travel(at_hour(date(2026, 3, 9), timezone.datetime.min.time()), tick=False):
        appoint(wang, first_day=date(2026, 3, 10), last_day=date(2026, 3, 12))
    with time_machine.travel(moment, tick=False):
        assert User.objects.get(pk=wang.pk).has_role(LEADER) is may


def test_it_ends_with_the_givers_own_role_and_with_the_giver(wang: User) -> None:
    giver = colleague(LEADER)
    appoint(wang)
    giver.is_active = False
    giver.save()
    assert not User.objects.get(pk=wang.pk).roles
    giver.is_active = True
    giver.save()
    assert User.objects.get(pk=wang.pk).roles == {LEADER}
    giver.role_assignments.all().delete()
    assert not User.objects.get(pk=wang.pk).roles


def test_a_delegated_role_is_not_passed_on(wang: User) -> None:
    appoint(wang)
    third = member("third", "丙")
    assert "only one's own role can be delegated" in refused(third, giver=wang)
    assert not third.roles


def test_roles_and_seats_are_one_query(wang: User) -> None:
    giver = appoint(wang).giver
    person = User.objects.get(pk=wang.pk)
    with CaptureQueriesContext(connection) as asked:
        assert person.roles == {LEADER}
        assert [seat.giver for seat in person.standing_in] == [giver]
        assert [office.pk for office in person.offices_as(LEADER) or []] == [giver.office_id]
    assert len(asked) == 1


def test_the_deputy_acts_in_the_givers_office_beside_their_own(db: None) -> None:
    north = colleague(Role.BUSINESS_MANAGER)
    south = Office.objects.create(code="S-1", name="南营业所", kind=OfficeKind.BUSINESS_OFFICE)
    other = member("south", "赵南", Role.BUSINESS_MANAGER, office=south)
    stand_in(other, Role.BUSINESS_MANAGER)
    other.forget_seats()
    assert other.offices_as(Role.BUSINESS_MANAGER) == [south, north.office]
    assert other.works_in == {south.pk, north.office_id}


def test_notices_of_a_desk_reach_its_deputies_but_they_are_no_colleagues_there(wang: User) -> None:
    appoint(wang)
    office = colleague(LEADER).office
    assert set(attending(LEADER, office)) == {colleague(LEADER), wang}
    assert set(staff_in(LEADER, office)) == {colleague(LEADER)}


# -- what is refused -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", NOT_DELEGATED)
def test_administration_and_audit_are_not_delegated(wang: User, role: Role) -> None:
    assert "can't be delegated" in refused(wang, giver=colleague(role), role=role)


@pytest.mark.parametrize("role", NOT_DELEGATED)
def test_who_administers_or_audits_stands_in_for_nobody(db: None, role: Role) -> None:
    assert "stands in for nobody" in refused(colleague(role))
    assert colleague(role) not in possible_deputies()


def test_nobody_is_their_own_deputy(db: None) -> None:
    assert "Nobody is their own deputy" in refused(colleague(LEADER))


def test_somebody_who_left_is_no_deputy(wang: User) -> None:
    wang.is_active = False
    wang.save()
    assert "does not work here any more" in refused(wang)


def test_a_role_that_the_giver_does_not_hold_is_not_delegated(wang: User) -> None:
    assert "does not hold the role" in refused(wang, giver=colleague(Role.DESIGNER), role=LEADER)


def test_somebody_of_the_same_desk_needs_no_delegation(db: None) -> None:
    second = member("second", "李二", LEADER, office=colleague(LEADER).office)
    assert "needs no delegation" in refused(second)


def test_the_days_are_in_order_and_begin_today_at_the_earliest(wang: User) -> None:
    today = timezone.localdate()
    assert "The last day lies before the first" in refused(wang, last_day=today - timedelta(days=1))
    assert "today at the earliest" in refused(wang, first_day=today - timedelta(days=1))


def test_a_reason_is_asked_for(wang: User) -> None:
    with pytest.raises(ValidationError) as refusal:
        appoint(wang, reason="  ")
    assert "reason" in refusal.value.message_dict


def test_there_is_one_deputy_at_a_time_for_each_role(wang: User) -> None:
    today = timezone.localdate()
    first = appoint(wang)
    words = refused(member("third", "丙"), first_day=first.last_day, last_day=first.last_day + timedelta(days=3))
    assert f"from {today} to {first.last_day} already" in words
    later = first.last_day + timedelta(days=1)
    appoint(member("fourth", "丁"), first_day=later, last_day=later)
    giver = colleague(LEADER)
    giver.role_assignments.create(role=Role.DESIGNER)
    appoint(wang, role=Role.DESIGNER)  # another role of theirs is another matter
    end_delegation(delegation=first, by=giver)
    appoint(member("fifth", "戊"), last_day=today)


@pytest.mark.parametrize(
    "changes",
    [
        {"deputy": "giver"},
        {"last_day": date(2026, 1, 1)},
        {"role": Role.AUDITOR},
        {"role": "nobody"},
        {"ended_at": timezone.datetime(2026, 3, 1, tzinfo=timezone.get_default_timezone())},
    ],
)
def test_the_database_holds_the_rules_of_one_row(wang: User, changes: dict[str, Any]) -> None:
    giver = colleague(LEADER)
    values = {
        "giver": giver,
        "deputy": wang,
        "role": LEADER,
        "first_day": date(2026, 3, 1),
        "last_day": date(2026, 3, 2),
        "reason": "x",
        "made_by": giver,
    }
    Delegation.objects.create(**values)  # good as it is
    changed = {**values, **{name: giver if value == "giver" else value for name, value in changes.items()}}
    with pytest.raises(IntegrityError), transaction.atomic():
        Delegation.objects.create(**changed)


# -- who may -------------------------------------------------------------------------------------------------


def test_the_roles_manager_appoints_from_today_for_somebody_who_is_away(wang: User) -> None:
    chief, tomorrow = colleague(Role.DEPUTY_GENERAL_MANAGER), timezone.localdate() + timedelta(days=1)
    assert "away already, from today on" in refused(wang, by=chief, first_day=tomorrow)
    made = appoint(wang, by=chief)
    assert made.made_by == chief
    end_delegation(delegation=made, by=chief)


def test_the_administrator_appoints_for_anybody_and_any_day(wang: User) -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    assert appoint(wang, by=colleague(Role.ADMINISTRATOR), first_day=tomorrow).first_day == tomorrow


@pytest.mark.parametrize(
    "role", [role for role in Role if role not in (LEADER, Role.DEPUTY_GENERAL_MANAGER, Role.ADMINISTRATOR)]
)
def test_nobody_else_appoints_or_ends(wang: User, role: Role) -> None:
    with pytest.raises(PermissionDenied):
        appoint(wang, by=colleague(role))
    made = appoint(wang)
    with pytest.raises(PermissionDenied):
        end_delegation(delegation=made, by=colleague(role))


def test_a_manager_sees_to_their_own_office_only(db: None) -> None:
    clerk = colleague(Role.BUSINESS_CLERK)
    elsewhere = Office.objects.create(code="S-2", name="南营业所", kind=OfficeKind.BUSINESS_OFFICE)
    manager = member("south", "赵南", Role.BUSINESS_MANAGER, office=elsewhere)
    with pytest.raises(PermissionDenied):
        appoint(member("x", "某"), giver=clerk, role=Role.BUSINESS_CLERK, by=manager)
    stand_in(member("y", "乙"), Role.BUSINESS_CLERK)
    assert not delegations_for(manager)
    assert len(delegations_for(colleague(Role.BUSINESS_MANAGER))) == 1


def test_a_deputy_of_a_manager_appoints_nobody(wang: User) -> None:
    stand_in(wang, Role.DEPUTY_GENERAL_MANAGER)
    wang.forget_seats()
    with pytest.raises(PermissionDenied):
        appoint(member("third", "丙"), by=wang)


# -- ending --------------------------------------------------------------------------------------------------


def test_ended_it_holds_no_more_at_once_and_says_by_whom(wang: User) -> None:
    made = appoint(wang)
    ended = end_delegation(delegation=made, by=colleague(LEADER))
    assert (ended.ended_by, ended.over, ended.state) == (colleague(LEADER), True, "ended early")
    wang.forget_seats()
    assert not wang.roles
    assert ended.history.first().history_user == colleague(LEADER)
    with pytest.raises(ValidationError, match="over already"):
        end_delegation(delegation=made, by=colleague(LEADER))


def test_one_to_come_is_called_off(wang: User) -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    made = appoint(wang, first_day=tomorrow, last_day=tomorrow)
    assert made.state == "coming"
    assert deputy_of(colleague(LEADER), LEADER) == made
    assert end_delegation(delegation=made, by=colleague(LEADER)).state == "called off"
    assert deputy_of(colleague(LEADER), LEADER) is None


def test_giver_and_deputy_are_told_by_whoever_else_made_or_ended_it(wang: User) -> None:
    def told() -> list[tuple[User, str]]:
        return [(notice.recipient, notice.about) for notice in StaffNotice.objects.order_by("pk")]

    giver, about = colleague(LEADER), StaffNotice.About
    end_delegation(delegation=appoint(wang), by=giver)
    assert told() == [(wang, about.DEPUTY_NAMED), (wang, about.DEPUTY_ENDED)]
    StaffNotice.objects.all().delete()
    chief = colleague(Role.DEPUTY_GENERAL_MANAGER)
    end_delegation(delegation=appoint(wang, by=chief), by=chief)
    assert [(person, about) for person, about in told() if person == giver] == [
        (giver, about.DEPUTY_NAMED),
        (giver, about.DEPUTY_ENDED),
    ]


def test_what_a_deputy_writes_says_for_whom_in_the_rows_history(wang: User) -> None:
    office = colleague(LEADER).office
    assert office is not None
    with wang.signing_for(colleague(LEADER)):
        save_as(office, by=wang)
    assert office.history.first().history_change_reason == f"王芳 (for {colleague(LEADER).name})"
    save_as(office, by=wang)
    assert office.history.first().history_change_reason is None


# -- two at once ---------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_two_who_appoint_for_the_same_days_at_once_one_wins() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    deputies = [member("a", "甲"), member("b", "乙")]
    colleague(LEADER)
    results: list[Any] = [None, None]

    def run(place: int) -> None:
        try:
            results[place] = appoint(deputies[place])
        except ValidationError as fault:
            results[place] = fault
        finally:
            connections.close_all()

    with transaction.atomic():  # both come to the same lock before either has written
        list(colleague(LEADER).role_assignments.select_for_update())
        threads = [Thread(target=run, args=(place,)) for place in range(2)]
        for thread in threads:
            thread.start()
        patience = monotonic() + 20
        while _waiting_for_locks() < 2:
            assert monotonic() < patience, "somebody does not wait for the lock"
    for thread in threads:
        thread.join()
    assert Delegation.objects.count() == 1
    assert sum(isinstance(result, ValidationError) for result in results) == 1


def _waiting_for_locks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted")
        (count,) = cursor.fetchone()
    return int(count)


# -- the page ------------------------------------------------------------------------------------------------


def sent(wang: User, giver: User, **changes: Any) -> dict[str, Any]:
    today = timezone.localdate()
    return {
        "role": giver.role_assignments.get().pk,
        "deputy": wang.pk,
        "first_day": today.isoformat(),
        "last_day": (today + timedelta(days=3)).isoformat(),
        "reason": "年休假",
        **changes,
    }


def test_a_deputy_is_appointed_and_ended_on_the_page(client: Client, wang: User) -> None:
    client.force_login(colleague(LEADER))
    page = client.get("/deputies/?role=responsible_leader").content.decode()
    assert "王芳" in page
    client.post(reverse("accounts:appoint-deputy"), sent(wang, colleague(LEADER)))
    made = Delegation.objects.get()
    assert (made.deputy, made.giver, made.reason) == (wang, colleague(LEADER), "年休假")
    client.post(reverse("accounts:end-delegation", args=[made.pk]))
    made.refresh_from_db()
    assert made.ended_by == colleague(LEADER)


def test_bad_input_is_said_beside_what_was_typed_and_loses_nothing(client: Client, wang: User) -> None:
    client.force_login(colleague(LEADER))
    yesterday = (timezone.localdate() - timedelta(days=1)).isoformat()
    typed = sent(wang, colleague(LEADER), last_day=yesterday, reason="参加培训班")
    answer = client.post(reverse("accounts:appoint-deputy"), typed)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "The last day lies before the first." in page
    assert "参加培训班" in page
    assert yesterday in page
    assert not Delegation.objects.exists()


def test_on_the_page_too_one_gives_only_what_is_ones_own(client: Client, wang: User) -> None:
    client.force_login(colleague(Role.DESIGNER))
    answer = client.post(reverse("accounts:appoint-deputy"), sent(wang, colleague(LEADER)))
    assert answer.status_code == 422
    assert not Delegation.objects.exists()


def test_a_delegation_that_is_none_of_ones_business_does_not_exist(client: Client, wang: User) -> None:
    made = appoint(wang)
    client.force_login(colleague(Role.CASHIER))
    assert client.post(reverse("accounts:end-delegation", args=[made.pk])).status_code == 404
    assert "年休假" not in client.get("/deputies/").content.decode()
    client.force_login(wang)
    assert client.post(reverse("accounts:end-delegation", args=[made.pk])).status_code == 403
    made.refresh_from_db()
    assert made.ended_at is None


@pytest.mark.parametrize("role", NOT_DELEGATED)
def test_administrator_and_auditor_see_all_and_the_auditor_only_looks(client: Client, wang: User, role: Role) -> None:
    made = appoint(wang)
    client.force_login(colleague(role))
    assert "年休假" in client.get("/deputies/").content.decode()
    answer = client.post(reverse("accounts:end-delegation", args=[made.pk]))
    assert answer.status_code == (302 if role == Role.ADMINISTRATOR else 403)


def test_without_a_role_there_is_no_page(client: Client, wang: User) -> None:
    client.force_login(wang)
    assert client.get("/deputies/").status_code == 403


def test_the_list_goes_into_a_workbook_whole(client: Client, wang: User, tmp_path: Any) -> None:
    end_delegation(delegation=appoint(wang), by=colleague(LEADER))
    appoint(wang)
    client.force_login(colleague(LEADER))
    (tmp_path / "list.xlsx").write_bytes(client.get("/deputies/export/").content)
    rows = list(load_workbook(tmp_path / "list.xlsx").active.values)
    assert [row[6] for row in rows[1:]] == ["running", "ended early"]
    assert {row[3] for row in rows[1:]} == {"王芳"}


def test_the_page_asks_no_more_with_more_delegations(client: Client, db: None) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get("/deputies/").status_code == 200
        return len(asked)

    client.force_login(colleague(Role.ADMINISTRATOR))
    stand_in(member("p1", "甲"), LEADER)
    few = queries()
    for place, role in enumerate((Role.DESIGNER, Role.DUTY_MANAGER, Role.CASHIER, Role.COUNTER_CLERK)):
        stand_in(member(f"q{place}", "乙"), role)
    assert queries() == few <= 16


def test_the_role_switcher_and_the_banner_say_for_whom(client: Client, wang: User) -> None:
    wang.role_assignments.create(role=Role.DESIGNER)
    stand_in(wang, LEADER)
    client.force_login(wang)
    answer = client.get("/deputies/")
    assert answer.context["desk"].role == Role.DESIGNER, "one's own role comes first"
    words = answer.content.decode()
    assert f"Responsible leader (for {colleague(LEADER).name})" in words
    assert f"You stand in for {colleague(LEADER).name} as Responsible leader" in words
    client.post(reverse("accounts:switch-role"), {"role": LEADER})
    assert client.get("/approvals/").context["desk"].role == LEADER


def test_when_it_is_over_the_switched_role_is_ones_own_again(client: Client, wang: User) -> None:
    wang.role_assignments.create(role=Role.DESIGNER)
    made = stand_in(wang, LEADER)
    client.force_login(wang)
    client.post(reverse("accounts:switch-role"), {"role": LEADER})
    end_delegation(delegation=made, by=colleague(LEADER))
    answer = client.get("/deputies/")
    assert answer.context["desk"].role == Role.DESIGNER
    assert "You stand in" not in answer.content.decode()


def test_in_the_administration_deputies_are_looked_at_only(client: Client, wang: User) -> None:
    made = appoint(wang)
    client.force_login(colleague(Role.ADMINISTRATOR))
    assert "王芳" in client.get("/admin/accounts/delegation/").content.decode()
    assert client.get("/admin/accounts/delegation/add/").status_code == 403
    assert client.post(f"/admin/accounts/delegation/{made.pk}/change/", {}).status_code == 403
    assert client.get(f"/admin/accounts/delegation/{made.pk}/delete/").status_code == 403
