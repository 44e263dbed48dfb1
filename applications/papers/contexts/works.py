"""Papers of the design office: survey to settlement, and the water-on notice (NC-4 to NC-10)."""

from base64 import b64encode
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from applications.models.decisions import Subject
from applications.papers import terms, words
from applications.papers.contexts import parties
from applications.papers.contexts.costs import by_category, cost_table, shares, total
from applications.papers.formats import NOTHING, calibre, day, given, money, need, plain
from applications.stages import Stage
from applications.variance import settlement_difference
from engineering import selectors as works
from engineering.models import (
    REQUIRED_PERMITS,
    Acceptance,
    Budget,
    Completion,
    ConstructionTask,
    CostCategory,
    Design,
    Permit,
    PermitKind,
    PermitStatus,
    Settlement,
    Survey,
)
from engineering.pictures import newest_signature
from waterservice.money import ZERO, yuan

if TYPE_CHECKING:
    from applications.models import Application
    from engineering.models import Sheet

    S = TypeVar("S", bound=Sheet)
else:
    S = TypeVar("S")


def sheet_of(case: "Application", model: type[S]) -> S:
    """The newest sheet of a kind. Raises ValidationError when the design office has recorded none."""
    sheet = works.current(case.project, model)
    if sheet is None:
        raise ValidationError(
            _("This paper needs the %(sheet)s, which is not recorded yet."),
            params={"sheet": model._meta.verbose_name},
        )
    return sheet


def _head(case: "Application") -> dict[str, Any]:
    return {
        "applicant": parties.applicant(case),
        "address": case.premises.address,
        "works_name": parties.works_name(case),
    }


def _signature(case: "Application") -> str:
    """What the applicant signed on site at this very survey, as the address of a picture; empty without one.

    Sent back, a survey is signed anew: an old signature never passes for a new sheet.
    """
    signed = newest_signature(case.project, Stage.SURVEY, since=case.arrived_at) if case.stage == Stage.SURVEY else None
    if signed is None or not signed.file.content_type.startswith("image/"):
        return ""
    with signed.file.open() as content:
        return f"data:{signed.file.content_type};base64,{b64encode(content.read()).decode()}"


def survey_sheet(case: "Application", *, issued_on: date) -> dict[str, Any]:
    """What was found on site (NC-4a)."""
    survey = sheet_of(case, Survey)
    return {
        **_head(case),
        "use": parties.water_use(case),
        "signature": _signature(case),
        "survey": {
            "revision": survey.revision,
            "surveyed_on": need(survey.surveyed_on, _("day of the survey"), day),
            "surveyor": survey.prepared_by.name,
            "supplyable": need(
                survey.supplyable,
                _("whether the place can be supplied"),
                lambda yes: "具备" if yes else "不具备",
            ),
            "can": survey.supplyable is not False,
            "reason": given(survey.reason),
            "road_opening": given(survey.road_opening, lambda yes: "需要" if yes else "不需要"),
            "pressure": given(survey.pressure_mpa, lambda mpa: f"{plain(mpa)} MPa"),
            "nearest_main": given(survey.nearest_main),
            "main_calibre": given(survey.main_calibre, calibre),
            "calibre": given(survey.calibre, calibre),
            "meter_position": given(survey.meter_position),
            "conclusion": given(survey.conclusion),
        },
    }


def permits_notice(case: "Application", *, issued_on: date) -> dict[str, Any]:
    """Which permits the applicant is to obtain before the budget can be drawn up (NC-4b)."""
    survey = works.current(case.project, Survey)
    recorded = list(case.project.permits.all())
    known = {permit.kind for permit in recorded}
    if survey is not None and survey.road_opening is False:
        known.add(PermitKind.ROAD_OPENING)
    lines = [_permit(kind, "", "待办理") for kind in REQUIRED_PERMITS if kind not in known]
    lines += [
        _permit(permit.kind, permit.name, _permit_status(permit))
        for permit in recorded
        if permit.status != PermitStatus.NOT_NEEDED
    ]
    return {**_head(case), "permits": lines}


