"""What will probably be late in the next days, and why one thinks so (docs/decisions/0018)."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.engine.limits import closed_pauses, standstills
from applications.models import Application, Clock
from applications.overview.tables import Table
from applications.register import COLUMNS, Row
from applications.statistics import Filters
from applications.statistics.figures import median
from applications.statistics.stages import fulfilled
from waterservice.calendar import calendar
from waterservice.hours import at_hour
from waterservice.workdays import ONE_DAY

AHEAD = 5  # working days
FEWEST = 3  # fewer cases say nothing about what is usual


@dataclass(frozen=True)
class Warned:
    """A case that will probably be late: what its limit is about; working days: what it usually takes, used, left."""

    case: Application
    about: str
    usual: int | float
    used: int
    left: int

    @property
    def row(self) -> Row:
        return Row(self.case)

    @property
    def reason(self) -> str:
        used = _("{days} used").format(days=self.used)
        left = _("{days} left").format(days=self.left)
        usually = ngettext(
            "{about} usually takes {days} working day", "{about} usually takes {days} working days", int(self.usual)
        )
        return _("{usually}; {used}, {left}").format(
            usually=usually.format(about=self.about, days=self.usual), used=used, left=left
        )


def late_soon(cases: QuerySet[Application], now: datetime, year: Filters) -> list[Warned]:
    """The open ones of these cases that are due in the next five working days and usually take longer than is left.

    The nearest due first. What is past its due moment is late already and not among them. Three queries.
    """
    today = timezone.localdate(now)
    end = at_hour(calendar().add_working_days(today, AHEAD) + ONE_DAY, datetime.min.time())
    nearest = (
        Clock.objects.filter(stopped_at=None, due_at__gte=now, due_at__lt=end, due_at=F("application__due_at"))
        .filter(application__in=cases.order_by().values("pk"))
        .select_related("application__applicant", "application__premises", "application__holder", "application__office")
        .prefetch_related("application__suspensions")
        .order_by("due_at", "application", "pk")
    )
    usual, found = _usual(year), {}
    for clock in nearest:
        took = usual.get((clock.application.kind, clock.stage if not clock.fulfilled_by else "", clock.fulfilled_by))
        if took is None or clock.application_id in found:
            continue
        warned = Warned(clock.application, clock.about, took, _used(clock, today), _left(clock, today))
        if took - warned.used > warned.left:
            found[clock.application_id] = warned
    return list(found.values())


def _usual(year: Filters) -> dict[tuple[str, str, str], int | float]:
    """By kind, stage and awaited deed: the median of net working days, where enough were finished."""
    days: dict[tuple[str, str, str], Counter[int]] = defaultdict(Counter)
    for kind, stage, awaited, net, how_many in fulfilled(year).values_list(
        "application__kind", "stage", "fulfilled_by", "net_days", Count("pk")
    ):
        days[kind, "" if awaited else stage, awaited][net] += how_many
    return {key: median(counted) for key, counted in days.items() if sum(counted.values()) >= FEWEST}


def _used(clock: Clock, today: date) -> int:
    """Net working days from the day after the event to today."""
    pauses = closed_pauses(standstills(clock.application.suspensions.all()))
    return calendar().working_days_between(clock.started_on, max(today, clock.started_on), pauses)


def _left(clock: Clock, today: date) -> int:
    """Working days behind today, with that of the due moment."""
    assert clock.due_at is not None
    return calendar().working_days_between(today, timezone.localdate(clock.due_at))


def late_soon_table(warned: list[Warned]) -> Table:
    headings = [*(str(column.heading) for column in COLUMNS), _("Why")]
    rows = [[*(cell.value for cell in each.row.cells), each.reason] for each in warned]
    return Table(_("probably late"), headings, rows)
