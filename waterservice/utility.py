"""Who the utility is: what every paper and agreement says of it."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from waterservice.hours import business_hours
from waterservice.policies import Policy, PolicyKind, declare

UTILITY: dict[str, Policy] = {
    "name": declare("utility.name", label=_("Utility: name"), default="示范市自来水有限公司", kind=PolicyKind.TEXT),
    "credit_code": declare(
        "utility.credit_code",
        label=_("Utility: unified social credit code"),
        default="919900000000000005",
        kind=PolicyKind.TEXT,
    ),
    "address": declare(
        "utility.address", label=_("Utility: address"), default="示范市滨江区供水路1号", kind=PolicyKind.TEXT
    ),
    "telephone": declare(
        "utility.telephone",
        label=_("Utility: service telephone"),
        default="400-000-0000",
        kind=PolicyKind.TEXT,
    ),
    "legal_representative": declare(
        "utility.legal_representative",
        label=_("Utility: legal representative"),
        default="示范人",
        kind=PolicyKind.TEXT,
    ),
    "bank": declare("utility.bank", label=_("Utility: bank"), default="示范银行示范市分行营业部", kind=PolicyKind.TEXT),
    "bank_account": declare(
        "utility.bank_account",
        label=_("Utility: bank account"),
        default="0000 0000 0000 0000",
        kind=PolicyKind.TEXT,
    ),
}


def utility_on(day: date) -> dict[str, str]:
    """The utility as a party of an agreement on a day, and its hours on working days."""
    return {name: str(policy.on(day)) for name, policy in UTILITY.items()} | {"hours": business_hours(day)}
