"""What goes on beside the straight way: somebody waits for permits, asks for time or money, urges; the daily run
reminds, cashiers close their days."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import time_machine
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.roles import Role
from applications.calendar_changes import apply_notice
from applications.demo.people import member
from applications.engine.doors import perform, work
from applications.models import Application
from applications.reminders import remind
from applications.stages import Stage
from applications.tour.cast import cost_lines, scan
from billing import selectors as ledger
from billing import services as billing
from engineering import selectors as works
from engineering.models import Budget
from waterservice.calendar import calendar, published_calendar, published_years
from waterservice.money import FEN
from waterservice.notices import parse_notice
from waterservice.workdays import NEXT_NOTICE_REACHES_BACK, WEEKDAY, WEEKEND


def enliven() -> None:
    """Through the doors, as everything else; then the reminders of what is overdue go out."""
    surveyed = Application.objects.filter(stage=Stage.SURVEY, due_at__isnull=False).order_by("due_at")
    late = surveyed.first()
    if late is not None:
        _ask_for_time(late)
    waiting = Application.objects.filter(stage=Stage.PERMITS, suspended=False).order_by("pk").first()
    if waiting is not None:
        reason = {"kind": "permits", "awaited": "掘路许可", "reason": "道路主管部门尚未批复"}
        perform(waiting, "suspend", by=member(Role.DESIGNER), data=reason)
    designed = Application.objects.filter(stage=Stage.DESIGN).order_by("pk").first()
    if designed is not None:
        _ask_for_a_late_record(designed)
    built = Application.objects.filter(stage=Stage.CONSTRUCTION).order_by("pk").first()
    if built is not None:
        _extend_into_next_year(built)
    _enter_the_years_notice()
    budgeted = Application.objects.filter(stage=Stage.BUDGET).order_by("due_at").first()
    if budgeted is not None:
        perform(budgeted, "urge", by=member(Role.COUNTER_CLERK), data={"words": "用户今天又来电询问预算"})
    built = Application.objects.filter(stage=Stage.FINAL_SETTLEMENT).order_by("pk").first()
    if built is not None:
        _settle_far_from_the_budget(built)
    owing = Application.objects.filter(stage=Stage.PROJECT_FEE).order_by("pk").first()
    if owing is not None:
        _ask_for_a_reduction(owing)
    _close_days()
    remind()


def _ask_for_time(case: Application) -> None:
    until = timezone.localdate() + timedelta(days=14)
    data = {"clock": case.open_clocks[0].pk, "until": until, "reason": "地下管线资料与现场不符，须复测"}
    perform(case, "ask_extension", by=member(Role.DESIGNER), data=data)


def _settle_far_from_the_budget(case: Application) -> None:
    """The leader has a settlement to decide on that is a fifth above its budget."""
    budget = works.current(case.project, Budget)
    assert budget is not None
    designer = member(Role.DESIGNER)
    lines = cost_lines((budget.total * Decimal("1.2")).quantize(FEN))
    case = work(case, "save_settlement", by=designer, data={"lines": lines})
    perform(case, "fix_settlement", by=designer)


def _extend_into_next_year(case: Application) -> None:
    """Works that winter holds up, where the new date lies in a year whose holidays nobody knows yet."""
    clock = case.open_clocks[0]
    until = timezone.localdate() + timedelta(days=50)
    if not calendar().provisional(until):
        return
    data = {"clock": clock.pk, "until": until, "reason": "低温，回填与路面恢复须延后"}
    case = perform(case, "ask_extension", by=member(Role.CONSTRUCTION_UNIT), data=data)
    perform(case, "grant_extension", by=member(clock.grantor), data={"opinion": "同意，注意养护"})


def _enter_the_years_notice() -> None:
    """The administrator has entered this year's notice, which says what the program knows: nothing moves."""
    year = timezone.localdate().year
    if year not in published_years():
        return
    text = "\n".join(notice_lines(year))
    title = f"关于{year}年部分节假日安排的通知（演示）"
    apply_notice(year=year, title=title, text=text, days=parse_notice(text, year=year), by=member(Role.ADMINISTRATOR))


def notice_lines(year: int) -> Iterator[str]:
    """What is published for a year, a line for each day that is not as its weekday would have it or bears a name."""
    known, first = published_calendar(), date(year, 1, 1) - NEXT_NOTICE_REACHES_BACK
    last = date(year, 12, 31) - NEXT_NOTICE_REACHES_BACK
    for note in known.explain(first - timedelta(days=1), last):
        if note.reason not in (WEEKDAY, WEEKEND):
            yield f"{note.day.isoformat()},{'班' if note.working else '休'},{_(note.reason)}"


def _ask_for_a_late_record(case: Application) -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    if case.arrived_on > yesterday:
        return
    data = {"step": "complete_design", "happened_on": yesterday, "reason": "当日系统停电，未能录入"}
    perform(case, "ask_backdating", by=member(Role.DESIGNER), data=data, files={"evidence": scan("evidence")})


def _ask_for_a_reduction(case: Application) -> None:
    charge = ledger.reducible(case.statement).first()
    assert charge is not None
    data = {"charge": charge.pk, "amount": "800.00", "reason": "困难企业，符合减免政策"}
    perform(case, "ask_reduction", by=member(Role.COUNTER_CLERK), data=data, files={"evidence": scan("evidence")})


def _close_days() -> None:
    """Every day before today is closed in its evening and countersigned, but the last: it waits to be looked at."""
    today, duty = timezone.localdate(), member(Role.DUTY_MANAGER)
    sheets = list(ledger.open_day_sheets().filter(day__lt=today))
    for sheet in sheets:
        evening = timezone.make_aware(datetime.combine(sheet.day, time(17, 10)))
        with time_machine.travel(evening, tick=True):
            counted = ledger.recorded(ledger.takings_of(sheet))
            billing.close_day(sheet=sheet, counted=counted, explanations={}, by=sheet.cashier)
            if sheet != sheets[-1]:
                billing.countersign_day(sheet=sheet, by=duty)
