"""The managers' overview, its tables as Excel, and the lists that its sums of money come from."""

from itertools import islice
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.access import for_roles
from accounts.context_processors import current_role
from accounts.models import User
from accounts.roles import Role
from applications.forms.statistics import SpanForm
from applications.overview import keeping, money
from applications.overview.late_soon import late_soon, late_soon_table
from applications.overview.matrix import matrix
from applications.overview.tables import Table
from applications.selectors import SEES_ALL, visible_to
from applications.views.access import user_of
from applications.views.overview_charts import offices_chart, stages_chart
from applications.views.statistics import MANAGING
from waterservice.excel import workbook_response

# The administrator has no business with cases.
OVERSEEING = tuple(role for role in MANAGING if role != Role.ADMINISTRATOR)
SHOWN = 100


def _office_of(user: User) -> int | None:
    """The office whose limits somebody answers for; None for who sees the whole hall."""
    own = None if user.roles & SEES_ALL else user.office
    return own.pk if own is not None else None


@for_roles(*OVERSEEING)
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """Where the open cases stand, what will probably be late, what was kept, and the money of a span of days."""
    user, now = user_of(request), timezone.now()
    today, office, cases = timezone.localdate(now), _office_of(user), visible_to(user)
    form = SpanForm(request.GET)
    sums = money.sums(cases, form.filters()) if form.is_valid() else {}
    offices, stages = keeping.offices(today, office), keeping.stages(today, office)
    context = {
        "role": current_role(request),
        "matrix": matrix(cases, now),
        "warned": late_soon(cases, now, keeping.year_of(today, None)),
        "offices": offices,
        "offices_chart": offices_chart(offices),
        "month": keeping.month_of(today, office),
        "year": keeping.year_of(today, office),
        "stages": stages,
        "stages_chart": stages_chart(stages),
        "form": form,
        "sums": [(name, money.SOURCES[name], *found) for name, found in sums.items()],
        "span": form.filters() if form.is_valid() else None,
    }
    return render(request, "applications/overview.html", context, status=200 if form.is_valid() else 422)


def _table(user: User, name: str) -> Table:
    """One of the tables of the overview. Raises Http404 for a name that none has."""
    now = timezone.now()
    today, office = timezone.localdate(now), _office_of(user)
    if name == "matrix":
        return matrix(visible_to(user), now).table()
    if name == "late-soon":
        return late_soon_table(late_soon(visible_to(user), now, keeping.year_of(today, None)))
    if name == "offices":
        return keeping.offices_table(keeping.offices(today, office))
    if name == "stages":
        return keeping.stages_table(keeping.stages(today, office))
    raise Http404


@for_roles(*OVERSEEING)
@require_GET
def overview_export(request: HttpRequest, name: str) -> HttpResponse:
    """A table of the overview as Excel."""
    table = _table(user_of(request), name)
    return workbook_response(f"{table.name}-{timezone.localdate().isoformat()}.xlsx", table.headings, table.rows)


@for_roles(*OVERSEEING)
@require_GET
def money_sums_export(request: HttpRequest) -> HttpResponse:
    """The sums of money of a span of days as Excel."""
    form = SpanForm(request.GET)
    if not form.is_valid():
        return overview(request)
    span = form.filters()
    headings = [_("What"), _("entries"), _("Amount"), _("from"), _("until")]
    rows = [
        [str(money.SOURCES[key].label), how_many, amount, span.first, span.last]
        for key, (how_many, amount) in money.sums(visible_to(user_of(request)), span).items()
    ]
    return workbook_response(_("money-{first}-{last}.xlsx").format(first=span.first, last=span.last), headings, rows)


@for_roles(*OVERSEEING)
@require_GET
def money_list(request: HttpRequest, name: str) -> HttpResponse:
    """What a sum of money consists of."""
    source, form = _source(name), SpanForm(request.GET)
    context: dict[str, Any] = {"name": name, "source": source, "form": form}
    if form.is_valid():
        cases, span = visible_to(user_of(request)), form.filters()
        rows = source.rows(cases, span)
        how_many, amount = rows.order_by().count(), source.sum(rows)
        context |= {"lines": list(islice(money.lines(name, cases, span), SHOWN)), "count": how_many, "amount": amount}
        context |= {"span": span, "more": how_many > SHOWN}
    return render(request, "applications/overview_money.html", context, status=200 if form.is_valid() else 422)


@for_roles(*OVERSEEING)
@require_GET
def money_list_export(request: HttpRequest, name: str) -> HttpResponse:
    """The same list as Excel, all of it."""
    source, form = _source(name), SpanForm(request.GET)
    if not form.is_valid():
        return money_list(request, name)
    span = form.filters()
    rows = ((line.number, *line.cells, line.amount) for line in money.lines(name, visible_to(user_of(request)), span))
    filename = f"{source.label}-{span.first}-{span.last}.xlsx"
    return workbook_response(filename, [str(heading) for heading in source.headings], rows)


def _source(name: str) -> money.Source:
    if name not in money.SOURCES:
        raise Http404
    return money.SOURCES[name]
