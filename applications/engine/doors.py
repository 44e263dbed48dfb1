"""The two doors. Only `perform` and `work` write a case; screens, tour, demo and tests enter by them.

A case that was under way on paper comes in by `applications.takeover`, once, and goes on through here.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import services as accounts
from accounts.models import Seat, User
from accounts.roles import Role
from applications.checkpoints.arrivals import ARRIVED, arrived_at
from applications.engine import clocks
from applications.engine.checkpoints import Reason
from applications.engine.refusals import BadInput, DoneBefore, MovedOn, NotHere, NotYours, Unmet
from applications.engine.steps import Deed, Step, Task
from applications.models import Application, StaffNotice, TimelineEntry
from applications.notifying import notify, seated
from applications.offices import office_for
from applications.stages import FINAL_STAGES, Stage
from billing import services as billing
from engineering import services as engineering


def lock(case: Application) -> Application:
    """The case as it is now, its row locked, then its folders, then the ledger: always in this order.

    Must run in a transaction; on SQLite the immediate transaction is the lock.
    """
    locked = Application.objects.select_for_update().get(pk=case.pk)
    engineering.lock_project(locked.project)
    billing.lock_statement(locked.statement)
    billing.lock_ledger(customer=locked.applicant, premises=locked.premises)
    return locked


def form_class(deed: Deed) -> Any:
    """The form that a step or task declares, or None."""
    if not deed.form:
        return None
    module, _dot, name = deed.form.rpartition(".")
    return getattr(import_module(module), name)


def acting_seat(deed: Deed, case: Application, by: User) -> Seat | None:
    """The seat in which somebody may do this here, or None; the stage's own office counts where it has several.

    Whoever may do it in their own right does it in their own name, whatever else is delegated to them.
    """
    seats = [seat for desk in deed.desks_at(case) if (seat := desk.seat_of(by)) is not None]
    return min(seats, key=by.seats.index, default=None)


def people_reasons(deed: Deed, case: Application, by: User) -> list[Reason]:
    """Why this person may not, or an empty list: role first, then the rules about the person."""
    if acting_seat(deed, case, by) is None:
        names = _(", ").join(str(role.label) for role in sorted(deed.roles_at(case), key=list(Role).index))
        return [Reason(_("This is for {roles}.").format(roles=names), deed.clause)]
    return [reason for rule in deed.rules if (reason := rule.unmet(case, by))]


def place_reasons(deed: Deed, case: Application) -> list[Reason]:
    """Why this is not done where the case stands, or an empty list: another stage, or work not called for now."""
    if case.stage not in deed.stages:
        return [Reason(_not_here(deed, deed.name, case))]
    if isinstance(deed, Task) and not deed.is_wanted(case):
        return [Reason(deed.why_unwanted(case), deed.clause)]
    return []


def unmet_checkpoints(step: Step, case: Application) -> list[Reason]:
    """Every checkpoint of a step that the case does not meet, in the order of their declaration."""
    return [reason for gate in step.checkpoints if (reason := gate.unmet(case))]


def perform(
    case: Application,
    step: str,
    *,
    by: User,
    data: Mapping[str, Any] | None = None,
    files: Mapping[str, Any] | None = None,
    expected_revision: int | None = None,
) -> Application:
    """Close a stage, or take a side step, in one transaction. Returns the case as it is afterwards.

    1. lock case, folders, ledger  2. the page is not stale  3. the step leaves from here
    4. the actor may  5. the form is valid  6. no checkpoint is unmet  7. the transition
    8. clocks, desk, history, timeline.

    `expected_revision` is the revision that the actor looked at (that of `case`, if left out).
    Raises MovedOn, NotHere, NotYours, BadInput or Unmet; then nothing has changed.
    """
    with transaction.atomic():
        locked = _enter(case, expected_revision)
        declared = type(locked).steps().get(step)
        if declared is None:
            raise NotHere([Reason(_not_here(declared, step, locked))])
        if reasons := place_reasons(declared, locked):
            raise NotHere(reasons)
        seat = _admit(declared, locked, by)
        values = _clean(declared, locked, by, data, files)
        if reasons := unmet_checkpoints(declared, locked):
            raise Unmet(reasons)
        locked.backdated = locked.granted_backdatings.get(step)
        before = Stage(locked.stage)
        with by.signing_for(seat.giver):
            words = _do(locked, step, by, values)
            after = Stage(locked.stage)
            if after != before:
                _arrive(locked, before, after, by)
            clocks.after_deed(locked, declared, before=before)
            _leave(locked, declared, by, seat.role, words, before, after)
    return locked


def work(
    case: Application,
    task: str,
    *,
    by: User,
    data: Mapping[str, Any] | None = None,
    files: Mapping[str, Any] | None = None,
    expected_revision: int | None = None,
) -> Application:
    """Save a piece of the stage's work under the case's lock; the stage stays. Returns the case afterwards.

    Raises DoneBefore, MovedOn, NotHere, NotYours or BadInput; then nothing has changed.
    """
    with transaction.atomic():
        locked = lock(case)
        declared = type(locked).tasks().get(task)
        _answer_what_was_done(declared, locked, by, data)
        if declared is None or not declared.adds:
            _refuse_stale(case, locked, expected_revision)
        if declared is None:
            raise NotHere([Reason(_not_here(declared, task, locked))])
        if reasons := place_reasons(declared, locked):
            raise NotHere(reasons)
        seat = _admit(declared, locked, by)
        values = _clean(declared, locked, by, data, files)
        with by.signing_for(seat.giver):
            words = _do(locked, task, by, values)
            stage = Stage(locked.stage)
            clocks.after_deed(locked, declared, before=stage)
            _leave(locked, declared, by, seat.role, words, stage, stage)
        go_on_with_what_arrived(locked)
    return locked


def _enter(case: Application, expected_revision: int | None) -> Application:
    locked = lock(case)
    _refuse_stale(case, locked, expected_revision)
    return locked


def _refuse_stale(case: Application, locked: Application, expected_revision: int | None) -> None:
    if locked.revision != (case.revision if expected_revision is None else expected_revision):
        raise MovedOn


def _answer_what_was_done(declared: Task | None, case: Application, by: User, data: Mapping[str, Any] | None) -> None:
    """A second click on what is done already moves no case on: whoever may do it is told what came of the first."""
    if declared is None or declared.done_before is None or people_reasons(declared, case, by):
        return
    if words := declared.done_before(case, data or {}):
        raise DoneBefore([Reason(words)])


def _not_here(declared: Deed | None, name: str, case: Application) -> str:
    if declared is None:
        return _("{kind} knows no step “{name}”.").format(kind=case.get_kind_display(), name=name)
    return _("“{step}” is not possible while the case stands at “{stage}”.").format(
        step=declared.label, stage=case.stage_label
    )


def _admit(deed: Deed, case: Application, by: User) -> Seat:
    """The seat in which somebody acts. A delegation may have ended since the page was opened: it is read anew."""
    if by.standing_in:
        by.forget_seats()
    if reasons := people_reasons(deed, case, by):
        raise NotYours(reasons)
    seat = acting_seat(deed, case, by)
    assert seat is not None
    return seat


def _clean(
    deed: Deed,
    case: Application,
    by: User,
    data: Mapping[str, Any] | None,
    files: Mapping[str, Any] | None,
) -> dict[str, Any]:
    declared = form_class(deed)
    if declared is None:
        return {}
    form = declared(data or {}, files or {}, case=case, by=by)
    if not form.is_valid():
        raise BadInput({name: [str(m) for m in messages] for name, messages in form.errors.items()})
    return dict(form.cleaned_data)


def _do(case: Application, name: str, by: User, values: dict[str, Any]) -> str | None:
    """Call the step or task; what a service of a lower floor finds wrong with the input is said like a form's error."""
    try:
        words: str | None = getattr(case, name)(by=by, **values)
    except ValidationError as fault:
        raise BadInput(errors_by_field(fault)) from fault
    return words


