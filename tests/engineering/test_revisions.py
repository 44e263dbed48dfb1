"""Two people at one sheet: on PostgreSQL, with threads, and with a control that shows the race."""

from collections.abc import Callable
from contextlib import suppress
from threading import Barrier, BrokenBarrierError, Thread
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from accounts.models import User
from engineering import revisions, services
from engineering.models import Budget, Project, Survey
from tests.engineering.conftest import line

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time"),
]
PATIENCE = 0.5  # seconds for the other to arrive; the lock keeps the other out, so that long is waited once


@pytest.fixture
def both_read_first(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From the call on, whoever reads which sheet is open waits until the other has, too, or is kept out by a lock."""
    barrier = Barrier(2)
    read = revisions.current

    def read_and_wait(project: Project, model: Any) -> Any:
        found = read(project, model)
        with suppress(BrokenBarrierError):
            barrier.wait(PATIENCE)
        return found

    return lambda: monkeypatch.setattr(revisions, "current", read_and_wait)


def without_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revisions, "lock_project", lambda project: Project.objects.get(pk=project.pk))


def at_once(*deeds: Callable[[], Any]) -> list[Exception]:
    """Do it all at once, each on a connection of its own; what was raised."""
    raised: list[Exception] = []

    def run(deed: Callable[[], Any]) -> None:
        try:
            deed()
        except Exception as fault:
            raised.append(fault)
        finally:
            connection.close()

    threads = [Thread(target=run, args=[deed]) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


@pytest.fixture
def two_first_saves(project: Project, designer: User, colleague: User, both_read_first: Callable[[], None]) -> Any:
    """Two designers save the same sheet, which nobody has begun, each another column of it."""
    both_read_first()
    return (
        lambda: services.record_survey(project=project, by=designer, nearest_main="测试路 DN300"),
        lambda: services.record_survey(project=project, by=colleague, calibre=25),
    )


def test_two_designers_at_once_write_one_open_revision(two_first_saves: Any) -> None:
    assert at_once(*two_first_saves) == []
    survey = Survey.objects.get()
    assert (survey.revision, survey.nearest_main, survey.calibre) == (1, "测试路 DN300", 25)


def test_control_without_the_lock_one_of_two_designers_is_turned_away(
    two_first_saves: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The constraint still keeps a second revision out: that is what it is for."""
    without_the_lock(monkeypatch)
    (fault,) = at_once(*two_first_saves)
    assert isinstance(fault, ValidationError)
    assert Survey.objects.count() == 1


@pytest.fixture
def two_next_saves(project: Project, designer: User, colleague: User, both_read_first: Callable[[], None]) -> Any:
    """Two designers amend a closed budget, each with lines of their own."""
    services.close_sheet(sheet=services.save_budget(project=project, by=designer, lines=[line()]), by=designer)
    both_read_first()
    return (
        lambda: services.save_budget(project=project, by=designer, lines=[line(unit="根"), line(unit="根")]),
        lambda: services.save_budget(project=project, by=colleague, lines=[line(unit="套")]),
    )


def test_two_designers_at_once_open_one_next_revision(two_next_saves: Any) -> None:
    assert at_once(*two_next_saves) == []
    assert list(Budget.objects.values_list("revision", flat=True)) == [1, 2]
    units = list(Budget.objects.get(revision=2).lines.values_list("unit", flat=True))
    assert units in (["根", "根"], ["套"]), "the lines of one of them, never a mixture"


def test_control_without_the_lock_the_next_revision_is_fought_over(
    two_next_saves: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_the_lock(monkeypatch)
    assert len(at_once(*two_next_saves)) == 1


@pytest.fixture
def two_amendments(project: Project, designer: User, colleague: User, both_read_first: Callable[[], None]) -> Any:
    """Two designers amend the same open sheet, each another column of it."""
    services.record_survey(project=project, by=designer)
    both_read_first()
    return (
        lambda: services.record_survey(project=project, by=designer, nearest_main="测试路 DN300"),
        lambda: services.record_survey(project=project, by=colleague, calibre=25),
    )


def test_two_amendments_at_once_both_stand(two_amendments: Any) -> None:
    assert at_once(*two_amendments) == []
    survey = Survey.objects.get()
    assert (survey.nearest_main, survey.calibre) == ("测试路 DN300", 25)


def test_control_without_the_lock_one_amendment_is_lost(two_amendments: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    without_the_lock(monkeypatch)
    assert at_once(*two_amendments) == []
    survey = Survey.objects.get()
    assert (survey.nearest_main, survey.calibre) != ("测试路 DN300", 25)


def test_closing_and_saving_at_once_loses_nothing(project: Project, designer: User, colleague: User) -> None:
    """Either the save comes first and is frozen, or it opens the next revision; no closed sheet is written."""
    survey = services.record_survey(project=project, by=designer, calibre=20)
    assert (
        at_once(
            lambda: services.close_sheet(sheet=survey, by=designer),
            lambda: services.record_survey(project=project, by=colleague, calibre=25),
        )
        == []
    )
    assert Survey.objects.order_by("-revision")[0].calibre == 25
    assert Survey.objects.get(revision=1).closed
