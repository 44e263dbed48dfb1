"""Paper files of a new connection in tests: those of the demo, entered by the tour's people."""

from datetime import date
from typing import Any

from accounts.models import User
from accounts.roles import Role
from applications.demo import paper_files as demo
from applications.demo.paper_files import ABOUTS, AMOUNT, KIND, account_number, days_ago
from applications.models import Application, Takeover
from applications.stages import Stage
from applications.takeover import signing
from applications.tour import cast
from applications.tour.cast import colleague

__all__ = ["ABOUTS", "AMOUNT", "KIND", "account_number", "days_ago", "enter", "file_data", "on", "taken_over"]


def file_data(stage: Stage, **options: Any) -> dict[str, Any]:
    """What is typed in of a file that stands at a stage, see `demo.file_data`."""
    unit = colleague(Role.CONSTRUCTION_UNIT).office
    book = cast.reading_book(colleague(Role.BUSINESS_CLERK))
    return demo.file_data(stage, unit=unit, book=book, **options)


def enter(stage: Stage, *, by: User | None = None, scans: tuple[str, ...] = ABOUTS, **options: Any) -> Takeover:
    """A file entered by the counter."""
    return signing.enter(
        by=by or colleague(Role.COUNTER_CLERK),
        kind=KIND,
        stage=stage,
        data=file_data(stage, **options),
        scans=[(about, cast.scan(about)) for about in scans],
    )


def taken_over(stage: Stage, **options: Any) -> Application:
    """A case that was taken over at a stage, signed by the duty manager."""
    return signing.grant(takeover=enter(stage, **options), by=colleague(Role.DUTY_MANAGER))


def on(day: str) -> date:
    return date.fromisoformat(day)