def errors_by_field(fault: ValidationError) -> dict[str, list[str]]:
    """The messages of a ValidationError by field; those of no field under “__all__”."""
    if hasattr(fault, "error_dict"):
        return {name: [str(m) for m in messages] for name, messages in fault.message_dict.items()}
    return {NON_FIELD_ERRORS: [str(message) for message in fault.messages]}


def _arrive(case: Application, before: Stage, after: Stage, by: User) -> None:
    """Put the case on the desk of the new stage: its office, and whoever had it there before."""
    case.arrived_at = max(timezone.now(), case.arrived_at)
    case.backdatings.filter(used_at=None).update(void=True)
    if after in FINAL_STAGES:
        case.office, case.holder, case.closed_at = None, None, case.arrived_at
        engineering.close_project(project=case.project, by=by)
        _wind_up(case, by)
        return
    case.furthest = max(case.furthest, case.route.position(after))
    stop = case.route[after]
    case.office = office_for(stop.owner, case)
    if stop.owner.decides:
        notify(case, seated(stop.owner, case.office), StaffNotice.About.DECISION, by=by, words=str(after.label))
    seats = by.seats_as(stop.owner)
    if seats and before in case.route and case.route[before].owner == stop.owner:
        case.holder = seats[0].giver or by
        return
    earlier = case.timeline.filter(role=stop.owner, nature=TimelineEntry.Nature.STEP).order_by("-id").first()
    knows_it = earlier.on_behalf_of or earlier.actor if earlier else None
    case.holder = knows_it if knows_it is not None and knows_it.office_id == case.office_id else None


