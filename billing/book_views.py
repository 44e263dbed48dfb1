"""Reading books: the list, the entry of a round's readings, the billing run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from accounts.access import for_roles
from accounts.models import MeterAccount, ReadingBook, User
from accounts.roles import BUSINESS_OFFICE
from accounts.selectors import books_for
from billing import periods, selectors
from billing.models import Reading
from billing.periods import Period
from billing.reading_forms import ReadOnForm, UntilForm
from billing.selectors.books import books_on
from billing.services.billing_run import Line, plan, run
from billing.services.book_entry import Entry, Verdict, judge, save_entries
from waterservice.excel import workbook_response
from waterservice.money import ZERO

BATCH = 20  # accounts that one request of a run bills, so that its progress is seen


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _edits(request: HttpRequest) -> bool:
    return _person(request).has_role(*BUSINESS_OFFICE)


def _book(request: HttpRequest, code: str) -> ReadingBook:
    return get_object_or_404(books_for(_person(request)), code=code)


def _period(request: HttpRequest, book: ReadingBook) -> Period:
    """The period that is asked for, else the present one; what can't be read is not there."""
    asked = request.GET.get("period") or request.POST.get("period")
    if not asked:
        return periods.period_of(book.cycle, timezone.localdate())
    try:
        return periods.named_period(book.cycle, asked)
    except ValidationError as fault:
        raise Http404(fault.messages[0]) from fault


@for_roles(*BUSINESS_OFFICE)
@require_GET
def books(request: HttpRequest) -> HttpResponse:
    """The books of one's office, one's own first, with how far each has been read and billed."""
    states = books_on(list(books_for(_person(request))), timezone.localdate())
    context = {"states": states, "waiting": sum(state.waiting for state in states)}
    return render(request, "billing/books.html", context)


@for_roles(*BUSINESS_OFFICE)
@require_GET
def books_export(request: HttpRequest) -> HttpResponse:
    """The same list as a workbook."""
    headings = [
        _("Book"),
        _("Name"),
        _("Reader"),
        _("Period"),
        _("Cycle"),
        _("Accounts"),
        _("Read"),
        _("To be read"),
        _("Read, not billed"),
    ]
    rows = (
        (
            state.book.code,
            state.book.name,
            str(state.book.reader or ""),
            state.period.name,
            state.book.get_cycle_display(),
            state.accounts,
            state.read,
            state.unread,
            state.unbilled,
        )
        for state in books_on(list(books_for(_person(request))), timezone.localdate())
    )
    return workbook_response(_("reading books.xlsx"), headings, rows)


# -- entry -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One account of the round: where it stands, what was read already or typed, what becomes of that."""

    account: MeterAccount
    standing: selectors.Standing | None
    read: Reading | None
    entry: Entry
    verdict: Verdict | None

    @property
    def usage(self) -> int | None:
        """What the reading of this period came to (m³)."""
        return None if self.read is None or self.standing is None else _usage(self.standing, self.read)


def _usage(standing: selectors.Standing, row: Reading) -> int:
    return standing.used_up_to(row) if row in standing.unbilled else row.bill.usage if row.bill else 0


@for_roles(*BUSINESS_OFFICE)
@require_http_methods(["GET", "POST"])
def book(request: HttpRequest, code: str) -> HttpResponse:
    """A book's round, row by row in its order. Saves what is fine, keeps the rest and says why."""
    found = _book(request, code)
    period = _period(request, found)
    if request.method == "POST":
        return _save(request, found, period)
    return _book_page(request, found, period, ReadOnForm(initial={"read_on": _default_day(period)}), {}, {})


def _default_day(period: Period) -> date:
    return max(period.start, min(period.end, timezone.localdate()))


def _save(request: HttpRequest, found: ReadingBook, period: Period) -> HttpResponse:
    form, entries = ReadOnForm(request.POST), _entries(request)
    if not form.is_valid():
        return _book_page(request, found, period, form, entries, {})
    if not entries:
        messages.warning(request, _("No reading was typed in, so nothing was saved."))
        return redirect(_address(found, period))
    verdicts = save_entries(
        book=found, period=period, entries=entries, read_on=form.cleaned_data["read_on"], by=_person(request)
    )
    kept = {key: verdict for key, verdict in verdicts.items() if not verdict.saved or verdict.refusals}
    saved = len(verdicts) - len(kept)
    if saved:
        messages.success(
            request, ngettext("{count} reading saved.", "{count} readings saved.", saved).format(count=saved)
        )
    if not kept:
        return redirect(_address(found, period))
    messages.warning(
        request,
        ngettext(
            "{count} row is kept and not saved: see what it says.",
            "{count} rows are kept and not saved: see what each says.",
            len(kept),
        ).format(count=len(kept)),
    )
    return _book_page(request, found, period, form, entries, kept)