def _permit_status(permit: Permit) -> str:
    if permit.pending:
        return "待办理"
    return "已取得，待按现设计确认" if permit.to_confirm else "已取得"


def _permit(kind: str, name: str, status: str) -> dict[str, str]:
    general = words.PERMIT[kind]
    title = name or general if kind == PermitKind.OTHER else f"{general}（{name}）" if name else general
    return {"name": title, "authority": words.PERMIT_AUTHORITY[kind], "status": status}


def budget(case: "Application", *, issued_on: date) -> dict[str, Any]:
    """The project budget by category, with who pays (NC-4c)."""
    sheet = sheet_of(case, Budget)
    lines = list(sheet.lines.all())
    approval = case.approvals.filter(
        subject=Subject.BUDGET, subject_revision=sheet.revision, voided_at__isnull=True
    ).first()
    return {
        **_head(case),
        "revision": sheet.revision,
        "prepared_by": sheet.prepared_by.name,
        "prepared_on": day(sheet.prepared_at),
        "approved_by": approval.approver if approval else "",
        "approved_on": day(approval.approved_at) if approval else "",
        "groups": cost_table(lines),
        "shares": shares(lines),
    }


def settlement(case: "Application", *, issued_on: date) -> dict[str, Any]:
    """The final settlement against the budget: too much paid is refunded, too little collected (NC-8)."""
    sheet, planned = sheet_of(case, Settlement), sheet_of(case, Budget)
    lines, budgeted = list(sheet.lines.all()), list(planned.lines.all())
    spent, meant = dict(by_category(lines)), dict(by_category(budgeted))
    comparison = [
        {
            "name": words.COST_CATEGORY[category],
            "budget": yuan(total(meant.get(category, []))),
            "settlement": yuan(total(spent.get(category, []))),
            "difference": signed(total(spent.get(category, [])) - total(meant.get(category, []))),
        }
        for category in map(str, CostCategory)
        if category in spent or category in meant
    ]
    difference = settlement_difference(case)
    approval = case.approvals.filter(
        subject=Subject.SETTLEMENT, subject_revision=sheet.revision, voided_at__isnull=True
    ).first()
    return {
        **_head(case),
        "revision": sheet.revision,
        "approved_by": approval.approver if approval else "",
        "approved_on": day(approval.approved_at) if approval else "",
        "budget_revision": planned.revision,
        "prepared_by": sheet.prepared_by.name,
        "prepared_on": day(sheet.prepared_at),
        "groups": cost_table(lines),
        "shares": shares(lines),
        "comparison": comparison,
        "budget_total": yuan(total(budgeted)),
        "difference_total": signed(total(lines) - total(budgeted)),
        "budget_applicant": yuan(planned.applicant_total),
        "difference_applicant": signed(difference.by_figures),
        "outcome": _outcome(difference.posted),
        "difference": money(abs(difference.posted)),
        "let_off": yuan(-difference.by_figures) if difference.capped else "",
        "within": terms.SETTLEMENT_DAYS.on(case.rule_day),
    }


def _outcome(posted: Decimal) -> str:
    return "无需补退" if posted == ZERO else "用户应补缴" if posted > ZERO else "应退还用户"


def signed(amount: Decimal) -> str:
    """A difference with its sign: +¥1,200.00, −¥300.00, ¥0.00."""
    return yuan(amount) if amount == ZERO else f"{'+' if amount > ZERO else '−'}{yuan(abs(amount))}"


