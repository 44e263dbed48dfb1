"""Deposits: the list until the last refund, and the page of one: prepare, approve, pay out, voucher."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from accounts.access import for_roles
from accounts.models import User
from accounts.roles import Role
from billing import selectors, services
from billing.deposit_forms import ForfeitDepositForm, OffsetDepositForm, PayDepositForm, RefundDepositForm
from billing.deposit_kinds import KINDS
from billing.forms import DecideWaiverForm
from billing.menu import DEPOSIT_DECIDERS, DEPOSIT_READERS
from billing.models import Deposit, DepositMove, DepositOrder
from waterservice.excel import workbook_response
from waterservice.keyset import SIZE, page_of
from waterservice.models import PEOPLE, StoredFile

TABS = {"due": gettext_lazy("To be returned"), "held": gettext_lazy("Held"), "ended": gettext_lazy("Ended")}


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


# -- the list --------------------------------------------------------------------------------------------------


@for_roles(*DEPOSIT_READERS)
@require_GET
def deposits(request: HttpRequest) -> HttpResponse:
    """Deposits to be returned, held, and ended; one stays here until nothing is left of it, whatever its case does."""
    today = timezone.localdate()
    tab, filters = _asked(request)
    found = selectors.deposits_of(tab, on=today, **filters)
    if tab == "due":
        rows, after = _due_page(found, request.GET.get("after", ""))
    else:
        page = page_of(found, request.GET.get("after", ""), newest_first=tab == "ended")
        rows, after = page.rows, str(page.next or "")
    context = {
        "tab": tab,
        "tabs": list(TABS.items()),
        "counts": selectors.deposit_counts(today),
        "filters": filters,
        "kinds": [(kind.clause, kind.label) for kind in KINDS.values()],
        "rows": _shown(rows, today),
        "after": after,
        "orders": list(selectors.open_deposit_orders()[:SIZE]) if tab == "due" and not after else [],
    }
    return render(request, "billing/deposits.html", context)


def _asked(request: HttpRequest) -> tuple[str, dict[str, str]]:
    """Which tab, and by what it is filtered; what is unknown falls back to what is to be returned, unfiltered."""
    tab, clause = request.GET.get("tab", ""), request.GET.get("clause", "")
    filters = {"text": request.GET.get("q", "").strip(), "clause": clause if clause in KINDS else ""}
    return tab if tab in TABS else "due", filters


def _due_page(found: QuerySet[Deposit], after: str) -> tuple[list[Deposit], str]:
    """A page of what is due, by due day; `after` is “2026-10-14 17”: the due day and key of the last row before."""
    day_text, _space, key = after.partition(" ")
    try:
        day: date | None = parse_date(day_text) if key.isascii() and key.isdecimal() and len(key) < 19 else None
    except ValueError:
        day = None
    rows = list(selectors.after_due(found, day, int(key) if day else 0)[: SIZE + 1])
    more = len(rows) > SIZE
    rows = rows[:SIZE]
    return rows, f"{rows[-1].refund_due_on} {rows[-1].pk}" if more else ""


def _shown(rows: list[Deposit], today: date) -> list[dict[str, Any]]:
    """The rows with their lights and with the bill that stands against the refund."""
    late = selectors.late_bills([row for row in rows if row.ended_at is None], today)
    return [
        {
            "deposit": row,
            "light": selectors.due_light(row, today),
            "condition": _condition(row, late.get(row.pk)),
            "against": row.pk in late,
        }
        for row in rows
    ]


def _condition(deposit: Deposit, late: Any) -> str:
    """Whether the condition of its clause holds, in words; nothing where the clause knows none."""
    if deposit.ended_at is not None or not deposit.kind.punctual:
        return ""
    return selectors.late_words(late) if late else _("every bill paid in time")


@for_roles(*DEPOSIT_READERS)
@require_GET
def deposits_export(request: HttpRequest) -> HttpResponse:
    """The same list as a workbook, all pages."""
    today = timezone.localdate()
    tab, filters = _asked(request)
    found = selectors.deposits_of(tab, on=today, **filters)
    ordered = selectors.after_due(found, None) if tab == "due" else found.order_by("-pk" if tab == "ended" else "pk")
    headings = [
        _("Case"),
        _("Customer"),
        _("Account"),
        _("Clause"),
        _("Basis"),
        _("Charged (yuan)"),
        _("Held (yuan)"),
        _("Since"),
        _("To be returned on"),
        _("State"),
        _("Condition"),
    ]
    rows = [
        (
            row["deposit"].statement.reference,
            row["deposit"].statement.customer.name,
            row["deposit"].account.number if row["deposit"].account else "",
            row["deposit"].clause,
            row["deposit"].basis,
            row["deposit"].amount,
            row["deposit"].left,
            row["deposit"].line.happened_on,
            row["deposit"].refund_due_on,
            row["light"].words,
            row["condition"],
        )
        for row in _shown(list(ordered), today)
    ]
    return workbook_response(_("deposits {tab} {day}.xlsx").format(tab=TABS[tab], day=today), headings, rows)


# -- one deposit -----------------------------------------------------------------------------------------------


@for_roles(*DEPOSIT_READERS)
@require_GET
def deposit(request: HttpRequest, key: int) -> HttpResponse:
    """How its sum came about, when it goes back, what is prepared, what became of it."""
    return _page(request, _deposit(key))


def _deposit(key: int) -> Deposit:
    found: Deposit = get_object_or_404(
        Deposit.objects.with_left().select_related("line", "statement__customer", "account"), pk=key
    )
    return found


PREPARE: dict[str, Any] = {
    "refund": RefundDepositForm,
    "offset": OffsetDepositForm,
    "forfeit": ForfeitDepositForm,
}


def _page(request: HttpRequest, deposit: Deposit, **sent: Any) -> HttpResponse:
    """`sent` are the forms that were refused, by name: refund, offset, forfeit, decide, pay."""
    person, today = _person(request), timezone.localdate()
    order = deposit.orders.filter(closed_at__isnull=True).select_related(*PEOPLE, "signed", "authority").first()
    held = deposit.held
    bills = selectors.with_outstanding(order.bills.all()) if order and order.way == "offset" else []
    cost = selectors.cost_of(bills, today)
    prepare = {}
    if held and order is None and person.has_role(Role.BUSINESS_CLERK):
        offers = {name: form for name, form in PREPARE.items() if name != "offset" or _has_bills(deposit)}
        prepare = {name: sent.get(name) or form(deposit=deposit) for name, form in offers.items()}
    own = order is not None and order.asked_in_name_of(person)
    waits = order.waits_for if order else ""
    stuck = any(bill.settled_at or bill.reversed_at for bill in bills)
    pays = waits == "payment" and person.has_role(Role.CASHIER) and not own and not stuck
    context = {
        "deposit": deposit,
        "kind": deposit.kind,
        "held": held,
        "light": selectors.due_light(deposit, today),
        "exceptions": selectors.exceptions_to_refund(deposit, today) if held else [],
        "order": order,
        "gone": []
        if order
        else [fault for form in sent.values() for faults in form.errors.values() for fault in faults],
        "waits": waits,
        "own": own,
        "bills": bills,
        "cost": cost,
        "stuck": stuck,
        "rest": deposit.left - cost if order and order.rest == DepositOrder.Rest.REFUND else None,
        "prepare": prepare,
        "opened": next(iter(sent), ""),
        "decides": waits == "decision" and person.has_role(*DEPOSIT_DECIDERS) and not own,
        "decide_form": sent.get("decide"),
        "pay_form": sent.get("pay") or PayDepositForm() if pays else None,
        "withdraws": order is not None and person.has_role(Role.BUSINESS_CLERK),
        "moves": list(selectors.deposit_moves(deposit)),
        "closed_orders": list(
            deposit.orders.filter(closed_at__isnull=False, moves__isnull=True)
            .select_related(*PEOPLE, "withdrawn_by")
            .order_by("pk")
        ),
    }
    return render(request, "billing/deposit.html", context, status=422 if sent else 200)


def _has_bills(deposit: Deposit) -> bool:
    return selectors.bills_to_offset(deposit).exists()


def _prepare(request: HttpRequest, key: int, name: str, service: Callable[..., DepositOrder]) -> HttpResponse:
    found = _deposit(key)
    if not found.held:
        messages.error(request, _("This deposit is not held: it is not paid, or nothing is left of it."))
        return redirect("billing:deposit", key=key)
    form = PREPARE[name](request.POST, request.FILES, deposit=found)
    if form.is_valid():
        try:
            order = service(deposit=found, by=_person(request), **form.arguments())
        except ValidationError as fault:
            form.add_error(None, _known_to(form, fault))
        else:
            messages.success(request, _what_next(order))
            return redirect("billing:deposit", key=key)
    return _page(request, found, **{name: form})


def _known_to(form: forms.Form, fault: ValidationError) -> ValidationError:
    """The fault by field, where the form has the fields; else as sentences for the whole of it."""
    if hasattr(fault, "error_dict") and set(fault.error_dict) <= set(form.fields):
        return fault
    return ValidationError(fault.messages)


def _what_next(order: DepositOrder) -> str:
    if order.waits_for == "decision":
        return _("Prepared. The business office manager or the responsible leader decides.")
    return _("Prepared. The cashier carries it out.")


@for_roles(Role.BUSINESS_CLERK)
@require_POST
def prepare_refund(request: HttpRequest, key: int) -> HttpResponse:
    """Prepare that a deposit is paid back."""
    return _prepare(request, key, "refund", services.prepare_refund)


@for_roles(Role.BUSINESS_CLERK)
@require_POST
def prepare_offset(request: HttpRequest, key: int) -> HttpResponse:
    """Prepare that a deposit pays water bills, as its holder chose."""
    return _prepare(request, key, "offset", services.prepare_offset)


@for_roles(Role.BUSINESS_CLERK)
@require_POST
def ask_forfeiture(request: HttpRequest, key: int) -> HttpResponse:
    """Ask that a deposit is forfeited."""
    return _prepare(request, key, "forfeit", services.ask_forfeiture)


# -- what is prepared ------------------------------------------------------------------------------------------


def _order(key: int) -> DepositOrder:
    return get_object_or_404(DepositOrder.objects.select_related("deposit__statement"), pk=key)


@for_roles(*DEPOSIT_DECIDERS)
@require_POST
def decide(request: HttpRequest, key: int) -> HttpResponse:
    """Grant or refuse what departs from the rules, or a forfeiture."""
    order, form = _order(key), DecideWaiverForm(request.POST)
    if form.is_valid():
        try:
            services.decide_deposit_order(order=order, by=_person(request), **form.cleaned_data)
        except ValidationError as fault:
            form.add_error(None, _known_to(form, fault))
        else:
            messages.success(request, _("Granted.") if form.cleaned_data["grant"] else _("Refused."))
            return redirect("billing:deposit", key=order.deposit_id)
    return _page(request, _deposit(order.deposit_id), decide=form)


@for_roles(Role.CASHIER)
@require_POST
def pay_out(request: HttpRequest, key: int) -> HttpResponse:
    """Carry out what is prepared, and print its vouchers."""
    order, form = _order(key), PayDepositForm(request.POST)
    form.fields["method"].required = "method" in request.POST
    if form.is_valid():
        try:
            moves = services.pay_out_deposit(order=order, by=_person(request), **form.cleaned_data)
        except ValidationError as fault:
            form.add_error(None, _known_to(form, fault))
        else:
            messages.success(request, _("Carried out."))
            for move in moves:
                _issue(request, move)
            return redirect("billing:deposit", key=order.deposit_id)
    return _page(request, _deposit(order.deposit_id), pay=form)


@for_roles(Role.BUSINESS_CLERK)
@require_POST
def withdraw(request: HttpRequest, key: int) -> HttpResponse:
    """Take back what was prepared."""
    order = _order(key)
    try:
        services.withdraw_deposit_order(order=order, by=_person(request))
    except ValidationError as fault:
        messages.error(request, " ".join(fault.messages))
    else:
        messages.success(request, _("Taken back. Something else can be prepared."))
    return redirect("billing:deposit", key=order.deposit_id)


@for_roles(*DEPOSIT_READERS)
@require_GET
def scan(request: HttpRequest, key: int, which: str) -> HttpResponseBase:
    """The signed application or the power of attorney of an order."""
    order = get_object_or_404(DepositOrder.objects.select_related("signed", "authority"), pk=key)
    stored = {"signed": order.signed, "authority": order.authority}.get(which)
    if stored is None:
        raise Http404
    return _served(stored)


def _served(stored: StoredFile) -> FileResponse:
    return FileResponse(stored.open(), filename=stored.original_name, content_type=stored.content_type)


# -- vouchers --------------------------------------------------------------------------------------------------


def _issue(request: HttpRequest, move: DepositMove) -> DepositMove | None:
    """Issue a voucher; should a font lack a sign, say so: the money has moved all the same."""
    try:
        return services.issue_deposit_voucher(move=move, by=_person(request))
    except ValidationError as fault:
        messages.error(request, " ".join(fault.messages))
        return None


@for_roles(Role.CASHIER, Role.BUSINESS_CLERK, *DEPOSIT_DECIDERS)
@require_POST
def issue_voucher(request: HttpRequest, number: str) -> HttpResponseBase:
    """Print the voucher of a movement that has none yet."""
    move = get_object_or_404(DepositMove, number=number)
    issued = _issue(request, move)
    if issued is None:
        return redirect("billing:deposit", key=move.deposit_id)
    return redirect("billing:deposit-voucher", number=number)


@for_roles(*DEPOSIT_READERS)
@require_GET
def voucher(request: HttpRequest, number: str) -> HttpResponseBase:
    """The voucher of a movement as it was printed."""
    move = get_object_or_404(DepositMove.objects.select_related("voucher"), number=number, voucher__isnull=False)
    assert move.voucher is not None
    return _served(move.voucher)
