"""Statistics of time: one screen with a chart, and the same as Excel."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.access import for_roles
from accounts.roles import Role
from applications.forms.statistics import StatisticsForm
from applications.statistics import GROUPINGS, figures
from applications.views.bars import chart
from waterservice.excel import workbook_response

MANAGING = (
    Role.DUTY_MANAGER,
    Role.BUSINESS_MANAGER,
    Role.RESPONSIBLE_LEADER,
    Role.DEPUTY_GENERAL_MANAGER,
    Role.ADMINISTRATOR,
    Role.AUDITOR,
)


@for_roles(*MANAGING)
@require_GET
def statistics(request: HttpRequest) -> HttpResponse:
    """Finished, late, extended, median and 90th percentile of net working days."""
    form = StatisticsForm(request.GET)
    by = form.cleaned_data["by"] if form.is_valid() else ""
    lines = figures(form.filters(), by) if by else []
    context = {
        "form": form,
        "by": by,
        "heading": GROUPINGS.get(by, ""),
        "lines": lines,
        "chart": chart(lines),
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
    filters, by = form.filters(), form.cleaned_data["by"]
    headings = [
        str(GROUPINGS[by]),
        _("time limit"),
        _("finished"),
        _("late"),
        _("extended"),
        _("on time, %"),
        _("median, working days"),
        _("90th percentile, working days"),
        _("median with waiting for the applicant, working days"),
    ]
    rows = [line.cells() for line in figures(filters, by)]
    name = _("statistics-{first}-{last}.xlsx").format(first=filters.first, last=filters.last)
    return workbook_response(name, headings, rows)
