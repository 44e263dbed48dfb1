"""What the requests have to do when a deputy is appointed or their time is ended: tell those whom it concerns."""

from typing import Any

from django.dispatch import receiver

from accounts.deputies import deputy_ended, deputy_named, told
from accounts.models import Delegation, User
from accounts.roles import Role
from applications.models import StaffNotice
from waterservice.text import labelled


@receiver(deputy_named)
def tell_of_appointment(delegation: Delegation, by: User, **signal: Any) -> None:
    _tell(delegation, by, StaffNotice.About.DEPUTY_NAMED)


@receiver(deputy_ended)
def tell_of_end(delegation: Delegation, by: User, **signal: Any) -> None:
    _tell(delegation, by, StaffNotice.About.DEPUTY_ENDED)


def _tell(delegation: Delegation, by: User, about: str) -> None:
    days = f"{delegation.first_day.isoformat()} – {delegation.last_day.isoformat()}"
    words = f"{labelled(Role(delegation.role).label, delegation)} {days}"
    for person in told(delegation, by):
        StaffNotice.objects.create(recipient=person, about=about, words=words[:400], sender=by)
