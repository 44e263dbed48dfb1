"""The traffic light of a case: how its nearest time limit stands, in Python and as a condition on the columns."""

from dataclasses import dataclass
from datetime import datetime, time

from django.db.models import Q, TextChoices
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from applications.models import Application
from applications.stages import FINAL_STAGES
from waterservice.calendar import calendar
from waterservice.hours import at_hour
from waterservice.workdays import ONE_DAY


class LightState(TextChoices):
    """What the nearest running limit of an open case says, the most urgent first."""

    LATE = "late", gettext_lazy("Late")
    TODAY = "today", gettext_lazy("Due today")
    SOON = "soon", gettext_lazy("Due soon")
    IN_TIME = "in_time", gettext_lazy("In time")
    NO_CLOCK = "no_clock", gettext_lazy("No time limit runs")


COLOURS = {LightState.LATE: "red", LightState.TODAY: "yellow", LightState.SOON: "yellow", LightState.IN_TIME: "green"}


def state_of(case: Application, now: datetime) -> LightState:
    """The state of an open case at a moment; soon: in the last third of its time."""
    if case.due_at is None:
        return LightState.NO_CLOCK
    if now > case.due_at:
        return LightState.LATE
    today = timezone.localdate(now)
    if timezone.localdate(case.due_at) == today:
        return LightState.TODAY
    urgent = case.warn_on is not None and case.warn_on <= today
    return LightState.SOON if urgent else LightState.IN_TIME


def in_state(state: LightState, now: datetime) -> Q:
    """The same, asked of the database: of cases, that they are open and in this state at a moment."""
    today = timezone.localdate(now)
    tomorrow = at_hour(today + ONE_DAY, time())
    if state is LightState.NO_CLOCK:
        return Q(due_at__isnull=True) & ~Q(stage__in=sorted(FINAL_STAGES))
    if state is LightState.LATE:
        return Q(due_at__lt=now)
    if state is LightState.TODAY:
        return Q(due_at__gte=now, due_at__lt=tomorrow)
    if state is LightState.SOON:
        return Q(due_at__gte=tomorrow, warn_on__lte=today)
    return Q(due_at__gte=tomorrow) & (Q(warn_on__gt=today) | Q(warn_on__isnull=True))


@dataclass(frozen=True)
class Light:
    """The traffic light: a colour and always its word."""

    colour: str
    words: str


def light(case: Application, now: datetime | None = None) -> Light:
    """Green, yellow in the last third of the time (at least one working day), red past the due moment.

    Red it stays when the case is suspended only then.
    """
    now = now or timezone.now()
    if case.closed:
        return Light("none", case.stage_label)
    state = state_of(case, now)
    if case.due_at is None:
        awaited = case.suspended or (case.stop is not None and case.stop.awaits_applicant)
        return Light("waiting", _("waits for the applicant")) if awaited else Light("none", _("no time limit"))
    days = calendar()
    today, due = timezone.localdate(now), timezone.localdate(case.due_at)
    if state is LightState.LATE:
        late = days.working_days_between(due, today)
        words = ngettext("{days} working day late", "{days} working days late", late)
        words = words.format(days=late) if late else _("late since today")
        return Light("red", _("{late}, waits for the applicant").format(late=words) if case.suspended else words)
    if state is LightState.TODAY:
        return Light(COLOURS[state], _("due today"))
    left = days.working_days_between(today, due)
    words = ngettext("{days} working day left", "{days} working days left", left)
    return Light(COLOURS[state], words.format(days=left))
