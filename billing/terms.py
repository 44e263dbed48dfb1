"""Policies of money that the utility sets for everybody alike."""

from django.utils.translation import gettext_lazy as _

from waterservice.policies import PolicyKind, declare

BILL_PAY_DAYS = declare(
    "billing.bill_pay_days",
    label=_("Days to pay a water bill"),
    default=15,
    kind=PolicyKind.DAYS,
    clause="NC-9",
    unit="日",
)
