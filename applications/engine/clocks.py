"""Starting, stopping, pausing and extending the clocks of a case, inside the lock of the doors and steps that call."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from applications.engine.limits import closed_pauses, is_broken, reckon, standstills
from applications.engine.route import AnchoredClock, ClockRule
from applications.engine.steps import Deed
from applications.models import Application, Clock, Extension, Suspension
from applications.offices import office_for
from applications.stages import FINAL_STAGES, GIVEN_UP, Stage
from waterservice.calendar import calendar


@dataclass(frozen=True)
class Moved:
    """A due moment that a change of the calendar moved; `before` is None of a clock that had stood still."""

    clock: Clock
    before: datetime | None
    after: datetime


def nearest(case: Application) -> Clock | None:
    """The running clock that is due next; None when closed, unclocked, or when all stand still."""
    found: Clock | None = case.clocks.filter(stopped_at=None, due_at__isnull=False).order_by("due_at").first()
    return found


def show_nearest(case: Application) -> None:
    """Copy onto the case what every inbox shows: when it is due, from when it is urgent, whether that may move."""
    clock = nearest(case)
    case.due_at = clock.due_at if clock else None
    case.warn_on = clock.warn_on if clock else None
    case.provisional = clock is not None and clock.provisional


def running(case: Application) -> list[Clock]:
    return list(case.clocks.filter(stopped_at=None))


def after_deed(case: Application, deed: Deed, *, before: Stage) -> None:
    """Stop the clocks that a step or task fulfils or leaves behind, start those that it opens.

    `before` is the stage at which it was done. A case that ends stops every clock; of what the applicant gave
    up they are cancelled.
    """
    moved, ended = case.stage != before, case.stage in FINAL_STAGES
    for clock in running(case) if moved else ():
        if case.stage in GIVEN_UP:
            cancel(clock, case)
        elif ended or not clock.fulfilled_by:
            finish(clock, case)
    for anchored in case.route.anchored:
        if deed.name == anchored.fulfilled_by:
            _fulfil(case, anchored)
    if ended:
        return
    if moved:
        start_stage_clock(case)
    for anchored in case.route.anchored:
        if deed.name in anchored.opened_by:
            _open(case, anchored, at=before)


def _awaiting(case: Application, anchored: AnchoredClock) -> list[Clock]:
    """The running clocks of an anchored one, one for each subject."""
    return [clock for clock in running(case) if clock.fulfilled_by == anchored.fulfilled_by]


def _fulfil(case: Application, anchored: AnchoredClock) -> None:
    still_awaited = anchored.subjects(case) if anchored.subjects else ()
    for clock in _awaiting(case, anchored):
        if clock.subject not in still_awaited:
            finish(clock, case)


def _open(case: Application, anchored: AnchoredClock, *, at: Stage) -> None:
    """Start what the deed opens: anew where one runs for the whole case, beside the others where there are subjects."""
    there = {clock.subject: clock for clock in _awaiting(case, anchored)}
    if anchored.subjects is None and "" in there:
        cancel(there.pop(""), case)
    for subject in anchored.subjects(case) if anchored.subjects else ("",):
        if subject not in there:
            start(case, anchored.rule, stage=at, anchored=anchored, subject=subject)


def start_stage_clock(case: Application) -> None:
    """Start the clock of the stage at which the case has arrived, if it has one."""
    stop = case.stop
    if stop is not None and stop.clock is not None:
        start(case, stop.clock, stage=stop.stage)


def start(
    case: Application, rule: ClockRule, *, stage: Stage, anchored: AnchoredClock | None = None, subject: str = ""
) -> Clock:
    """Write a clock's row: of a stage, or anchored to a deed that was done at it.

    It counts from the day of the deed, or of the event that an anchored one names. Unit, days and hour are those
    of the policies on the day the request was accepted, before that of today; the row keeps them.
    """
    key = anchored.fulfilled_by if anchored else str(stage)
    terms = case.route.limit(key, rule, case.rule_day)
    day, moment = _beginning(case, anchored)
    days = terms.days if rule.until is None else max((rule.until(case) - day).days, 0)
    owner = _owner(case, anchored)
    clock = Clock(
        application=case,
        stage=stage,
        fulfilled_by=anchored.fulfilled_by if anchored else "",
        subject=subject,
        clause=rule.clause,
        unit=terms.unit,
        days=days,
        closes=terms.closes,
        owner=owner,
        office=office_for(owner, case),
        started_on=day,
        started_at=moment,
    )
    settle(clock, case)
    clock.save()
    return clock


def _beginning(case: Application, anchored: AnchoredClock | None) -> tuple[date, datetime]:
    """The day and the moment that a clock counts from: of its event, closed with the hall that day, or of the deed."""
    day = anchored.event.day(case) if anchored is not None and anchored.event is not None else case.deed_day
    return (day, case.closing_of(day)) if day < case.deed_day else (case.deed_day, case.deed_moment)


def _owner(case: Application, anchored: AnchoredClock | None) -> Role:
    return case.route[case.stage].owner if anchored is None else case.doer_of(anchored.fulfilled_by)


def settle(clock: Clock, case: Application) -> None:
    """Write into a clock's row what follows from it now. While it stands still it has no due moment."""
    granted = clock.extensions.filter(status=Extension.Status.GRANTED).order_by("-id").first() if clock.pk else None
    due = reckon(clock, standstills(case.suspensions.all()), granted=granted)
    clock.rule_due_at, clock.due_at, clock.warn_on, clock.provisional = due


