"""Starting, stopping, pausing and extending the clocks of a case, inside the lock of the doors and steps that call."""

from datetime import date, datetime, time

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from applications.engine.route import AnchoredClock, ClockRule, Unit
from applications.engine.steps import Step
from applications.models import Application, Clock, Extension, Suspension
from applications.stages import FINAL_STAGES, Stage
from waterservice import policies
from waterservice.calendar import calendar


def closing_time(day: date, *, rule_day: date) -> datetime:
    """The close of business of a day (Civil Code art. 203), by the policy that holds on the rule day."""
    close: time = policies.value("hours.close", rule_day)
    return timezone.make_aware(datetime.combine(day, close))


def due_moment(unit: Unit, days: int, counted_from: date, started_at: datetime, rule_day: date) -> datetime:
    """When a clock runs out that counts `days` from a day that is itself not counted (Civil Code art. 201).

    SAME_DAY: at closing of that day; started after closing or on a day off, at closing of the next working day.
    """
    days_off = calendar()
    if unit is Unit.WORKING_DAYS:
        due = days_off.add_working_days(counted_from, days)
    elif unit is Unit.SAME_DAY:
        closed = started_at > closing_time(counted_from, rule_day=rule_day)
        stays = days_off.is_working(counted_from) and not closed
        due = counted_from if stays else days_off.add_working_days(counted_from, 1)
    else:
        due = days_off.add_calendar_days(counted_from, days) if days else counted_from
    return closing_time(due, rule_day=rule_day)


def nearest_due(case: Application) -> datetime | None:
    """The due moment of the nearest running clock; None when closed, suspended or unclocked."""
    moments = case.clocks.filter(stopped_at__isnull=True, due_at__isnull=False).order_by("due_at")
    found: datetime | None = moments.values_list("due_at", flat=True).first()
    return found


def after_step(case: Application, step: Step, *, moved: bool) -> None:
    """Stop the clocks that a step fulfils or leaves behind, start those that it opens."""
    now = timezone.now()
    running = case.clocks.filter(stopped_at__isnull=True)
    running.filter(fulfilled_by=step.name).update(stopped_at=now)
    if case.stage in FINAL_STAGES:
        running.update(stopped_at=now)
    elif moved:
        running.filter(fulfilled_by="").update(stopped_at=now)
        start_stage_clock(case)
    for anchored in case.route.anchored:
        if anchored.opened_by == step.name:
            running.filter(fulfilled_by=anchored.fulfilled_by).update(stopped_at=now, cancelled=True)
            start(case, anchored.rule, anchored=anchored)


def start_stage_clock(case: Application) -> None:
    """Start the clock of the stage at which the case has arrived, if it has one."""
    stop = case.stop
    if stop is not None and stop.clock is not None:
        start(case, stop.clock)


def start(case: Application, rule: ClockRule, *, anchored: AnchoredClock | None = None) -> Clock:
    """Write a clock's row: of the present stage, or anchored to an earlier event.

    The days are those of the policy on the day the request was accepted.
    """
    now = timezone.now()
    key = anchored.fulfilled_by if anchored else case.stage
    since = anchored.since(case) if anchored else timezone.localdate(now)
    days = case.route.limit(key, case.rule_day) if rule.days else 0
    if rule.until is not None:
        days = max((rule.until(case) - since).days, 0)
    due = due_moment(rule.unit, days, since, now, case.rule_day)
    if rule.until is not None:
        due = closing_time(rule.until(case), rule_day=case.rule_day)
    owner = next(s.owner for s in case.route if s.stage == case.stage)
    if anchored:
        owner = next(
            case.route[stage].owner
            for stage in case.route.stages
            if stage in case.steps()[anchored.fulfilled_by].stages
        )
    return Clock.objects.create(
        application=case,
        stage=case.stage,
        fulfilled_by=anchored.fulfilled_by if anchored else "",
        clause=rule.clause,
        unit=rule.unit,
        days=days,
        days_left=days,
        started_on=since,
        started_at=now,
        counted_from=since,
        first_due_at=due,
        due_at=due,
        provisional=calendar().provisional(timezone.localdate(due)),
        owner=owner,
    )


def cancel_undone(case: Application, back_to: Stage) -> None:
    """Cancel the clocks that were started at stages which a sending back undoes (`back_to` and all behind it)."""
    undone = case.route.from_stage(back_to)
    case.clocks.filter(stopped_at__isnull=True, stage__in=undone).update(stopped_at=timezone.now(), cancelled=True)


def suspend(case: Application, *, by: User, reason: str, awaited: str) -> Suspension:
    """Stop every clock for the applicant. Days used before today stay used; the others are kept."""
    today = timezone.localdate()
    for clock in case.clocks.filter(stopped_at__isnull=True):
        clock.days_left = max(clock.days_left - _days_used(clock, today), 0)
        clock.due_at = None
        clock.save(update_fields=["days_left", "due_at"])
    case.suspended = True
    return Suspension.objects.create(application=case, reason=reason, awaited=awaited, started_by=by)


def _days_used(clock: Clock, today: date) -> int:
    """Days counted from the last start up to the day before today."""
    if today <= clock.counted_from:
        return 0
    yesterday = today.fromordinal(today.toordinal() - 1)
    if clock.unit == Unit.WORKING_DAYS:
        return calendar().working_days_between(clock.counted_from, yesterday) if yesterday > clock.counted_from else 0
    return max((yesterday - clock.counted_from).days, 0)


def resume(case: Application, *, by: User) -> None:
    """Let the clocks run again with the days left; the day of resuming is not counted."""
    now = timezone.now()
    today = timezone.localdate(now)
    case.suspensions.filter(ended_at__isnull=True).update(ended_at=now, ended_by=by)
    case.suspended = False
    for clock in case.clocks.filter(stopped_at__isnull=True):
        was_late = clock.first_due_at < case.suspensions.order_by("-id").values_list("started_at", flat=True)[0]
        clock.counted_from = today
        clock.due_at = (
            clock.first_due_at
            if was_late and not clock.extensions.filter(status=Extension.Status.GRANTED).exists()
            else due_moment(Unit(clock.unit), clock.days_left, today, now, case.rule_day)
        )
        clock.provisional = calendar().provisional(timezone.localdate(clock.due_at))
        clock.save(update_fields=["counted_from", "due_at", "provisional"])


def limit_words(clock: Clock) -> str:
    """The limit of a clock in words: “7 working days (NC-4a)”."""
    return _words(Unit(clock.unit), clock.days, clock.clause)


def rule_words(rule: ClockRule) -> str:
    """The limit that a route declares, in words."""
    return _words(rule.unit, rule.days, rule.clause)


def _words(unit: Unit, days: int, clause: str) -> str:
    if unit in (Unit.WORKING_DAYS, Unit.CALENDAR_DAYS):
        return _("{days} {unit} ({clause})").format(days=days, unit=unit.label, clause=clause)
    return f"{unit.label} ({clause})"


def extend(extension: Extension, *, by: User, opinion: str) -> None:
    """Grant an extension: the clock is due at closing of the new date; its first due moment stays on record."""
    clock = extension.clock
    extension.status = Extension.Status.GRANTED
    extension.decided_at, extension.decided_by, extension.opinion = timezone.now(), by, opinion
    extension.save()
    clock.due_at = closing_time(extension.until, rule_day=clock.application.rule_day)
    clock.provisional = calendar().provisional(extension.until)
    clock.save(update_fields=["due_at", "provisional"])
