"""What the money tab of a case shows: the statement like a bank's, and the one sensible thing to do next."""

from typing import Any

from django.utils import timezone

from applications.checkpoints.reductions import asked_reduction
from applications.engine.steps import Task
from applications.presenters import CasePage
from applications.terminations import agreement_signed
from billing import selectors as ledger

# The first of these that this person may do now is the next thing; water bills come before what the case asks.
IN_TURN = ("pay_bills", "record_arrears_check", "charge_deposit", "take_payment")
WHERE_TOO_MUCH_IS_PAID = "pay_back"


def money_context(page: CasePage) -> dict[str, Any]:
    """The context of the tab, for one case as one person sees it."""
    statement = page.case.statement
    lines = ledger.lines_with_balance(statement)
    balance = lines[-1].balance if lines else ledger.balance(statement)
    tasks = list(page.tasks_of("money"))
    today = timezone.localdate()
    arrears = ledger.arrears_by_part(customer=page.case.applicant, premises=page.case.premises)
    following = _next_task(tasks, overpaid=balance < 0)
    return {
        "lines": lines,
        "balance": balance,
        "notice": statement.notices.first(),
        "today": today,
        "deposits": ledger.held_deposits(statement),
        "arrears": arrears.with_late_charges(today),
        "arrears_checks": ledger.arrears_checks(page.case.number),
        "reduction": asked_reduction(page.case),
        "termination": page.case.termination,
        "refund_waits": not agreement_signed(page.case),
        "next_task": following,
        "other_tasks": [task for task in tasks if task is not following],
    }


def _next_task(tasks: list[Task], *, overpaid: bool) -> Task | None:
    named = {task.name: task for task in tasks}
    order = (WHERE_TOO_MUCH_IS_PAID, *IN_TURN) if overpaid else IN_TURN
    return next((named[name] for name in order if name in named), None)
