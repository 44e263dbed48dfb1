"""Statistics of time: one screen with a chart, and the same as Excel."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.access import for_roles
from accounts.roles import Role
from applications.forms.statistics import StatisticsForm
from applications.statistics import Figures, figures
from waterservice.excel import workbook_response

MANAGING = (
    Role.DUTY_MANAGER,
    Role.BUSINESS_MANAGER,
    Role.RESPONSIBLE_LEADER,
    Role.DEPUTY_GENERAL_MANAGER,
    Role.ADMINISTRATOR,
    Role.AUDITOR,
)
LINE, LABELS, WIDTH = 34, 220, 900


@dataclass(frozen=True)
class Bar:
    """One line of the chart, in the units of its drawing: median as a bar, 90th percentile as a thin one."""

    figures: Figures
    y: int
    median: float
    p90: float


def chart(lines: list[Figures]) -> list[Bar]:
    """The lines drawn to the scale of the longest 90th percentile."""
    longest = max((line.p90 for line in lines), default=0) or 1
    scale = (WIDTH - LABELS - 60) / longest
    return [Bar(line, place * LINE, line.median * scale, line.p90 * scale) for place, line in enumerate(lines)]


@for_roles(*MANAGING)
@require_GET
def statistics(request: HttpRequest) -> HttpResponse:
    """Finished, late, extended, median and 90th percentile of net working days."""
    form = StatisticsForm(request.GET)
    lines = figures(form.filters(), form.cleaned_data["by"]) if form.is_valid() else []
    context = {
        "form": form,
        "lines": lines,
        "bars": chart(lines),
        "labels": LABELS,
        "width": WIDTH,
        "height": max(len(lines) * LINE, LINE),
        "query": request.GET.urlencode(),
    }
    return render(request, "applications/statistics.html", context, status=200 if form.is_valid() else 422)


@for_roles(*MANAGING)
@require_GET
def statistics_export(request: HttpRequest) -> HttpResponse:
    """The same table as Excel."""
    form = StatisticsForm(request.GET)
    if not form.is_valid():
        return statistics(request)
    filters = form.filters()
    headings = [
        str(form.fields["by"].label),
        _("time limit"),
        _("finished"),
        _("late"),
        _("extended"),
        _("on time, %"),
        _("median, working days"),
        _("90th percentile, working days"),
    ]
    rows = [
        [ln.label, ln.limit, ln.finished, ln.late, ln.extended, ln.on_time_percent, ln.median, ln.p90]
        for ln in figures(filters, form.cleaned_data["by"])
    ]
    name = _("statistics-{first}-{last}.xlsx").format(first=filters.first, last=filters.last)
    return workbook_response(name, headings, rows)
