"""Readings: recorded, confirmed, corrected. Each locks the account first, as bills do."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.history import save_as
from accounts.models import AccountStatus, MeterAccount, User
from accounts.roles import BUSINESS_OFFICE
from billing import selectors
from billing.models import Reading, ReadingQuerySet
from billing.plausibility import doubts, refuse_the_impossible, usage_between
from billing.selectors.readings import CHANGE
from billing.services import locks
from billing.services.checks import said
from billing.terms import SUSPICIOUS_FACTOR
from waterservice.models import StoredFile
from waterservice.text import clean_line


@transaction.atomic
def record_reading(
    *,
    account: MeterAccount,
    reading: int,
    read_on: date,
    by: User,
    kind: str = Reading.Kind.REGULAR,
    rolled_over: bool = False,
    remark: str = "",
    photograph: StoredFile | None = None,
) -> Reading:
    """Record what the meter of an account showed (m³) on a day; a holder's `photograph` waits for confirmation.

    Raises ValidationError for an account without running water, a day to come or before the last reading, a
    figure below the last one without roll-over or above what the meter can show, and a second first reading.
    """
    standing = running(locks.lock_accounts([account.pk])[account.pk])
    if kind == Reading.Kind.FIRST and _first_readings(account).exists():
        raise ValidationError(
            _("Account %(number)s has its first reading already."), params={"number": standing.account.number}
        )
    return write(
        standing,
        reading=reading,
        read_on=read_on,
        by=by,
        kind=kind,
        rolled_over=rolled_over,
        remark=remark,
        photograph=photograph,
    )


@transaction.atomic
def record_first_reading(
    *, account: MeterAccount, reading: int, read_on: date, by: User, expected: int | None, sure: bool = False
) -> Reading:
    """Record the first reading (m³) of an account (NC-13) of which so many m³ a month are expected.

    Raises ValidationError as `record_reading` does, and on `sure` for a doubted figure that nobody has looked at again.
    """
    standing = running(locks.lock_accounts([account.pk])[account.pk])
    row = record_reading(account=account, reading=reading, read_on=read_on, by=by, kind=Reading.Kind.FIRST)
    _refuse_unless_sure(judged(standing, reading, expected=expected), sure)
    return row


class Judged(NamedTuple):
    """What a possible reading comes to: the m³ that no bill asks for yet, and what is suspicious about them."""

    usage: int
    doubts: list[str]


def judged(
    standing: selectors.Standing,
    reading: int,
    *,
    rolled_over: bool = False,
    expected: int | None = None,
    whole: bool = True,
) -> Judged:
    """Look at a possible reading (m³) as `plausibility.doubts` does, beside the last periods of its account."""
    meter = standing.account.meter
    assert meter is not None
    usage = standing.used + usage_between(standing.value, reading, rolled_over=rolled_over, turn=meter.turn)
    factor = SUSPICIOUS_FACTOR.on(timezone.localdate())
    return Judged(usage, doubts(usage, standing.recent, factor=factor, expected=expected, whole=whole))


def _refuse_unless_sure(found: Judged, sure: bool) -> None:
    if found.doubts and not sure:
        raise ValidationError({"sure": found.doubts})


def _first_readings(account: MeterAccount) -> ReadingQuerySet:
    return Reading.objects.counting().filter(account=account, kind=Reading.Kind.FIRST)


def running(account: MeterAccount) -> selectors.Standing:
    """Where a locked account stands. Raises ValidationError when no water runs through a meter of it."""
    standing = selectors.standing(account) if account.status == AccountStatus.ACTIVE else None
    if standing is None:
        raise ValidationError(_("Account %(number)s has no running meter to read."), params={"number": account.number})
    return standing


def write(
    standing: selectors.Standing,
    *,
    reading: int,
    read_on: date,
    by: User,
    kind: str,
    rolled_over: bool = False,
    remark: str = "",
    photograph: StoredFile | None = None,
) -> Reading:
    """Add a reading of the present meter of a locked account. Raises ValidationError for the impossible."""
    meter = standing.account.meter
    assert meter is not None
    refuse_the_impossible(
        reading=reading,
        read_on=read_on,
        rolled_over=rolled_over,
        last=standing.value,
        last_on=standing.day,
        turn=meter.turn,
        today=timezone.localdate(),
        can_tick=kind != Reading.Kind.FIRST,
    )
    row = Reading(
        account=standing.account,
        meter=meter,
        kind=kind,
        source=Reading.Source.PHOTOGRAPH if photograph else Reading.Source.READER,
        reading=reading,
        rolled_over=rolled_over,
        read_on=read_on,
        reader=by,
        remark=clean_line(remark),
        photograph=photograph,
    )
    return _added(row)


def _added(row: Reading) -> Reading:
    row.clean_fields(exclude=["account", "meter", "reader", "photograph", "corrects"])
    row.save(force_insert=True)
    return row


@transaction.atomic
def confirm_reading(*, reading: Reading, by: User) -> Reading:
    """Let a holder's photograph count: the business office has compared it with the figure.

    Raises ValidationError for anybody else, one's own upload, what needs no confirmation, and when a later
    reading has made it impossible meanwhile.
    """
    standing = running(locks.lock_accounts([reading.account_id])[reading.account_id])
    waiting = next((row for row in standing.waiting if row.pk == reading.pk), None)
    if waiting is None:
        raise ValidationError(_("This reading does not wait for confirmation any more."))
    if not by.has_role(*BUSINESS_OFFICE):
        raise ValidationError(_("The business office confirms the photographs of holders."))
    if waiting.reader_id in by.hands:
        raise ValidationError(_("You recorded this photograph yourself. Somebody else must confirm it."))
    if waiting.meter_id != standing.account.meter_id:
        raise ValidationError(_("The photograph shows a meter that was changed meanwhile. Ask for another."))
    refuse_the_impossible(
        reading=waiting.reading,
        read_on=waiting.read_on,
        rolled_over=waiting.rolled_over,
        last=standing.value,
        last_on=standing.day,
        turn=waiting.meter.turn,
        today=timezone.localdate(),
        can_tick=False,
    )
    waiting.confirmed_by, waiting.confirmed_at = by, timezone.now()
    waiting.save(update_fields=["confirmed_by", "confirmed_at"])
    return waiting


@transaction.atomic
def correct_reading(
    *,
    wrong: Reading,
    reading: int,
    reason: str,
    by: User,
    read_on: date | None = None,
    rolled_over: bool = False,
) -> Reading:
    """Put another reading (m³) in the place of a wrong one that is not billed yet; both stay on record.

    It is of the same day unless `read_on` says otherwise. Raises ValidationError without a reason, for one
    that is billed or corrected already, or has a later one of the same meter upon it, and for the impossible.
    """
    locked = locks.lock_accounts([wrong.account_id])[wrong.account_id]
    standing = running(locked)
    row = Reading.objects.with_before().select_related("meter", "correction").get(pk=wrong.pk)
    day = read_on or row.read_on
    _refuse_what_is_built_upon(row, standing)
    if row.kind in CHANGE and day != row.read_on:
        raise ValidationError({"read_on": _("The day of a meter change stays; correct the figure only.")})
    last, last_on = (standing.value, standing.day) if row.waits else _before(row, standing)
    refuse_the_impossible(
        reading=reading,
        read_on=day,
        rolled_over=rolled_over,
        last=reading if row.kind == Reading.Kind.INSTALLED else last,
        last_on=last_on,
        turn=row.meter.turn,
        today=timezone.localdate(),
    )
    correction = Reading(
        account=locked,
        meter=row.meter,
        kind=row.kind,
        reading=reading,
        rolled_over=rolled_over,
        read_on=day,
        reader=by,
        corrects=row,
        reason=said(reason),
    )
    if row.kind == Reading.Kind.INSTALLED:
        row.meter.first_reading = reading
        save_as(row.meter, by=by)
    return _added(correction)


def _refuse_what_is_built_upon(row: Reading, standing: selectors.Standing) -> None:
    if hasattr(row, "correction"):
        raise ValidationError(_("This reading has been corrected already. Correct the newer one."))
    if row.waits:
        return
    if row.pk not in {each.pk for each in standing.unbilled}:
        raise ValidationError(_("This reading is billed. Have the bill reversed first, then correct the reading."))
    if Reading.objects.counting().filter(meter=row.meter, pk__gt=row.pk).exists():
        raise ValidationError(_("A later reading of this meter counts from it. Correct that one first."))


def _before(row: Reading, standing: selectors.Standing) -> tuple[int, date]:
    """What the meter showed before a reading that is not billed, and when."""
    if row.kind == Reading.Kind.INSTALLED:
        return row.meter.first_reading, row.meter.installed_on
    last_on = row.before_on or row.meter.installed_on
    if standing.anchor is not None and standing.billed_until:
        last_on = max(last_on, standing.billed_until)
    return standing.last_before(row), last_on


@transaction.atomic
def record_final_reading(
    *,
    account: MeterAccount,
    reading: int,
    read_on: date,
    by: User,
    photograph: StoredFile | None = None,
    rolled_over: bool = False,
    remark: str = "",
    sure: bool = False,
) -> Reading:
    """Record the reading (m³) at which an account changes hands (OT-7).

    The business office reads it at the meter; anybody may hand in the holder's `photograph`, which counts from
    its confirmation on. Raises ValidationError as `record_reading` does, and on `sure` for a doubted figure of a
    reader that nobody has looked at again.
    """
    if photograph is None and not by.has_role(*BUSINESS_OFFICE):
        raise ValidationError(
            _("The business office reads the meter. Without its reader, hand in the holder's photograph.")
        )
    standing = running(locks.lock_accounts([account.pk])[account.pk])
    anchor = standing.anchor
    if anchor is not None and standing.value == anchor != reading and read_on == standing.billed_until:
        raise ValidationError(
            {
                "reading": ValidationError(
                    _("Billed through %(day)s with %(reading)s m³. Take that figure, or read it again on a later day."),
                    params={"day": read_on.isoformat(), "reading": anchor},
                )
            }
        )
    row = record_reading(
        account=account,
        reading=reading,
        read_on=read_on,
        by=by,
        kind=Reading.Kind.FINAL,
        rolled_over=rolled_over,
        remark=remark,
        photograph=photograph,
    )
    if photograph is None:
        _refuse_unless_sure(judged(standing, reading, rolled_over=rolled_over, whole=False), sure)
    return row