def retime(case: Application) -> list[Moved]:
    """Reckon every running clock of a case anew and save it. Returns what moved."""
    moved = []
    for clock in running(case):
        before = clock.due_at
        settle(clock, case)
        clock.save()
        if clock.due_at is not None and before != clock.due_at:
            moved.append(Moved(clock, before, clock.due_at))
    show_nearest(case)
    return moved


def finish(clock: Clock, case: Application) -> None:
    """Stop a clock with what it took: whole and net working days, and whether its limit was broken."""
    _stop(clock, case)
    _keep_what_it_took(clock, case)
    clock.save()


def cancel(clock: Clock, case: Application) -> None:
    """Stop a clock that nobody fulfils any more. A limit that was broken by now stays broken and counted."""
    _stop(clock, case)
    clock.cancelled = True
    if clock.late:
        _keep_what_it_took(clock, case)
    clock.save()


def _stop(clock: Clock, case: Application) -> None:
    granted = list(clock.extensions.filter(status=Extension.Status.GRANTED).order_by("id"))
    clock.stopped_at = timezone.now()
    clock.extended = bool(granted)
    moment = case.deed_moment if case.backdated is None else clock.closing_of(case.deed_day)
    clock.late = is_broken(clock, standstills(case.suspensions.all()), granted, by=moment)


def _keep_what_it_took(clock: Clock, case: Application) -> None:
    stills = standstills(case.suspensions.all())
    pauses = closed_pauses(replace(still, ended=still.ended or case.deed_moment) for still in stills)
    clock.finished_on = max(case.deed_day, clock.started_on)
    clock.gross_days = calendar().working_days_between(clock.started_on, clock.finished_on)
    clock.net_days = calendar().working_days_between(clock.started_on, clock.finished_on, pauses)


def cancel_undone(case: Application, back_to: Stage) -> None:
    """Cancel the clocks that began at a stage which a sending back undoes."""
    undone = case.route.from_stage(back_to)
    for clock in running(case):
        if clock.stage in undone:
            cancel(clock, case)


def suspend(case: Application, *, by: User, kind: str, reason: str, awaited: str) -> Suspension:
    """Stop every clock for the applicant. Days used before today stay used; a second reason adds nothing.

    A clock that has run out already stays due and late.
    """
    case.backdatings.filter(step="resume", used_at=None).update(void=True)  # it was about the reasons till now
    held = Suspension.objects.create(
        application=case, kind=kind, reason=reason, awaited=awaited, started_by=by, started_at=case.deed_moment
    )
    case.suspended = True
    retime(case)
    return held


def resume(
    case: Application, *, by: User | None, kinds: tuple[str, ...] = (), arrived_at: datetime | None = None
) -> bool:
    """End the suspensions of these kinds (all, if none is named); with the last, let the clocks run again.

    They end now, or when the thing `arrived_at`, should that be earlier. The days left count from the day after.
    Returns whether they run.
    """
    moment = min(arrived_at or case.deed_moment, case.deed_moment)
    ending = case.suspensions.filter(ended_at=None)
    for held in ending.filter(kind__in=kinds) if kinds else ending:
        held.ended_at, held.ended_by = max(moment, held.started_at), by
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
