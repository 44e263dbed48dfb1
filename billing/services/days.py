"""The cashier's day: which sheet a movement stands on, counting and closing it, the countersignature (日结)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from billing import selectors
from billing.models import DayCount, DaySheet, PayMethod
from billing.models.days import DENOMINATIONS
from waterservice.calendar import calendar
from waterservice.money import ZERO, yuan
from waterservice.text import clean_line


def sheet_of(cashier_id: int) -> DaySheet:
    """The open sheet, locked, on which stands what moves in a cashier's drawer at this moment.

    That is today's; once today is closed, the one of the next working day, which the movement then opens.
    Comes after the locks of statement and accounts, before the number of a receipt.
    """
    day = timezone.localdate()
    while True:
        DaySheet.objects.get_or_create(cashier_id=cashier_id, day=day)
        sheet: DaySheet = DaySheet.objects.select_for_update().get(cashier_id=cashier_id, day=day)
        if not sheet.closed:
            return sheet
        day = calendar().add_working_days(day, 1)


@transaction.atomic
def close_day(
    *,
    sheet: DaySheet,
    counted: Mapping[PayMethod, Decimal],
    explanations: Mapping[PayMethod, str],
    by: User,
    denominations: Mapping[Decimal, int] | None = None,
) -> DaySheet:
    """Close a cashier's day: what was counted of each method (yuan) against what is recorded; nothing changes after.

    `denominations` says how many of which note or coin; their sum is then the counted cash. Raises
    ValidationError for a day that is closed or to come, a method that moved and was not counted, notes that do
    not exist, and a difference that nobody explains.
    """
    locked: DaySheet = DaySheet.objects.select_for_update().select_related("cashier").get(pk=sheet.pk)
    if locked.closed:
        raise ValidationError(_("This day is closed already."))
    if locked.day > timezone.localdate():
        raise ValidationError(
            _("%(day)s has not come yet. It is closed when it is over."), params={"day": locked.day.isoformat()}
        )
    rows = selectors.takings_of(locked)
    recorded = selectors.recorded(rows)
    figures = dict(counted)
    if denominations:
        figures[PayMethod.CASH] = _in_notes(denominations)
    missing = [str(method.label) for method in recorded if method not in figures]
    if missing:
        raise ValidationError(_("Count what came in by: %(methods)s."), params={"methods": _(", ").join(missing)})
    for method in recorded:
        _count(locked, method, recorded[method], figures[method], explanations.get(method, ""))
    locked.closed_at, locked.closed_by = timezone.now(), by
    locked.denominations = {str(note): count for note, count in (denominations or {}).items() if count}
    locked.lines = [selectors.as_line(row) for row in rows]
    locked.save(update_fields=["closed_at", "closed_by", "denominations", "lines"])
    return locked


def _in_notes(denominations: Mapping[Decimal, int]) -> Decimal:
    for note, count in denominations.items():
        if note not in DENOMINATIONS or count < 0:
            raise ValidationError(_("There is no note or coin of %(note)s."), params={"note": yuan(note)})
    return sum((note * count for note, count in denominations.items()), ZERO)


def _count(sheet: DaySheet, method: PayMethod, recorded: Decimal, counted: Decimal, explanation: str) -> None:
    words = clean_line(explanation)
    if counted != recorded and not words:
        raise ValidationError(
            _("%(method)s: %(counted)s was counted, %(recorded)s is recorded. Explain the difference."),
            params={"method": method.label, "counted": yuan(counted), "recorded": yuan(recorded)},
        )
    count = DayCount(sheet=sheet, method=method, recorded=recorded, counted=counted, explanation=words)
    count.clean_fields(exclude=["sheet"])
    count.save(force_insert=True)


@transaction.atomic
def countersign_day(*, sheet: DaySheet, by: User) -> DaySheet:
    """The duty manager has looked at a closed day.

    Raises ValidationError for a day that is open or countersigned already, and for one's own.
    """
    locked: DaySheet = DaySheet.objects.select_for_update().get(pk=sheet.pk)
    if not locked.closed:
        raise ValidationError(_("This day is not closed yet. The cashier counts and closes it first."))
    if locked.countersigned_at is not None:
        raise ValidationError(_("This day has been countersigned already."))
    if locked.cashier_id in by.hands or locked.closed_by_id in by.hands:
        raise ValidationError(_("Nobody countersigns their own day. Another duty manager does."))
    locked.countersigned_at, locked.countersigned_by = timezone.now(), by
    locked.save(update_fields=["countersigned_at", "countersigned_by"])
    return locked
