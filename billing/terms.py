"""Policies of money that the utility sets for everybody alike."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from billing.models.rows import PayMethod
from waterservice.policies import PolicyKind, declare

BILL_PAY_DAYS = declare(
    "billing.bill_pay_days",
    label=_("Days to pay a water bill"),
    default=15,
    kind=PolicyKind.DAYS,
    clause="NC-9",
    unit="日",
)

OTHER_ACCOUNTS_BLOCK_A_TRANSFER = declare(
    "billing.other_accounts_block_a_transfer",
    label=_("Unpaid bills of the holders' other accounts stop a transfer"),
    default=True,
    kind=PolicyKind.BOOLEAN,
    clause="OT-3",
)

ANEW, CONTINUE = "anew", "continue"
TIERS_ON_CHANGE = declare(
    "billing.tiers_on_change_of_holder",
    label=_("Tiers of the year when the holder changes"),
    default=ANEW,
    kind=PolicyKind.CHOICE,
    clause="OT-7",
    choices={ANEW: _("begin anew with each holder"), CONTINUE: _("go on with the account")},
)

# Rate, start and cap are those of the day on which a bill was issued: they hold for the bill, whenever it is paid.
LATE_CHARGE_PERMILLE = declare(
    "billing.late_charge_permille",
    label=_("Late charge on water bills, per mille a day"),
    default=Decimal("0.5"),
    kind=PolicyKind.DECIMAL,
    clause="NC-9",
    unit="‰",
    most=100,
)
LATE_CHARGE_START = declare(
    "billing.late_charge_start",
    label=_("First day of the late charge, counted from the last day to pay"),
    default=1,
    kind=PolicyKind.DAYS,
    clause="NC-9",
    unit="日",
)
LATE_CHARGE_CAP_PERCENT = declare(
    "billing.late_charge_cap_percent",
    label=_("Most that a late charge can reach, per cent of the bill"),
    default=Decimal("100"),
    kind=PolicyKind.DECIMAL,
    clause="NC-9",
    unit="%",
    most=1000,
)
# The switch is that of the day of payment: switched off, nobody pays a late charge from that day on.
LATE_CHARGES = declare(
    "billing.late_charges",
    label=_("Late charges on water bills are taken"),
    default=True,
    kind=PolicyKind.BOOLEAN,
    clause="NC-9",
)
WAIVER_DAYS = declare(
    "billing.waiver_days",
    label=_("Days to pay a bill whose late charge is let off"),
    default=5,
    kind=PolicyKind.DAYS,
    clause="NC-9",
    unit="日",
)

SUSPICIOUS_FACTOR = declare(
    "billing.suspicious_usage_factor",
    label=_("Usage is suspicious from this many times the usual"),
    default=10,
    kind=PolicyKind.INTEGER,
    clause="NC-13",
    unit="倍",
    least=2,
    most=1000,
)
# Without the number of the payment nobody can tell a payment that is recorded twice from two payments.
SLIP_REQUIRED = {
    PayMethod.CARD: declare(
        "billing.slip_required.card",
        label=_("Bank card: the number of the slip must be entered"),
        default=True,
        kind=PolicyKind.BOOLEAN,
    ),
    PayMethod.TRANSFER: declare(
        "billing.slip_required.transfer",
        label=_("Bank transfer: its number must be entered"),
        default=True,
        kind=PolicyKind.BOOLEAN,
    ),
    PayMethod.WECHAT: declare(
        "billing.slip_required.wechat",
        label=_("WeChat Pay: the number of the payment must be entered"),
        default=True,
        kind=PolicyKind.BOOLEAN,
    ),
    PayMethod.ALIPAY: declare(
        "billing.slip_required.alipay",
        label=_("Alipay: the number of the payment must be entered"),
        default=True,
        kind=PolicyKind.BOOLEAN,
    ),
}