def construction_task(case: "Application", *, issued_on: date) -> dict[str, Any]:
    """Who builds what, from when until when (NC-6)."""
    task = sheet_of(case, ConstructionTask)
    costs = works.current(case.project, Budget)
    return {
        **_head(case),
        "use": parties.water_use(case),
        "task": {
            "unit": need(task.unit, _("construction unit"), lambda office: office.name),
            "starts_on": need(task.starts_on, _("works agreed to start"), day),
            "ends_on": need(task.ends_on, _("works agreed to end"), day),
            "days": (task.ends_on - task.starts_on).days + 1 if task.starts_on and task.ends_on else "",
            "instructions": given(task.instructions),
            "prepared_by": task.prepared_by.name,
        },
        "design": design_of(case),
        "point": connection_point(case),
        "budget": yuan(costs.total) if costs else "",
        "budget_revision": costs.revision if costs else "",
        "formalities": [
            {
                "name": words.FORMALITY[formality.kind],
                "status": words.FORMALITY_STATUS[formality.status],
                "decided_on": given(formality.decided_on, day),
                "note": given(formality.note),
            }
            for formality in case.project.formalities.all()
        ],
        "permits": [
            {**_permit(permit.kind, permit.name, ""), "number": given(permit.number)}
            for permit in case.project.permits.filter(status=PermitStatus.GRANTED)
        ],
    }


def design_of(case: "Application") -> dict[str, Any]:
    """The design plan that the works follow."""
    design = sheet_of(case, Design)
    return {
        "revision": design.revision,
        "description": need(design.description, _("description of the design")),
        "length": given(design.length_m, lambda metres: f"{plain(metres)} m"),
        "calibre": need(design.calibre, _("calibre of the meter"), calibre),
    }


def connection_point(case: "Application") -> dict[str, str]:
    """Between what points the works lie: the main from which the pipe branches, and the meter."""
    survey = sheet_of(case, Survey)
    return {
        "main": need(survey.nearest_main, _("nearest main")),
        "main_calibre": given(survey.main_calibre, calibre),
        "meter_position": need(survey.meter_position, _("meter position")),
    }


def meter_installed(case: "Application") -> dict[str, str]:
    """The meter as the completion report names it."""
    completion = sheet_of(case, Completion)
    return {
        "number": need(completion.meter_number, _("meter number")),
        "maker_number": given(completion.maker_number),
        "model": given(completion.meter_model),
        "calibre": need(completion.calibre, _("calibre of the meter"), calibre),
        "position": need(completion.meter_position, _("meter position")),
        "first_reading": need(completion.first_reading, _("first reading of the meter"), plain),
        "completed_on": need(completion.completed_on, _("day of completion"), day),
    }


def acceptance_certificate(case: "Application", *, issued_on: date) -> dict[str, Any]:
    """What each party found at the joint acceptance, and whether the works passed (NC-8)."""
    acceptance = sheet_of(case, Acceptance)
    task = works.current(case.project, ConstructionTask)
    return {
        **_head(case),
        "revision": acceptance.revision,
        "held_on": need(acceptance.held_on, _("day of the joint acceptance"), day),
        "passed": acceptance.passed,
        "result": need(acceptance.passed, _("result of the acceptance"), lambda yes: "合格" if yes else "不合格"),
        "note": given(acceptance.note),
        "unit": task.unit.name if task and task.unit else NOTHING,
        "design": design_of(case),
        "meter": meter_installed(case),
        "parties": [
            {
                "party": words.PARTY[party.party],
                "representative": need(party.representative, _("representative of a party")),
                "result": "合格" if party.passed else "不合格",
                "remark": given(party.remark),
            }
            for party in acceptance.parties.all()
        ],
        "defects": [
            {
                "description": defect.description,
                "mended": f"已于{day(defect.mended_on)}整改完毕" if defect.mended_on else "待整改",
            }
            for defect in acceptance.defects.all()
        ],
        "warranty_years": terms.WARRANTY_YEARS.on(case.rule_day),
    }


def water_on_notice(case: "Application", *, issued_on: date, water_on: date | None = None) -> dict[str, Any]:
    """That the supply has begun: account, meter, first reading, day (NC-10, NC-12).

    `water_on` is the day on which water was turned on; left out, the day of issue.
    """
    account = case.account
    if account is None:
        raise ValidationError(_("Open the meter account first: agreement and water-on notice name it."))
    return {
        **_head(case),
        "use": parties.water_use(case),
        "account_number": account.number,
        "cycle": words.BILLING_CYCLE[account.cycle],
        "meter": meter_installed(case),
        "water_on": day(water_on or issued_on),
    }