def _address(book: ReadingBook, period: Period) -> str:
    return f"{reverse('billing:book', args=[book.code])}?period={period.key}"


def _entries(request: HttpRequest) -> dict[int, Entry]:
    """What was typed, by the account's primary key; rows left empty are not there."""
    keys = [name.removeprefix("reading-") for name in request.POST if name.startswith("reading-")]
    typed = {int(key): _entry(request.POST, key) for key in keys if key.isascii() and key.isdecimal()}
    return {key: entry for key, entry in typed.items() if entry.typed}


def _entry(data: Any, key: str) -> Entry:
    return Entry(
        typed=data.get(f"reading-{key}", "").strip(),
        rolled_over=f"rolled-{key}" in data,
        sure=f"sure-{key}" in data,
        remark=data.get(f"remark-{key}", ""),
    )


def _rows(found: ReadingBook, period: Period, entries: dict[int, Entry], verdicts: dict[int, Verdict]) -> list[Row]:
    accounts = list(selectors.accounts_in_book(found))
    standings = selectors.standings(accounts)
    read = selectors.regular_readings(accounts, period.start, period.end)
    return [
        Row(
            account,
            standings.get(account.pk),
            read.get(account.pk),
            entries.get(account.pk, Entry()),
            verdicts.get(account.pk),
        )
        for account in accounts
    ]


@for_roles(*BUSINESS_OFFICE)
@require_GET
def book_export(request: HttpRequest, code: str) -> HttpResponse:
    """The round as a workbook: also the list that a reader takes along."""
    found = _book(request, code)
    period = _period(request, found)
    headings = [
        _("Place in the book"),
        _("Account"),
        _("Holder"),
        _("Premises"),
        _("Meter"),
        _("Last reading"),
        _("Last read"),
        _("Reading (m³)"),
        _("Read"),
        _("Usage (m³)"),
        _("Remark"),
    ]
    name = _("readings {book} {period}.xlsx").format(book=found.code, period=period.name)
    return workbook_response(name, headings, (_round_row(row) for row in _rows(found, period, {}, {})))


def _round_row(row: Row) -> tuple[Any, ...]:
    read, standing = row.read, row.standing
    last = (read.before, read.before_on) if read else (standing.value, standing.day) if standing else (None, None)
    return (
        row.account.order_in_book,
        row.account.number,
        row.account.holder.name,
        str(row.account.premises),
        str(row.account.meter or ""),
        *last,
        *((read.reading, read.read_on, row.usage, read.remark) if read else (None, None, None, "")),
    )


def _book_page(
    request: HttpRequest,
    found: ReadingBook,
    period: Period,
    form: ReadOnForm,
    entries: dict[int, Entry],
    verdicts: dict[int, Verdict],
) -> HttpResponse:
    rows = _rows(found, period, entries, verdicts)
    to_read = [row for row in rows if row.standing and not row.read]
    context = {
        "book": found,
        "period": period,
        "earlier": periods.before(found.cycle, period),
        "later": periods.after(found.cycle, period) if period.end < timezone.localdate() else None,
        "form": form,
        "rows": rows,
        "to_read": len(to_read),
        "read": sum(row.read is not None for row in rows),
        "first": next((row.account.pk for row in to_read if row.verdict), to_read[0].account.pk if to_read else None),
        "edits": _edits(request),
    }
    return render(request, "billing/book.html", context, status=422 if verdicts or form.errors else 200)


@for_roles(*BUSINESS_OFFICE)
@require_GET
def book_check(request: HttpRequest, code: str, account_id: int) -> HttpResponse:
    """What a row comes to while it is typed: usage, what is impossible, what must be confirmed."""
    found = _book(request, code)
    account = get_object_or_404(selectors.accounts_in_book(found), pk=account_id)
    standing, form, entry = selectors.standing(account), ReadOnForm(request.GET), _entry(request.GET, str(account_id))
    if standing is None:
        raise Http404
    read_on = form.cleaned_data["read_on"] if form.is_valid() else timezone.localdate()
    verdict = judge(standing, entry, read_on) if entry.typed else None
    row = Row(account, standing, None, entry, verdict)
    return render(request, "billing/book_verdict.html", {"row": row})


# -- billing run -------------------------------------------------------------------------------------------


