"""Overdue cases remind by themselves: the holder, after one working day the manager, after three the leader."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Prefetch, Q, QuerySet
from django.utils import timezone

from accounts.models import Office, User
from accounts.roles import Role
from applications.engine.doors import record
from applications.engine.limits import reckon, standstills
from applications.models import Application, Clock, Extension, Reminder, StaffNotice
from applications.notifying import holders, managers, notify, owing, seated
from applications.selectors import OPEN
from waterservice.calendar import calendar


def clocks_overdue_on(day: date, moment: datetime, *, office: Office | None = None) -> list[Clock]:
    """The clocks that at a moment of a day, past or to come, had run, or will have run, out while still running.

    They carry the due moment of then. What a late record says was done by then, was; an extension granted or a
    suspension begun only afterwards changes nothing.
    """
    rows = _running_at(day, moment)
    rows = rows.filter(office=office) if office else rows
    rows = rows.select_related("application__applicant", "application__premises", "office")
    if moment >= timezone.now():
        return list(rows.filter(due_at__lt=moment).order_by("due_at"))
    granted = Extension.objects.filter(status=Extension.Status.GRANTED).order_by("id")
    rows = rows.prefetch_related("application__suspensions", Prefetch("extensions", granted))
    broken = []
    for clock in rows.order_by("id"):
        clock.due_at = _due_as_of(clock, moment)
        if clock.is_late(moment):
            broken.append(clock)
    return sorted(broken, key=lambda clock: (clock.due_at, clock.pk))


def _running_at(day: date, moment: datetime) -> QuerySet[Clock]:
    """The clocks that had begun and were neither stopped nor, as a later record (补录) says, fulfilled."""
    recorded_later = Q(finished_on__lte=day, stopped_at__date__gt=F("finished_on"))
    return Clock.objects.filter(started_on__lte=day).exclude(stopped_at__lte=moment).exclude(recorded_later)


def _due_as_of(clock: Any, moment: datetime) -> datetime | None:
    """The due moment that a clock with its prefetched facts had at a moment of the past; None while suspended."""
    suspensions = list(clock.application.suspensions.all())
    granted = list(clock.extensions.all())
    decided = [row for row in granted if row.decided_at and row.decided_at <= moment]
    if len(decided) == len(granted) and all(row.ended_at and row.ended_at <= moment for row in suspensions):
        return clock.due_at
    stills = standstills(row for row in suspensions if row.started_at <= moment)
    stills = [replace(still, ended=None) if still.ended and still.ended > moment else still for still in stills]
    newest = decided[-1] if decided else None
    return reckon(clock, stills, granted=newest).at


def remind(now: datetime | None = None) -> int:
    """Send every reminder that is due and not yet sent; returns how many cases were reminded of.

    Each case is its own transaction under its lock, so that it can be stopped anywhere, run twice, or run by
    two machines at once: what one has sent the other finds sent.
    """
    now = now or timezone.now()
    ids = list(Application.objects.filter(OPEN, due_at__lt=now).values_list("pk", flat=True))
    return sum(_remind_of(case_id, now) for case_id in ids)


@transaction.atomic
def _remind_of(case_id: int, now: datetime) -> bool:
    case = Application.objects.select_for_update().get(pk=case_id)
    sent: list[Reminder.Level] = []
    told: set[int] = set()
    for clock in case.clocks.filter(stopped_at=None, due_at__lt=now):
        assert clock.due_at is not None
        already = set(clock.reminders.filter(due_at=clock.due_at).values_list("level", flat=True))
        for level in reached(clock, now):
            if level not in already:
                Reminder.objects.create(clock=clock, level=level, due_at=clock.due_at)
                sent.append(level)
                people = [person for person in told_at(level, case, clock) if person.pk not in told]
                notify(case, people, StaffNotice.About.OVERDUE, by=None, words=f"{clock.clause} {clock.due_words}")
                told |= {person.pk for person in people}
    if sent:
        record(case, "remind", note=", ".join(str(level.label) for level in sent), automatic=True)
    return bool(sent)


def reached(clock: Clock, now: datetime) -> list[Reminder.Level]:
    """The levels whose turn has come: a working day after the due day has passed when its business has closed."""
    return [level for level in Reminder.Level if now > _turn_of(level, clock)]


def _turn_of(level: Reminder.Level, clock: Clock) -> datetime:
    """The due moment itself, or the close of as many working days after its day as the level waits."""
    assert clock.due_at is not None
    if not level:
        return clock.due_at
    day = calendar().add_working_days(timezone.localdate(clock.due_at), level)
    return clock.closing_of(day)


def told_at(level: Reminder.Level, case: Application, clock: Clock) -> list[User]:
    """Whom a level reminds: at first whoever has to do it, of an anchored clock not always the case's holder."""
    if level is Reminder.Level.HOLDER:
        return owing(clock) if clock.fulfilled_by else holders(case)
    if level is Reminder.Level.MANAGER:
        return managers(Role(clock.owner), clock.office)
    return seated(Role.RESPONSIBLE_LEADER)
