"""Starting, stopping, pausing and extending the clocks of a case, inside the lock of the doors and steps that call."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from applications.engine.limits import closed_pauses, reckon, standstills
from applications.engine.route import AnchoredClock, ClockRule
from applications.engine.steps import Step
from applications.models import Application, Clock, Extension, Suspension
from applications.offices import office_for
from applications.stages import FINAL_STAGES, Stage
from waterservice.calendar import calendar


@dataclass(frozen=True)
class Moved:
    """A due moment that a change of the calendar moved."""

    clock: Clock
    before: datetime
    after: datetime


def nearest(case: Application) -> Clock | None:
    """The running clock that is due next; None when closed, suspended or unclocked."""
    found: Clock | None = case.clocks.filter(stopped_at=None, due_at__isnull=False).order_by("due_at").first()
    return found


def show_nearest(case: Application) -> None:
    """Copy onto the case what every inbox shows: when it is due, and from when it is urgent."""
    clock = nearest(case)
    case.due_at = clock.due_at if clock else None
    case.warn_on = clock.warn_on if clock else None


def running(case: Application) -> list[Clock]:
    return list(case.clocks.filter(stopped_at=None))


def after_step(case: Application, step: Step, *, moved: bool) -> None:
    """Stop the clocks that a step fulfils or leaves behind, start those that it opens.

    A case that ends stops them all; what the applicant withdrew is nobody's achievement and is cancelled.
    """
    for clock in running(case):
        if case.stage == Stage.WITHDRAWN:
            cancel(clock)
        elif clock.fulfilled_by == step.name or case.stage in FINAL_STAGES or (moved and not clock.fulfilled_by):
            finish(clock, case)
    if moved and case.stage not in FINAL_STAGES:
        start_stage_clock(case)
    for anchored in case.route.anchored:
        if anchored.opened_by == step.name:
            for clock in running(case):
                if clock.fulfilled_by == anchored.fulfilled_by:
                    cancel(clock)
            start(case, anchored.rule, anchored=anchored)


def start_stage_clock(case: Application) -> None:
    """Start the clock of the stage at which the case has arrived, if it has one."""
    stop = case.stop
    if stop is not None and stop.clock is not None:
        start(case, stop.clock)


def start(case: Application, rule: ClockRule, *, anchored: AnchoredClock | None = None) -> Clock:
    """Write a clock's row: of the present stage, or anchored to an earlier event.

    Unit and days are those of the policy on the day the request was accepted.
    """
    key = anchored.fulfilled_by if anchored else case.stage
    since = anchored.since(case) if anchored else case.deed_day
    unit, days = case.route.limit(key, rule, case.rule_day)
    if rule.until is not None:
        days = max((rule.until(case) - since).days, 0)
    owner = _owner(case, anchored)
    clock = Clock(
        application=case,
        stage=case.stage,
        fulfilled_by=anchored.fulfilled_by if anchored else "",
        clause=rule.clause,
        unit=unit,
        days=days,
        owner=owner,
        office=office_for(owner, case),
        started_on=since,
        started_at=case.deed_moment,
    )
    settle(clock, case)
    clock.save()
    return clock


def _owner(case: Application, anchored: AnchoredClock | None) -> Role:
    if anchored is None:
        return case.route[case.stage].owner
    return case.route.owner_of(case.steps()[anchored.fulfilled_by].stages)


def settle(clock: Clock, case: Application) -> None:
    """Write into a clock's row what follows from it now. While the case is suspended it has no due moment."""
    granted = clock.extensions.filter(status=Extension.Status.GRANTED).order_by("-id").first() if clock.pk else None
    due = reckon(clock, standstills(case.suspensions.all()), rule_day=case.rule_day, granted=granted)
    clock.rule_due_at = due.by_rule
    clock.due_at = None if case.suspended else due.at
    clock.warn_on = None if case.suspended else due.warn_on
    clock.provisional = due.provisional


def retime(case: Application) -> list[Moved]:
    """Reckon every running clock of a case anew and save it. Returns what moved."""
    moved = []
    for clock in running(case):
        before = clock.due_at
        settle(clock, case)
        clock.save()
        if before is not None and clock.due_at is not None and before != clock.due_at:
            moved.append(Moved(clock, before, clock.due_at))
    show_nearest(case)
    return moved


def finish(clock: Clock, case: Application) -> None:
    """Stop a clock with what it took: whole and net working days, and whether its limit was broken.

    A granted extension that was asked for in time is no breach as long as its date is kept.
    """
    pauses = closed_pauses(standstills(case.suspensions.all()))
    clock.stopped_at = timezone.now()
    clock.finished_on = max(case.deed_day, clock.started_on)
    clock.gross_days = calendar().working_days_between(clock.started_on, clock.finished_on)
    clock.net_days = calendar().working_days_between(clock.started_on, clock.finished_on, pauses)
    granted = list(clock.extensions.filter(status=Extension.Status.GRANTED))
    kept = clock.due_at if any(extension.asked_in_time for extension in granted) else clock.rule_due_at
    clock.extended = bool(granted)
    clock.late = case.deed_moment > (kept or clock.rule_due_at)
    clock.save()


def cancel(clock: Clock) -> None:
    clock.stopped_at, clock.cancelled = timezone.now(), True
    clock.save()


def cancel_undone(case: Application, back_to: Stage) -> None:
    """Cancel the clocks whose beginning a sending back undoes: a stage, or the step that opened an anchored one."""
    undone = case.route.from_stage(back_to)
    for clock in running(case):
        if _begun_at(clock, case).intersection(undone):
            cancel(clock)


def _begun_at(clock: Clock, case: Application) -> frozenset[Stage]:
    """The stages whose work started a clock."""
    if not clock.fulfilled_by:
        return frozenset({Stage(clock.stage)})
    return case.steps()[case.route.anchor(clock.fulfilled_by).opened_by].stages


def suspend(case: Application, *, by: User, kind: str, reason: str, awaited: str) -> Suspension:
    """Stop every clock for the applicant. Days used before today stay used; a second reason adds nothing."""
    held = Suspension.objects.create(
        application=case, kind=kind, reason=reason, awaited=awaited, started_by=by, started_at=case.deed_moment
    )
    case.suspended = True
    retime(case)
    return held


def resume(case: Application, *, by: User | None, kinds: tuple[str, ...] = ()) -> bool:
    """End the suspensions of these kinds (all, if none is named); with the last, let the clocks run again.

    The days left count from the day after. Returns whether they run.
    """
    ending = case.suspensions.filter(ended_at=None)
    for held in ending.filter(kind__in=kinds) if kinds else ending:
        held.ended_at, held.ended_by = max(case.deed_moment, held.started_at), by
        held.save()
    case.suspended = case.suspensions.filter(ended_at=None).exists()
    retime(case)
    return not case.suspended


def extend(extension: Extension, *, by: User, opinion: str) -> None:
    """Grant an extension: the clock is due at closing of the new date; what the rule said stays on record."""
    extension.decide(Extension.Status.GRANTED, by=by, opinion=opinion)
    clock = extension.clock
    settle(clock, clock.application)
    clock.save()
