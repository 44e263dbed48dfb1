"""Overdue cases remind by themselves: the holder, after one working day the manager, after three the leader."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import Office, User
from accounts.roles import Role
from applications.engine.doors import record
from applications.models import Application, Clock, Reminder, StaffNotice
from applications.notifying import holders, leaders, managers, notify
from applications.selectors import OPEN
from waterservice.calendar import calendar


def clocks_overdue_on(day: date, moment: datetime, *, office: Office | None = None) -> list[Clock]:
    """The clocks that at a moment of the past or the future had run, or will have run, out while still running."""
    rows = Clock.objects.filter(cancelled=False, due_at__lt=moment, started_on__lte=day).exclude(stopped_at__lt=moment)
    rows = rows.filter(office=office) if office else rows
    return list(rows.select_related("application__applicant", "application__premises", "office").order_by("due_at"))


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
    """The levels whose working days have passed since the due moment."""
    assert clock.due_at is not None
    passed = calendar().working_days_between(timezone.localdate(clock.due_at), timezone.localdate(now))
    return [level for level in Reminder.Level if passed >= level]


def told_at(level: Reminder.Level, case: Application, clock: Clock) -> list[User]:
    if level is Reminder.Level.HOLDER:
        return holders(case)
    if level is Reminder.Level.MANAGER:
        return managers(case, Role(clock.owner))
    return leaders(Role.RESPONSIBLE_LEADER)
