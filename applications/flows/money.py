"""Payments for a case: they enter by `work`, so that billing need not know of cases (NC-5, NC-8)."""

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.roles import Role
from applications.checkpoints.money import budget_approved, fee_paid, refundable
from applications.engine.route import NEXT
from applications.engine.steps import step, task
from applications.flows.base import CaseFlow
from applications.issuing import issue_paper
from applications.papers.kinds import PaperKind
from applications.stages import FINAL_STAGES, Stage
from billing import selectors as ledger
from billing import services as billing
from billing.models import StatementLine
from waterservice.money import yuan

OPEN_STAGES = tuple(stage for stage in Stage if stage not in FINAL_STAGES)


class MoneyFlow(CaseFlow):
    @task(
        gettext_lazy("Take a payment"),
        past=gettext_lazy("payment taken"),
        clause="NC-5",
        at=OPEN_STAGES,
        by=Role.CASHIER,
        form="applications.forms.money.PaymentForm",
        tab="money",
        wanted=lambda case: ledger.balance(case.statement) > 0,
    )
    def take_payment(
        self, *, by: User, amount: Decimal, method: str, reference: str = "", keep_credit: bool = False
    ) -> str:
        receipt = billing.record_payment(
            statement=self.statement,
            amount=amount,
            method=method,
            by=by,
            reference=reference,
            keep_credit=keep_credit,
        )
        issue_paper(self, PaperKind.RECEIPT, by=by, basis=f"receipt:{receipt.number}", receipt=receipt)
        return _("{amount}, receipt {number}").format(amount=yuan(amount), number=receipt.number)

    @task(
        gettext_lazy("Reverse a payment"),
        past=gettext_lazy("payment reversed"),
        clause="NC-5",
        at=OPEN_STAGES,
        by=Role.DUTY_MANAGER,
        form="applications.forms.money.ReversePaymentForm",
        tab="money",
        wanted=lambda case: ledger.paid(case.statement) > 0,
    )
    def reverse_payment(self, *, by: User, line: StatementLine, reason: str) -> str:
        billing.reverse_line(line=line, reason=reason, by=by)
        return _("{amount}: {reason}").format(amount=yuan(-line.amount), reason=reason)

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
        return f"{line.description} {yuan(line.amount)}: {reason}"

    @task(
        gettext_lazy("Pay back"),
        past=gettext_lazy("paid back"),
        clause="NC-8",
        at=OPEN_STAGES,
        by=Role.CASHIER,
        form="applications.forms.money.RefundForm",
        tab="money",
        wanted=lambda case: refundable(case) > 0,
    )
    def pay_back(self, *, by: User, amount: Decimal, method: str, reason: str, reference: str = "") -> str:
        billing.refund(
            statement=self.statement, amount=amount, method=method, reason=reason, by=by, reference=reference
        )
        return f"{yuan(amount)}: {reason}"

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
