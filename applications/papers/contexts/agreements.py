"""Construction agreement and water-supply agreement (NC-6, NC-9; Civil Code arts. 648–656, 788, 789, 795)."""

from datetime import date
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from applications.papers import terms, words
from applications.papers.contexts import parties
from applications.papers.contexts.costs import shares
from applications.papers.contexts.works import connection_point, design_of, sheet_of
from applications.papers.formats import calibre, copies, day, given, money, need, plain
from applications.thresholds import deposit_to_reckon, standing_deposit
from billing import selectors as ledger
from billing.deposit_kinds import LARGE_USER_MONTHS
from billing.models import LineKind
from billing.models.prices import Step
from billing.papers import standing_lines
from billing.terms import (
    BILL_PAY_DAYS,
    LATE_CHARGE_CAP_PERCENT,
    LATE_CHARGE_PERMILLE,
    LATE_CHARGE_START,
    LATE_CHARGES,
)
from engineering.models import Budget
from waterservice.money import ZERO

if TYPE_CHECKING:
    from accounts.models import MeterAccount
    from applications.models import Application


def copies_of(on: date) -> dict[str, str]:
    """In how many copies an agreement is made, by the policy of a day."""
    each = terms.COPIES_EACH.on(on)
    return {"all": copies(2 * each), "each": copies(each)}


def construction_agreement(case: "Application", *, issued_on: date) -> dict[str, Any]:
    """The works by the present budget: what, from when until when, for how much, and who pays which part."""
    rules, form = case.rule_day, case.new_connection
    budget = sheet_of(case, Budget)
    start, end = form.works_start, form.works_end
    return {
        "applicant": parties.applicant(case),
        "agent": parties.agent(case),
        "address": case.premises.address,
        "works_name": parties.works_name(case),
        "use": parties.water_use(case),
        "design": design_of(case),
        "point": connection_point(case),
        "starts_on": need(start, _("works agreed to start"), day),
        "ends_on": need(end, _("works agreed to end"), day),
        "days": (end - start).days + 1 if start and end else need(None, _("works agreed to end")),
        "budget_revision": budget.revision,
        "shares": shares(budget.lines.all()),
        "payment": _payment(case, budget),
        "warranty_years": terms.WARRANTY_YEARS.on(rules),
        "settlement_days": terms.SETTLEMENT_DAYS.on(rules),
        "breach_permille": plain(terms.WORKS_BREACH_PERMILLE.on(rules)),
        "breach_cap_percent": plain(terms.WORKS_BREACH_CAP_PERCENT.on(rules)),
        "copies": copies_of(rules),
    }


def _payment(case: "Application", budget: Budget) -> dict[str, Any]:
    """How the applicant's part stands: nothing to pay, paid (by which receipts), or still to be paid."""
    owing = ledger.balance(case.statement) > ZERO
    paid_by = [line.receipt_number for line in standing_lines(case.statement) if line.kind == LineKind.PAYMENT]
    return {
        "state": "free" if budget.applicant_total == ZERO else "owing" if owing else "paid",
        "receipts": "、".join(paid_by),
    }


def supply_agreement(case: "Application", *, issued_on: date) -> dict[str, Any]:
    """The continuing supply of one meter account at the tariff of the day of issue."""
    account = case.account
    if account is None:
        raise ValidationError(_("Open the meter account first: agreement and water-on notice name it."))
    rules = case.rule_day
    return {
        "applicant": parties.applicant(case),
        "agent": parties.agent(case),
        "address": case.premises.address,
        "use": parties.water_use(case),
        "account_number": account.number,
        "cycle": words.BILLING_CYCLE[account.cycle],
        "invoice_title": given(account.invoice_title),
        "tax_number": given(account.tax_number),
        "meter": _meter(account),
        "prices": _prices(account, issued_on),
        "deposit": _deposit(case),
        "pressure": plain(terms.SUPPLY_PRESSURE_MPA.on(rules)),
        "pay_days": BILL_PAY_DAYS.on(rules),
        "dunning_days": terms.DUNNING_DAYS.on(rules),
        "late": _late(rules),
        "years": terms.SUPPLY_YEARS.on(rules),
        "copies": copies_of(rules),
    }


def _meter(account: "MeterAccount") -> dict[str, str]:
    meter = account.meter
    if meter is None:
        raise ValidationError(
            _("Account %(number)s has no meter yet; the agreement must name it."),
            params={"number": account.number},
        )
    return {
        "number": meter.number,
        "maker_number": given(meter.maker_number),
        "model": given(meter.model),
        "calibre": calibre(meter.calibre),
        "position": need(meter.position, _("meter position")),
        "first_reading": plain(meter.first_reading),
    }


def _prices(account: "MeterAccount", on: date) -> dict[str, Any]:
    """What a cubic metre costs by tiers and components, three decimals. Raises ValidationError without a tariff."""
    tariff = ledger.tariff_in_force(account.kind_of_use, on)
    return {
        "tiers": [
            {"range": _range(step), "water": f"{step.water:.3f}", "total": f"{step.total:.3f}"} for step in tariff.steps
        ],
        "resource": f"{tariff.resource:.3f}",
        "sewage": f"{tariff.sewage:.3f}",
        "allowance": tariff.allowance_from
        and {"member": tariff.allowance_from, "m3": plain(tariff.allowance_m3_year or 0)},
        "valid_from": day(tariff.valid_from),
    }


def _range(step: Step) -> str:
    """The use of a tier in a calendar year; 以下 and 至 include their figure, 超过 does not (Civil Code art. 1259)."""
    if step.up_to is None:
        return f"超过{plain(step.above)}" if step.above else "不分阶梯"
    return f"超过{plain(step.above)}至{plain(step.up_to)}" if step.above else f"{plain(step.up_to)}以下"


def _late(on: date) -> dict[str, Any] | None:
    """The late charge on water bills as the policies of a day have it; None where none is taken."""
    if not LATE_CHARGES.on(on):
        return None
    return {
        "permille": plain(LATE_CHARGE_PERMILLE.on(on)),
        "start": LATE_CHARGE_START.on(on),
        "cap_percent": plain(LATE_CHARGE_CAP_PERCENT.on(on)),
    }


def _deposit(case: "Application") -> dict[str, Any] | None:
    """The deposit of a large natural-person user (NC-C5), or None where none is due.

    Raises ValidationError when one is to be charged or reckoned anew: the agreement would not say what holds.
    """
    if deposit_to_reckon(case):
        raise ValidationError(_("Reckon the large user's deposit first: the agreement names it."))
    deposit = standing_deposit(case)
    if deposit is None:
        return None
    return {**money(deposit.amount), "basis": deposit.basis, "months": LARGE_USER_MONTHS.on(case.rule_day)}
