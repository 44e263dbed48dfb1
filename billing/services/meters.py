"""A change of the meter (换表): what the old one showed last, what the new one begins with."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction

from accounts import services as registry
from accounts.models import Meter, MeterAccount, User
from billing.models import Reading
from billing.services import locks
from billing.services.readings import running, write


@transaction.atomic
def change_meter(
    *,
    account: MeterAccount,
    last_reading: int,
    number: str,
    calibre: int,
    first_reading: int,
    on: date,
    by: User,
    rolled_over: bool = False,
    remark: str = "",
    **details: Any,
) -> Meter:
    """Replace the meter of an active account: the old one's last reading (m³), the new one and its first reading.

    What ran through the old meter is billed together with what runs through the new one. `details` are further
    columns of the new meter. Raises ValidationError as `record_reading` does, and for a number on record already.
    """
    locked = locks.lock_accounts([account.pk])[account.pk]
    standing = running(locked)
    write(
        standing,
        reading=last_reading,
        read_on=on,
        by=by,
        kind=Reading.Kind.REMOVAL,
        rolled_over=rolled_over,
        remark=remark,
    )
    new = registry.replace_meter(
        account=account, number=number, calibre=calibre, first_reading=first_reading, on=on, by=by, **details
    )
    Reading(account=locked, meter=new, kind=Reading.Kind.INSTALLED, reading=first_reading, read_on=on, reader=by).save(
        force_insert=True
    )
    return new
