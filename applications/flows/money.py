"""Payments for a case: they enter by `work`, so that billing need not know of cases (NC-5, NC-8)."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.roles import Role
from applications.asking import ask_for_payment
from applications.checkpoints.money import budget_approved, fee_paid, not_own_release, refundable
from applications.checkpoints.reductions import (
    asked_reduction,
    not_own_reduction,
    reduction_asked,
    reduction_of_ones_rank,
    something_to_reduce,
)
from applications.engine.route import NEXT
from applications.engine.steps import step, task
from applications.flows.base import OPEN_STAGES, CaseFlow
from applications.issuing import issue_paper
from applications.matters import notice_in_force, reduction
from applications.models.case import Application
from applications.models.reductions import Reduction
from applications.models.staff_notices import StaffNotice
from applications.notifying import askers, notify, seated
from applications.papers.kinds import PaperKind
from applications.stages import Stage
from billing import selectors as ledger
from billing import services as billing
from billing.models import StatementLine
from waterservice.files import store_upload
from waterservice.money import parse_money, yuan
from waterservice.policies import PolicyKind, declare
from waterservice.text import labelled

# From this amount up a reduction is decided by the responsible leader, below by the duty manager.
LEADER_REDUCES_FROM = declare(
    "money.leader_reduces_from",
    label=gettext_lazy("Reductions: decided by the responsible leader from this amount up"),
    default=Decimal("1000.00"),
    kind=PolicyKind.MONEY,
    clause="NC-5",
)
COUNTER = (Role.COUNTER_CLERK, Role.CASHIER)
DECIDERS = (Role.DUTY_MANAGER, Role.RESPONSIBLE_LEADER)


def taken_for_a_case(case: Application, data: Mapping[str, Any]) -> str:
    """That the payment in a form was taken before for this case, by its number and amount; else nothing."""
    earlier = billing.taken_before(str(data.get("method", "")), str(data.get("reference", "")))
    if earlier is None or earlier.statement != case.statement:
        return ""
    try:
        same = parse_money(str(data.get("amount", ""))) == earlier.amount
    except ValidationError:
        return ""
    return billing.already_taken(earlier) if same else ""


class MoneyFlow(CaseFlow):
    # -- asking ----------------------------------------------------------------------------------

    @task(
        gettext_lazy("Issue a payment notice"),
        past=gettext_lazy("payment notice issued"),
        clause="NC-5",
        at=OPEN_STAGES,
        by=COUNTER,
        form="applications.forms.money.PaymentNoticeForm",
        shows=(notice_in_force,),
        tab="money",
        wanted=lambda case: ledger.balance(case.statement) > 0,
        unwanted=lambda case: _("The statement asks for nothing: there is nothing to pay."),
    )
    def notify_of_payment(self, *, by: User, pay_by: date) -> str:
        notice = ask_for_payment(self, by=by, pay_by=pay_by)
        return _("{amount} until {day}").format(amount=yuan(notice.amount), day=notice.pay_by.isoformat())

    # -- paying ----------------------------------------------------------------------------------

    @task(
        gettext_lazy("Take a payment"),
        past=gettext_lazy("payment taken"),
        clause="NC-5",
        at=OPEN_STAGES,
        by=Role.CASHIER,
        form="applications.forms.money.PaymentForm",
        tab="money",
        wanted=lambda case: ledger.balance(case.statement) > 0,
        unwanted=lambda case: _("The statement asks for nothing: there is nothing to pay."),
        done_before=taken_for_a_case,
    )
    def take_payment(
        self,
        *,
        by: User,
        amount: Decimal,
        method: str,
        reference: str = "",
        happened_on: date | None = None,
        keep_credit: bool = False,
    ) -> str:
        receipt = billing.record_payment(
            statement=self.statement,
            amount=amount,
            method=method,
            by=by,
            reference=reference,
            happened_on=happened_on,
            keep_credit=keep_credit,
        )
        paper = issue_paper(self, PaperKind.RECEIPT, by=by, basis=f"receipt:{receipt.number}", receipt=receipt)
        billing.record_print(receipt=receipt, file=paper.file, by=by)
        return _("{amount}, receipt {number}").format(amount=yuan(amount), number=receipt.number)

    @task(
        gettext_lazy("Reverse a payment or refund"),
        past=gettext_lazy("payment or refund reversed"),
        clause="NC-5",
        at=OPEN_STAGES,
        by=Role.DUTY_MANAGER,
        form="applications.forms.money.ReversePaymentForm",
        tab="money",
        wanted=lambda case: ledger.reversible_moves(case.statement).exists(),
    )
    def reverse_payment(self, *, by: User, line: StatementLine, reason: str) -> str:
        billing.reverse_line(line=line, reason=reason, by=by)
        return f"{line.get_kind_display()} {yuan(abs(line.amount))}: {reason}"

    @task(
        gettext_lazy("Take back a charge"),
        past=gettext_lazy("charge taken back"),
        clause="NC-5",
        at=OPEN_STAGES,
        by=Role.DUTY_MANAGER,
        form="applications.forms.money.TakeBackChargeForm",
        tab="money",
        wanted=lambda case: ledger.item_charges(case.statement).exists(),
    )
    def take_back_charge(self, *, by: User, line: StatementLine, reason: str) -> str:
        """What was ordered by mistake; the fee of the works changes only with the budget or the settlement."""
        billing.reverse_line(line=line, reason=reason, by=by)
        return labelled(f"{line.description} {yuan(line.amount)}", reason)

    @task(
        gettext_lazy("Pay back"),
        past=gettext_lazy("paid back"),
        clause="NC-8",
        at=OPEN_STAGES,
        by=Role.CASHIER,
        rules=[not_own_release],
        form="applications.forms.money.RefundForm",
        tab="money",
        wanted=lambda case: refundable(case) > 0,
        unwanted=lambda case: _("Nothing is held as credit that could be paid back."),
    )
    def pay_back(self, *, by: User, amount: Decimal, method: str, reason: str, reference: str = "") -> str:
        billing.refund(
            statement=self.statement, amount=amount, method=method, reason=reason, by=by, reference=reference
        )
        return labelled(yuan(amount), reason)

    # -- reductions ------------------------------------------------------------------------------

    @step(
        gettext_lazy("Ask for a reduction"),
        past=gettext_lazy("reduction asked for"),
        clause="NC-5",
        source=OPEN_STAGES,
        by=COUNTER,
        checkpoints=[something_to_reduce],
        form="applications.forms.money.AskReductionForm",
    )
    def ask_reduction(self, *, by: User, charge: StatementLine, amount: Decimal, reason: str, evidence: Any) -> str:
        """A part of a charge shall be let off, with reason and evidence; the amount says who decides."""
        below = amount < LEADER_REDUCES_FROM.on(self.rule_day)
        decider = Role.DUTY_MANAGER if below else Role.RESPONSIBLE_LEADER
        Reduction.objects.create(
            application=self,
            charge=charge,
            amount=amount,
            reason=reason,
            evidence=store_upload(evidence, by=by),
            decider=decider,
            asked_by=by,
        )
        notify(self, seated(decider, self.office), StaffNotice.About.REDUCTION_ASKED, by=by, words=reason)
        return labelled(yuan(amount), reason)

    @step(
        gettext_lazy("Grant the reduction"),
        past=gettext_lazy("reduction granted"),
        clause="NC-5",
        source=OPEN_STAGES,
        by=DECIDERS,
        checkpoints=[reduction_asked],
        rules=[not_own_reduction, reduction_of_ones_rank],
        shows=(reduction,),
        form="applications.forms.decisions.OpinionForm",
        while_suspended=True,
    )
    def grant_reduction(self, *, by: User, opinion: str = "") -> str:
        """The reduction stands on the statement at once; whoever asked recorded it, whoever grants approved it."""
        asked = asked_reduction(self)
        assert asked is not None
        asked.line = billing.reduce(
            statement=self.statement,
            amount=asked.amount,
            description=asked.charge.description,
            source=asked.charge.source,
            reason=asked.reason,
            by=asked.asked_by,
            approved_by=by,
        )
        asked.decide(Reduction.Status.GRANTED, by=by, opinion=opinion)
        told = askers(asked, Role.COUNTER_CLERK)
        notify(self, told, StaffNotice.About.REDUCTION_GRANTED, by=by, words=yuan(asked.amount))
        return labelled(yuan(asked.amount), asked.reason)

    @step(
        gettext_lazy("Refuse the reduction"),
        past=gettext_lazy("reduction refused"),
        clause="NC-5",
        source=OPEN_STAGES,
        by=DECIDERS,
        checkpoints=[reduction_asked],
        rules=[not_own_reduction, reduction_of_ones_rank],
        shows=(reduction,),
        form="applications.forms.decisions.ReasonForm",
        while_suspended=True,
    )
    def refuse_reduction(self, *, by: User, reason: str) -> str:
        asked = asked_reduction(self)
        assert asked is not None
        asked.decide(Reduction.Status.REFUSED, by=by, opinion=reason)
        notify(self, askers(asked, Role.COUNTER_CLERK), StaffNotice.About.REDUCTION_REFUSED, by=by, words=reason)
        return reason

    # -- the project fee -------------------------------------------------------------------------

    @step(
        gettext_lazy("Confirm the project fee"),
        past=gettext_lazy("project fee collected"),
        clause="NC-5",
        source=Stage.PROJECT_FEE,
        target=NEXT,
        checkpoints=[budget_approved, fee_paid],
    )
    def confirm_fee_paid(self, *, by: User) -> str:
        return yuan(ledger.paid(self.statement))
