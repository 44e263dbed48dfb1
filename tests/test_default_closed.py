"""Default closed: every view needs a sign-in and declares who may enter."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.access import PUBLIC, access_of
from accounts.models import Office, RoleAssignment, User
from accounts.roles import Role
from applications.demo import people
from applications.models import Application
from applications.stages import Stage
from applications.tour.new_connection import Tour

PUBLIC_VIEWS = {"sign-in/", "i18n/setlang/"}


def views(resolver: URLResolver | None = None, prefix: str = "", spaces: tuple[str, ...] = ()) -> Iterator[Any]:
    """(path, what it declares) of every view in the URLconf."""
    for pattern in (resolver or get_resolver()).url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield path, access_of(pattern.callback, spaces)
        else:
            yield from views(pattern, path, (*spaces, *filter(None, [pattern.namespace])))


def test_every_view_declares_who_may_enter() -> None:
    undeclared = [path for path, access in views() if access is None]
    assert not undeclared


def test_only_sign_in_and_language_are_public() -> None:
    assert {path for path, access in views() if access == PUBLIC} == PUBLIC_VIEWS


@pytest.mark.django_db
def test_without_sign_in_every_page_leads_to_it(client: Client) -> None:
    plain = [path for path, access in views() if access != PUBLIC and "<" not in path and "(" not in path]
    assert len(plain) > 10
    for path in plain:
        answer = client.get(f"/{path}")
        assert answer.status_code == 302, path
        assert reverse("accounts:sign-in") in answer["Location"], path


def test_a_view_without_declared_access_is_refused_to_all(client: Client, db: None, settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.urls_undeclared"
    client.force_login(member(Role.DUTY_MANAGER))
    assert client.get("/forgotten/").status_code == 403


def member(role: Role) -> User:
    office, _created = Office.objects.get_or_create(
        code=role.value[:20], defaults={"name": role.value, "kind": role.office_kind}
    )
    user = User.objects.create_user(f"test.{role.value}", None, name=role.value, office=office)
    RoleAssignment.objects.create(user=user, role=role)
    return user


@pytest.mark.django_db
@pytest.mark.parametrize("role", Role)
def test_only_administrators_enter_the_admin(client: Client, role: Role) -> None:
    client.force_login(member(role))
    assert client.get("/admin/").status_code == (200 if role == Role.ADMINISTRATOR else 403)


@pytest.mark.django_db
@pytest.mark.parametrize("role", Role)
def test_every_role_reaches_its_home(client: Client, role: Role) -> None:
    client.force_login(member(role))
    assert client.get("/", follow=True).status_code == 200


@pytest.fixture
def surveyed(db: None, plain_papers: None) -> Application:
    people.create_staff()
    tour = Tour(Decimal("5000"), Decimal("5000"), try_early=False, colleague=people.member)
    return tour.play_to(Stage.SURVEY)


SEEN_AT_SURVEY = {
    Role.COUNTER_CLERK,
    Role.CASHIER,
    Role.DUTY_MANAGER,
    Role.BUSINESS_CLERK,
    Role.BUSINESS_MANAGER,
    Role.DESIGNER,
    Role.RESPONSIBLE_LEADER,
    Role.DEPUTY_GENERAL_MANAGER,
    Role.AUDITOR,
}
READS_NO_TELEPHONE = {Role.BUSINESS_MANAGER, Role.RESPONSIBLE_LEADER, Role.DEPUTY_GENERAL_MANAGER}


@pytest.mark.parametrize("role", Role)
def test_a_case_that_is_none_of_ones_business_does_not_exist(client: Client, surveyed: Application, role: Role) -> None:
    client.force_login(people.member(role))
    for tab in ("overview", "works", "money", "papers", "timeline", "time", "route"):
        answer = client.get(f"{surveyed.get_absolute_url()}?tab={tab}")
        assert answer.status_code == (200 if role in SEEN_AT_SURVEY else 404), tab
    paper = surveyed.papers.get()
    answer = client.get(reverse("applications:paper", args=[surveyed.number, paper.pk]))
    may = 403 if role in READS_NO_TELEPHONE else 200
    assert answer.status_code == (may if role in SEEN_AT_SURVEY else 404)
    answer.close()


def test_a_number_that_does_not_exist_is_404(client: Client, surveyed: Application) -> None:
    client.force_login(people.member(Role.COUNTER_CLERK))
    for path in ("/cases/NC-1999-000001/", f"{surveyed.get_absolute_url()}papers/999999/", "/accounts/99999999/"):
        assert client.get(path).status_code == 404
    assert client.get(f"{surveyed.get_absolute_url()}steps/jump/").status_code == 404
    assert client.get(f"{surveyed.get_absolute_url()}tasks/jump/").status_code == 404
