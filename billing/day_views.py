"""The cashier's day: what was taken, counting and closing it, the list of days, the countersignature."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.access import for_roles
from accounts.models import User
from accounts.roles import Role
from billing import papers, selectors, services
from billing.day_forms import CloseDayForm, DayForm, EdgeForm
from billing.menu import SUPERVISORS
from billing.models import DaySheet, PayMethod
from billing.selectors import Taking
from waterservice.excel import workbook_response
from waterservice.money import ZERO

SHOWN = 50  # closed days on a page


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


# -- takings -----------------------------------------------------------------------------------------------


def _day_and_cashier(request: HttpRequest) -> tuple[DayForm, date, User | None]:
    """Which sheet is asked for; what can't be read falls back to today, a cashier's always to their own."""
    person = _person(request)
    form = DayForm(request.GET)
    form.is_valid()
    asked = form.cleaned_data.get("cashier") if person.has_role(*SUPERVISORS) else person
    return form, form.cleaned_data.get("day") or timezone.localdate(), asked


@for_roles(Role.CASHIER, *SUPERVISORS)
@require_GET
def day(request: HttpRequest) -> HttpResponse:
    """A day's takings, one by one and by method; of one cashier, with the way to close the day."""
    form, on, cashier = _day_and_cashier(request)
    rows = selectors.takings(on, cashier)
    sheet = selectors.day_sheet(cashier, on) if cashier else None
    context = {
        "form": form,
        "on": on,
        "cashier": cashier,
        "supervises": _person(request).has_role(*SUPERVISORS),
        "rows": rows,
        "totals": selectors.totals(rows),
        "total": sum((row.amount for row in rows), ZERO),
        "sheet": sheet,
        "may_close": sheet is not None and _may_close(_person(request), sheet),
    }
    return render(request, "billing/day.html", context)


@for_roles(Role.CASHIER, *SUPERVISORS)
@require_GET
def day_export(request: HttpRequest) -> HttpResponse:
    """The same sheet as a workbook."""
    _form, on, cashier = _day_and_cashier(request)
    return _workbook(on, (_as_row(row) for row in selectors.takings(on, cashier)))


def _workbook(on: date, rows: Iterable[tuple[Any, ...]]) -> HttpResponse:
    headings = [
        _("Recorded at"),
        _("What"),
        _("Receipt"),
        _("Case or account"),
        _("Payer"),
        _("Method"),
        _("Reference"),
        _("Amount (yuan)"),
        _("Happened on"),
        _("Cashier"),
        _("Reason"),
        _("Of it late charge (yuan)"),
    ]
    return workbook_response(_("takings {day}.xlsx").format(day=on.isoformat()), headings, rows)


def _as_row(row: Taking) -> tuple[Any, ...]:
    return (
        row.recorded_at,
        row.what,
        row.receipt,
        row.reference,
        row.payer,
        str(row.method.label),
        row.slip,
        row.amount,
        row.happened_on,
        row.cashier.name,
        row.reason,
        row.late_charge,
    )


# -- days --------------------------------------------------------------------------------------------------


@for_roles(Role.CASHIER, *SUPERVISORS)
@require_GET
def days(request: HttpRequest) -> HttpResponse:
    """The days that are not closed, those to countersign, and those that are done, newest first."""
    person = _person(request)
    everybody = person.has_role(*SUPERVISORS)
    mine = {} if everybody else {"cashier": person}
    edge = EdgeForm(request.GET)
    follows = edge.cleaned_data if edge.is_valid() else {}
    signed = selectors.closed_day_sheets(**follows).filter(**mine, countersigned_at__isnull=False)
    closed = list(signed.prefetch_related("counts")[: SHOWN + 1])
    unclosed = list(selectors.open_day_sheets().filter(**mine))
    sums = selectors.recorded_on(unclosed)
    context = {
        "open": [(sheet, sums[sheet.pk]) for sheet in unclosed],
        "waiting": list(selectors.day_sheets_to_countersign().filter(**mine).prefetch_related("counts")),
        "closed": closed[:SHOWN],
        "more": closed[SHOWN - 1] if len(closed) > SHOWN else None,
        "today": timezone.localdate(),
        "everybody": everybody,
    }
    return render(request, "billing/days.html", context)


def _sheet(request: HttpRequest, key: int) -> DaySheet:
    """A sheet that this person may see: one's own, or any for those who supervise."""
    sheet = get_object_or_404(DaySheet.objects.select_related("cashier", "closed_by", "countersigned_by"), pk=key)
    if sheet.cashier != request.user and not _person(request).has_role(*SUPERVISORS):
        raise Http404
    return sheet


