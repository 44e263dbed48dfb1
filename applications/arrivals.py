"""Suspended cases whose awaited thing arrived elsewhere, as when a bill was paid at the till, go on by themselves."""

from django.db import transaction

from applications.engine.doors import go_on_with_what_arrived
from applications.models import Application
from applications.selectors import OPEN


def resume_arrived() -> int:
    """Let every suspended case go on whose awaited thing has arrived; returns how many do.

    Each is its own transaction under its lock, so that it can be stopped anywhere, and run twice or by two machines.
    """
    waiting = Application.objects.filter(OPEN, suspended=True).values_list("pk", flat=True)
    return sum(_resume(case_id) for case_id in list(waiting))


@transaction.atomic
def _resume(case_id: int) -> bool:
    return go_on_with_what_arrived(Application.objects.select_for_update().get(pk=case_id))