@for_roles(*BUSINESS_OFFICE)
@require_GET
def book_billing(request: HttpRequest, code: str) -> HttpResponse:
    """What a run of the book would bill, what it leaves out and why, and what is billed already."""
    found, until, form = _book_until(request, code)
    lines = plan(found, until)
    period = periods.period_of(found.cycle, until)
    ready = [line for line in lines if line.ready]
    billed = selectors.bills_ending_in([line.account for line in lines], period.start, until)
    context = {
        "book": found,
        "until": until,
        "period": period,
        "form": form,
        "ready": ready,
        "left_out": [line for line in lines if line.left_out],
        "billed": billed,
        "usage": sum(line.stretch.usage for line in ready if line.stretch),
        "amount": sum((line.amount or ZERO for line in ready), ZERO),
        "billed_usage": sum(bill.usage for bill in billed),
        "billed_amount": sum((bill.amount for bill in billed), ZERO),
        "edits": _edits(request),
    }
    return render(request, "billing/book_billing.html", context, status=422 if form.errors else 200)


@for_roles(*BUSINESS_OFFICE)
@require_GET
def billing_export(request: HttpRequest, code: str) -> HttpResponse:
    """The same lists as a workbook: what would be billed, what is left out and why, what is billed."""
    found, until, _form = _book_until(request, code)
    lines = plan(found, until)
    period = periods.period_of(found.cycle, until)
    headings = [
        _("State"),
        _("Account"),
        _("Holder"),
        _("From"),
        _("Until"),
        _("Readings"),
        _("Usage (m³)"),
        _("Amount"),
    ]
    rows = [_planned_row(line) for line in lines if line.ready or line.left_out]
    rows += [
        (
            _("Billed in this period"),
            bill.account.number,
            bill.customer.name,
            bill.period_start,
            bill.period_end,
            f"{bill.opening} – {bill.closing}",
            bill.usage,
            bill.amount,
        )
        for bill in selectors.bills_ending_in([line.account for line in lines], period.start, until)
    ]
    name = _("billing run {book} {period}.xlsx").format(book=found.code, period=period.name)
    return workbook_response(name, headings, rows)


def _planned_row(line: Line) -> tuple[Any, ...]:
    account, stretch = line.account, line.stretch
    if stretch is None:
        return (_("Left out: {why}").format(why=line.left_out), account.number, account.holder.name, *(None,) * 5)
    return (
        _("Ready to be billed"),
        account.number,
        account.holder.name,
        stretch.start,
        stretch.end,
        f"{stretch.opening} – {stretch.closing}",
        stretch.usage,
        line.amount,
    )


def _book_until(request: HttpRequest, code: str) -> tuple[ReadingBook, date, UntilForm]:
    found, today = _book(request, code), timezone.localdate()
    form = UntilForm(request.GET if "until" in request.GET else {"until": today})
    if form.is_valid() and form.cleaned_data["until"] > today:
        form.add_error("until", _("%(day)s has not come yet.") % {"day": form.cleaned_data["until"]})
    return found, form.cleaned_data.get("until", today) if form.is_valid() else today, form


@for_roles(*BUSINESS_OFFICE)
@require_POST
def book_run(request: HttpRequest, code: str) -> HttpResponse:
    """Bill the next accounts of the book and say how far it is; the page asks again until all are done.

    It can be left at any moment: what is billed stays billed, and the run begun anew goes on with the rest.
    """
    found, form = _book(request, code), UntilForm(request.POST)
    if not form.is_valid() or form.cleaned_data["until"] > timezone.localdate():
        raise Http404
    until = form.cleaned_data["until"]
    lines = plan(found, until)
    waiting = _after([line for line in lines if line.ready or line.billed], request.POST.get("after", ""))
    batch = [line for line in waiting if line.ready][:BATCH]
    outcomes = list(run(batch, book=found, until=until, by=_person(request)))
    for outcome in outcomes:
        if outcome.fault:
            messages.error(request, f"{outcome.account.number}: {outcome.fault}")
    done = _number(request, "done") + sum(outcome.bill is not None for outcome in outcomes)
    left = len([line for line in waiting if line.ready]) - len(batch)
    if not left:
        messages.success(request, ngettext("{count} bill issued.", "{count} bills issued.", done).format(count=done))
        return HttpResponseClientRedirect(f"{reverse('billing:book-billing', args=[found.code])}?until={until}")
    context = {"book": found, "until": until, "done": done, "total": done + left, "after": batch[-1].account.pk}
    return render(request, "billing/book_run.html", context)


def _after(lines: list[Line], key: str) -> list[Line]:
    """The lines behind an account, in the book's order, so that one that fails is not tried for ever."""
    place = next((place for place, line in enumerate(lines) if str(line.account.pk) == key), -1)
    return lines[place + 1 :]


def _number(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else 0
