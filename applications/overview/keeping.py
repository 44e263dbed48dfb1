"""What was kept: limits by office, and the usual time of each stage against what the procedure promises."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from applications.overview.tables import Table
from applications.statistics import Figures, Filters, figures
from waterservice.workdays import ONE_DAY


def month_of(today: date, office: int | None) -> Filters:
    """From the first of the month to today."""
    return Filters(today.replace(day=1), today, office=office)


def year_of(today: date, office: int | None) -> Filters:
    """The last twelve months with today: from the day after the same day a year ago."""
    leap_day = (today.month, today.day) == (2, 29)
    ago = today.replace(year=today.year - 1, day=28 if leap_day else today.day)
    return Filters(ago + ONE_DAY, today, office=office)


@dataclass(frozen=True)
class OfficeLine:
    """An office: its completed cases of this month and of the last twelve, and how many of them were in time."""

    label: str
    month: Figures
    year: Figures


def offices(today: date, office: int | None = None) -> list[OfficeLine]:
    """A line for each office that had a limit in a case completed in the last twelve months."""
    recent = {line.label: line for line in figures(month_of(today, office), "office")}
    whole = {line.label: line for line in figures(year_of(today, office), "office")}
    return [OfficeLine(label, recent.get(label, Figures(label)), line) for label, line in whole.items()]


def offices_table(lines: list[OfficeLine]) -> Table:
    headings = [
        _("Office"),
        _("this month: completed"),
        _("this month: late"),
        _("this month: on time, %"),
        _("12 months: completed"),
        _("12 months: late"),
        _("12 months: on time, %"),
    ]
    rows = [
        [line.label, *_cells(line.month), *_cells(line.year)]  # of no case at all there is no rate
        for line in lines
    ]
    return Table(_("on time by office"), headings, rows)


def _cells(found: Figures) -> list[object]:
    return [found.judged, found.late, found.on_time_percent if found.judged else None]


def stages(today: date, office: int | None = None) -> list[Figures]:
    """The stages and duties that have a limit, of the last twelve months, in the order of the routes."""
    return [line for line in figures(year_of(today, office), "stage") if line.limited]


def stages_table(lines: list[Figures]) -> Table:
    headings = [
        _("Stage"),
        _("promise"),
        _("promise, working days"),
        _("finished"),
        _("median, working days"),
        _("90th percentile, working days"),
        _("late"),
        _("on time, %"),
    ]
    rows = [
        [line.label, line.limit, line.promise, line.finished, line.median, line.p90, line.late, line.on_time_percent]
        for line in lines
    ]
    return Table(_("median against promise"), headings, rows)
