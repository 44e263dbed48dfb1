"""Papers of the counter: application form, acceptance receipt, one-time notice (NC-1, NC-2, NC-C1)."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from applications import required_documents
from applications.engine.route import ClockRule, Unit
from applications.papers import words
from applications.papers.contexts import parties
from applications.papers.formats import day, given, moment, need

if TYPE_CHECKING:
    from applications.models import Application
    from applications.required_documents import ChecklistLine


def application_form(case: "Application", *, issued_on: date) -> dict[str, Any]:
    """The form as filled in, with the documents that belong to it (NC-1)."""
    form, premises = case.new_connection, case.premises
    return {
        "applicant": parties.applicant(case),
        "agent": parties.agent(case),
        "use": parties.water_use(case),
        "applied_on": day(case.created_at),
        "place": {
            "address": premises.address,
            "district": given(premises.district),
            "road": given(premises.road),
            "lane": given(premises.lane),
            "number": given(premises.number),
            "room": given(premises.room),
        },
        "business_premises": "是" if form.business_premises else "否",
        "project_facts": given(form.project_facts),
        "invoice_title": given(form.invoice_title),
        "tax_number": given(form.tax_number),
        "second_signs": "委托代理人（签名）" if form.agent_name else "受理人（签名）",
        "documents": [words.DOCUMENT[kind] for kind in required_documents.required_kinds(case)],
    }


def acceptance_receipt(case: "Application", *, issued_on: date) -> dict[str, Any]:
    """What was handed in, who took it, and by when each step is promised (NC-2)."""
    received = [line.document for line in required_documents.checklist(case) if line.document is not None]
    return {
        "applicant": parties.applicant(case),
        "agent": parties.agent(case),
        "use": parties.water_use(case),
        "address": case.premises.address,
        "accepted_on": day(case.accepted_on or issued_on),
        "taken_by": case.taken_in_by,
        "documents": [
            {
                "name": words.DOCUMENT[document.kind],
                "received_at": moment(document.received_at),
                "received_by": document.received_by.name,
                "finding": words.FINDING[document.finding],
            }
            for document in received
        ],
        "promises": promises(case),
    }


def promises(case: "Application") -> list[dict[str, str]]:
    """The time limits of the route in its order: what is done, by whom, within what time, by which clause."""
    route = case.route
    found = [_promise(case, stop.stage, stop.owner, stop.clock) for stop in route if stop.clock]
    for anchored in route.anchored:
        name = anchored.fulfilled_by
        found.append(_promise(case, name, case.doer_of(name), anchored.rule))
    return found


def _promise(case: "Application", key: str, owner: str, rule: ClockRule) -> dict[str, str]:
    unit, days, _closes = case.route.limit(key, rule, case.rule_day)
    within = {
        Unit.WORKING_DAYS: "{days} 个工作日内",
        Unit.CALENDAR_DAYS: "{days} 日内",
        Unit.SAME_DAY: "当日",
        Unit.AGREED_DATE: "按施工协议约定的日期",
    }[unit]
    return {
        "what": words.STAGE[key],
        "office": words.OFFICE[owner],
        "within": within.format(days=days),
        "clause": rule.clause,
    }


def one_time_notice(
    case: "Application",
    *,
    issued_on: date,
    lines: Sequence["ChecklistLine"] | None = None,
    bring_by: date | None = None,
) -> dict[str, Any]:
    """Everything that is missing or faulty, told at once (一次性告知), and by when to bring it.

    `lines` are the shortcomings of the checklist at this moment, if left out; `bring_by` may be left out of
    a draft only. Raises ValidationError when nothing is missing.
    """
    lines = required_documents.shortcomings(case) if lines is None else lines
    if not lines:
        raise ValidationError(_("Every document is there, so there is no one-time notice to issue."))
    return {
        "applicant": parties.applicant(case),
        "address": case.premises.address,
        "bring_by": need(bring_by, _("day until which the documents are awaited"), day),
        "lines": [
            {
                "name": words.DOCUMENT[line.kind],
                "state": "未提交" if line.document is None else "需补正",
                "fault": "请提交" if line.document is None else line.document.fault,
            }
            for line in lines
        ],
    }
