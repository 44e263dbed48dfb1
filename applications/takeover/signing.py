"""Entering a paper file, amending it, and the duty manager's signature that makes it a case."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.history import save_as
from accounts.models import User
from accounts.roles import Role
from applications.engine.checkpoints import Reason
from applications.engine.refusals import NotYours
from applications.models import Application, StaffNotice, Takeover, TakeoverScan
from applications.notifying import askers, notify
from applications.stages import Stage
from applications.takeover.reading import Stated, read
from applications.takeover.replay import Incomplete, replay
from waterservice.files import store_upload
from waterservice.models import StoredFile

ENTERS = (Role.COUNTER_CLERK, Role.DUTY_MANAGER)
Scans = Iterable[tuple[str, UploadedFile]]
Store = Callable[..., StoredFile]


@transaction.atomic
def enter(
    *,
    by: User,
    kind: str,
    stage: Stage,
    data: Mapping[str, Any],
    scans: Scans = (),
    store: Store = store_upload,
) -> Takeover:
    """Put on record what a paper file says; facts may still lack, the duty manager signs only when none does.
    `store` keeps the scans.

    Raises ValidationError for what cannot be, for a file entered already, and unless counter or duty manager asks.
    """
    if not by.has_role(*ENTERS):
        raise ValidationError(_("The counter or the duty manager enters paper files."))
    takeover = Takeover(kind=kind, asked_by=by)
    with by.signing_for(by.giver_as(*ENTERS)):
        return _save(takeover, stage=stage, data=data, by=by, scans=scans, store=store)


@transaction.atomic
def amend(*, takeover: Takeover, by: User, stage: Stage, data: Mapping[str, Any], scans: Scans = ()) -> Takeover:
    """State anew what a file says that nobody has decided on; whoever amends, asks. Raises as `enter`."""
    if not by.has_role(*ENTERS):
        raise ValidationError(_("The counter or the duty manager enters paper files."))
    locked = lock(takeover)
    locked.asked_by, locked.asked_at = by, timezone.now()
    with by.signing_for(by.giver_as(*ENTERS)):
        locked.note_who_asks()
        return _save(locked, stage=stage, data=data, by=by, scans=scans)


def _save(
    takeover: Takeover,
    *,
    stage: Stage,
    data: Mapping[str, Any],
    by: User,
    scans: Scans,
    store: Store = store_upload,
) -> Takeover:
    stated = read(takeover.kind, stage, data, strict=False)
    if stated.faults:
        raise ValidationError([str(fault) for fault in stated.faults])
    takeover.reference = stated.head.cleaned_data["reference"]
    others = Takeover.objects.exclude(pk=takeover.pk).exclude(status=Takeover.Status.REFUSED)
    if others.filter(reference=takeover.reference).exists():
        raise ValidationError({"reference": _("A paper file of this number is entered or taken over already.")})
    takeover.stage = stage
    takeover.data = {name: value for name, value in data.items() if value != ""}
    takeover.reason = stated.head.cleaned_data["remark"] or _("Under way on paper")
    save_as(takeover, by=by)
    for about, upload in scans:
        TakeoverScan.objects.create(takeover=takeover, about=about, file=store(upload, by=by), added_by=by)
    return takeover


def lock(takeover: Takeover) -> Takeover:
    """The file as it is now, its row locked. Raises ValidationError when it has been decided on; in a transaction."""
    locked = Takeover.objects.select_for_update().get(pk=takeover.pk)
    if locked.status != Takeover.Status.ASKED:
        raise ValidationError(
            _("The file %(reference)s has been decided on already: %(status)s."),
            params={"reference": locked.reference, "status": locked.get_status_display()},
        )
    return locked


def may_decide(takeover: Takeover, user: User) -> bool:
    """Whether somebody may sign: the duty manager, unless they entered or amended it themselves."""
    return user.has_role(Role.DUTY_MANAGER) and not takeover.entered_by(user)


def _decide(locked: Takeover, status: str, *, by: User, opinion: str) -> None:
    with by.signing_for(by.giver_as(Role.DUTY_MANAGER)):
        locked.decide(status, by=by, opinion=opinion)


def _admit(takeover: Takeover, by: User) -> None:
    by.forget_seats()
    if not by.has_role(Role.DUTY_MANAGER):
        raise NotYours([Reason(_("The duty manager signs for files that are taken over."))])
    if takeover.entered_by(by):
        raise NotYours([Reason(_("You entered this file yourself. Another duty manager must sign for it."))])


@transaction.atomic
def grant(*, takeover: Takeover, by: User, opinion: str = "") -> Application:
    """Take a paper file over: its case comes in at its stage with everything before, in one transaction.

    Raises NotYours, Incomplete with every reason, or ValidationError when somebody was faster; then nothing
    has changed.
    """
    locked = lock(takeover)
    _admit(locked, by)
    case = replay(locked, signed_by=by)
    locked.application = case
    _decide(locked, Takeover.Status.GRANTED, by=by, opinion=opinion)
    notify(case, askers(locked, Role.COUNTER_CLERK), StaffNotice.About.TAKEN_OVER, by=by, words=locked.reference)
    return case


@transaction.atomic
def refuse(*, takeover: Takeover, by: User, reason: str) -> Takeover:
    """Send a paper file back to whoever entered it; it can be entered anew under the same number."""
    locked = lock(takeover)
    _admit(locked, by)
    _decide(locked, Takeover.Status.REFUSED, by=by, opinion=reason)
    return locked


def trial(takeover: Takeover, *, by: User) -> list[Reason]:
    """Everything that keeps a file from being taken over now: it is tried and rolled back."""
    with transaction.atomic():
        try:
            replay(takeover, signed_by=by)
        except Incomplete as refusal:
            return refusal.reasons
        finally:
            transaction.set_rollback(True)
    return []


def stated(takeover: Takeover) -> Stated:
    """What a file says, and what its passed stages still lack."""
    return read(takeover.kind, Stage(takeover.stage), takeover.data, strict=True)
