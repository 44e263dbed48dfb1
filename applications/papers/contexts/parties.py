"""The applicant, the place and the works' name, as every paper writes them."""

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from accounts.models import CustomerKind
from applications.papers import words
from applications.papers.formats import calibre, given, need, plain

if TYPE_CHECKING:
    from applications.models import Application

DAYS_OF_A_MONTH = 30


def applicant(case: "Application") -> dict[str, Any]:
    """The applicant with the identity number in full: papers are between the two who sign them."""
    customer = case.applicant
    organisation = customer.kind == CustomerKind.ORGANISATION
    return {
        "organisation": organisation,
        "kind": words.CUSTOMER_KIND[customer.kind],
        "name": need(customer.name, _("name of the applicant")),
        "identity_kind": words.IDENTITY_KIND[customer.identity_kind],
        "identity_number": need(customer.identity_number, _("identity number")),
        "telephone": need(customer.telephone, _("telephone")),
        "second_telephone": given(customer.second_telephone),
        "address": customer.address or case.premises.address,
        "legal_representative": (
            need(customer.legal_representative, _("legal representative")) if organisation else ""
        ),
        "signs": _signs(case, organisation),
        "seal": "（盖章）" if organisation else "",
        "bank": need(customer.bank, _("bank")) if organisation else given(customer.bank),
        "bank_account": (
            need(customer.bank_account, _("bank account")) if organisation else given(customer.bank_account)
        ),
    }


def _signs(case: "Application", organisation: bool) -> str:
    if organisation:
        return "法定代表人或者委托代理人（签名）"
    return "委托代理人（签名）" if case.new_connection.agent_name else "本人（签名）"


def agent(case: "Application") -> dict[str, str] | None:
    """Who acts for the applicant by a power of attorney, or None."""
    form = case.new_connection
    if not form.agent_name:
        return None
    return {
        "name": form.agent_name,
        "identity_number": need(form.agent_identity_number, _("agent's identity number")),
        "telephone": given(form.agent_telephone),
    }


def water_use(case: "Application") -> dict[str, str]:
    """Kind of use, purpose, expected use a month and a day (of 30 to the month), calibre wanted."""
    form = case.new_connection
    month = form.expected_m3_month
    return {
        "kind": need(form.kind_of_use, _("kind of use"), lambda kind: words.KIND_OF_USE[kind]),
        "purpose": given(form.purpose),
        "month": need(month, _("expected use (m³ a month)"), plain),
        "day": need(month, _("expected use (m³ a month)"), _a_day),
        "calibre": need(form.calibre, _("calibre wanted"), calibre),
    }


def _a_day(month: Decimal) -> str:
    return plain((month / DAYS_OF_A_MONTH).quantize(Decimal("0.01"), ROUND_HALF_UP))


def works_name(case: "Application") -> str:
    """The name under which the works run from budget to settlement."""
    return f"{case.premises.address}新装接水工程"
