"""Two duty managers sign for one paper file at once; the control shows the race without the lock."""

from threading import Barrier

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from accounts.models import RoleAssignment, User
from accounts.roles import Role
from applications.models import Application, Takeover
from applications.stages import Stage
from applications.takeover import signing
from applications.tour import cast
from applications.tour.cast import colleague
from tests.applications.paper_files import enter
from tests.applications.test_concurrency import PATIENCE, at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _only_where_rows_are_locked(transactional_db: None) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")


@pytest.fixture
def managers(plain_papers: None) -> list[User]:
    first = colleague(Role.DUTY_MANAGER)
    other = User.objects.create_user("tour.duty2", None, name="演示值班经理乙", office=first.office)
    RoleAssignment.objects.create(user=other, role=Role.DUTY_MANAGER)
    return [first, other]


def sign_at_once(managers: list[User]) -> list[object]:
    """Both sign for a file whose applicant and place are on record, so that only the lock stands between them."""
    brief, clerk = cast.organisation(), colleague(Role.COUNTER_CLERK)
    brief.applicant(clerk)
    brief.place(clerk)
    takeover = enter(Stage.SURVEY, brief=brief, duplicate_reason="分户")
    return at_once(*(lambda by=by: signing.grant(takeover=takeover, by=by) for by in managers))


def test_of_two_signatures_one_counts(managers: list[User]) -> None:
    results = sign_at_once(managers)
    assert sum(isinstance(result, ValidationError) for result in results) == 1
    assert Application.objects.count() == 1
    assert Takeover.objects.get().application == Application.objects.get()


def test_control_without_the_lock_one_file_becomes_two_cases(
    managers: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    barrier = Barrier(2)

    def read_together(takeover: Takeover) -> Takeover:
        found = Takeover.objects.get(pk=takeover.pk)
        barrier.wait(PATIENCE)
        return found

    monkeypatch.setattr(signing, "lock", read_together)
    results = sign_at_once(managers)
    assert not [result for result in results if isinstance(result, Exception)]
    assert Application.objects.count() == 2