def _wind_up(case: Application, by: User) -> None:
    """The end of a case, whichever it is: without water its account is closed, and its deposits go back at once."""
    if case.account is not None:
        case.account = accounts.give_up_account(account=case.account, by=by)
    billing.let_deposits_go_back(statement=case.statement, by=by)
    billing.end_statement(statement=case.statement, by=by)


def _leave(
    case: Application,
    deed: Step | Task,
    by: User,
    role: Role,
    words: str | None,
    before: Stage,
    after: Stage,
) -> None:
    """Save the case with its history and write the timeline."""
    if before == after and case.holder_id is None and case.stop is not None and role == case.stop.owner:
        case.holder = by.principal
    if not (isinstance(deed, Task) and deed.adds):
        case.revision += 1
    case.forget()
    clocks.show_nearest(case)
    case.save()
    TimelineEntry.objects.create(
        application=case,
        nature=TimelineEntry.Nature.STEP if isinstance(deed, Step) else _nature(deed),
        action=deed.name,
        from_stage=before,
        to_stage=after,
        note=str(words or ""),
        revision=case.revision,
        actor=by,
        on_behalf_of=by.signs_for,
        role=role,
        happened_on=case.deed_day,
    )
    if case.backdated is not None:
        case.backdated.used_at = timezone.now()
        case.backdated.save()
        case.backdated = None
    case.forget()


def go_on_with_what_arrived(case: Application) -> bool:
    """What the applicant was waited for has arrived: that reason of a locked case to stand still ends by itself.

    Returns whether the case goes on.
    """
    if not case.suspended:
        return False
    waiting = case.suspensions.filter(ended_at=None).values_list("kind", flat=True)
    came = tuple(kind for kind in waiting if kind in ARRIVED and ARRIVED[kind](case))
    if not came or not clocks.resume(case, by=None, kinds=came, arrived_at=arrived_at(case, came)):
        return False
    case.backdatings.filter(step="resume", used_at=None).update(void=True)
    record(case, "resume", automatic=True)
    return True


def record(case: Application, action: str, *, note: str = "", automatic: bool = False) -> None:
    """Save what happened to a locked case by itself, with a line in its timeline. No page goes stale for it."""
    case.save()
    case.forget()
    TimelineEntry.objects.create(
        application=case,
        nature=TimelineEntry.Nature.TIME,
        action=action,
        from_stage=case.stage,
        to_stage=case.stage,
        note=note,
        automatic=automatic,
        revision=case.revision,
    )


def _nature(deed: Task) -> str:
    nature = TimelineEntry.Nature
    return {"money": nature.MONEY, "papers": nature.PAPER, "time": nature.TIME}.get(deed.tab, nature.WORK)
