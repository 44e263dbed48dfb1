"""What goes on beside the straight way: somebody waits for permits, asks for time, urges; the daily run reminds."""

from datetime import timedelta

from django.utils import timezone

from accounts.roles import Role
from applications.demo.people import member
from applications.engine.doors import perform
from applications.models import Application
from applications.reminders import remind
from applications.stages import Stage
from applications.tour.cast import scan


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
    budgeted = Application.objects.filter(stage=Stage.BUDGET).order_by("due_at").first()
    if budgeted is not None:
        perform(budgeted, "urge", by=member(Role.COUNTER_CLERK), data={"words": "用户今天又来电询问预算"})
    remind()


def _ask_for_time(case: Application) -> None:
    until = timezone.localdate() + timedelta(days=14)
    data = {"clock": case.open_clocks[0].pk, "until": until, "reason": "地下管线资料与现场不符，须复测"}
    perform(case, "ask_extension", by=member(Role.DESIGNER), data=data)


def _ask_for_a_late_record(case: Application) -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    if case.arrived_on > yesterday:
        return
    data = {"step": "complete_design", "happened_on": yesterday, "reason": "当日系统停电，未能录入"}
    perform(case, "ask_backdating", by=member(Role.DESIGNER), data=data, files={"evidence": scan("evidence")})