def _may_close(person: User, sheet: DaySheet) -> bool:
    """A cashier closes their own day; the duty manager that of somebody who is away."""
    arrived = sheet.day <= timezone.localdate()
    own = sheet.cashier_id == person.pk and person.has_role(Role.CASHIER)
    return not sheet.closed and arrived and (own or person.has_role(Role.DUTY_MANAGER))


@for_roles(Role.CASHIER, *SUPERVISORS)
@require_GET
def sheet(request: HttpRequest, key: int) -> HttpResponse:
    """A closed day as it was counted, with the countersignature; an open one leads to its counting."""
    found = _sheet(request, key)
    if not found.closed:
        return redirect("billing:close-day", key=key)
    person = _person(request)
    signs = found.countersigned_at is None and person.has_role(Role.DUTY_MANAGER)
    context = {
        "sheet": found,
        "counts": list(found.counts.all()),
        "lines": [_kept(line) for line in found.lines],
        "may_countersign": signs and found.cashier_id not in person.hands and found.closed_by_id not in person.hands,
    }
    return render(request, "billing/sheet.html", context)


def _kept(line: dict[str, Any]) -> dict[str, Any]:
    """A line of a closed sheet, read back from how it was kept."""
    return {
        **line,
        "recorded_at": parse_datetime(line["recorded_at"]),
        "amount": Decimal(line["amount"]),
        "late_charge": Decimal(line["late_charge"]),
        "method": PayMethod(line["method"]),
    }


@for_roles(Role.CASHIER, *SUPERVISORS)
@require_http_methods(["GET", "POST"])
def close_day(request: HttpRequest, key: int) -> HttpResponse:
    """Count a day's takings by method, and close it."""
    found = _sheet(request, key)
    if found.closed:
        return redirect("billing:sheet", key=key)
    if not _may_close(_person(request), found):
        raise PermissionDenied
    rows = selectors.takings_of(found)
    form = CloseDayForm(request.POST or None, recorded=selectors.recorded(rows))
    if request.method == "POST" and form.is_valid():
        try:
            services.close_day(
                sheet=found,
                counted=form.counted(),
                explanations=form.explanations(),
                denominations=form.denominations(),
                by=_person(request),
            )
        except ValidationError as fault:
            form.add_error(None, fault.messages)
        else:
            messages.success(request, _("The day is closed. The duty manager countersigns it."))
            return redirect("billing:sheet", key=key)
    context = {"sheet": found, "form": form, "rows": rows}
    return render(request, "billing/close_day.html", context, status=422 if form.is_bound else 200)


@for_roles(Role.CASHIER, *SUPERVISORS)
@require_GET
def counted(request: HttpRequest, key: int) -> HttpResponse:
    """What the figures typed so far come to, beside what is recorded."""
    found = _sheet(request, key)
    form = CloseDayForm(request.GET, recorded=selectors.recorded(selectors.takings_of(found)))
    form.is_valid()
    return render(request, "billing/counted.html", {"rows": form.rows})


@for_roles(Role.DUTY_MANAGER)
@require_POST
def countersign(request: HttpRequest, key: int) -> HttpResponse:
    """The duty manager has looked at the closed day."""
    found = _sheet(request, key)
    try:
        services.countersign_day(sheet=found, by=_person(request))
    except ValidationError as fault:
        messages.error(request, " ".join(fault.messages))
    else:
        messages.success(request, _("The day is countersigned."))
    return redirect("billing:sheet", key=key)


@for_roles(Role.CASHIER, *SUPERVISORS)
@require_GET
def sheet_paper(request: HttpRequest, key: int) -> HttpResponse:
    """The closed day on paper."""
    found = _closed(request, key)
    return HttpResponse(papers.day_sheet_pdf(found), content_type="application/pdf")


@for_roles(Role.CASHIER, *SUPERVISORS)
@require_GET
def sheet_export(request: HttpRequest, key: int) -> HttpResponse:
    """The closed day as a workbook, from what was kept at its closing."""
    found = _closed(request, key)
    kept = [_kept(line) for line in found.lines]
    rows = (
        (
            line["recorded_at"],
            line["what"],
            line["receipt"],
            line["reference"],
            line["payer"],
            str(line["method"].label),
            line["slip"],
            line["amount"],
            date.fromisoformat(line["happened_on"]),
            line["cashier"],
            line["reason"],
            line["late_charge"],
        )
        for line in kept
    )
    return _workbook(found.day, rows)


def _closed(request: HttpRequest, key: int) -> DaySheet:
    found = _sheet(request, key)
    if not found.closed:
        raise Http404
    return found
