"""Words for the pages of cases."""

from typing import Any

from django import template
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.maps import map_address
from applications.register import COLUMNS, Column

register = template.Library()

FOLDERS = {
    "payments": (_("Cases to be paid"), _("No case waits for a payment.")),
    "mine": (_("For me to do"), _("Nothing waits for you. What you take or is handed to you appears here.")),
    "unclaimed": (_("Unclaimed in my office"), _("Every case of your office is in somebody's hands.")),
    "colleagues": (_("With colleagues"), _("Your colleagues have no case in hand.")),
    "applicant": (
        _("Waiting for the applicant"),
        _("No case waits for papers, permits or money of an applicant."),
    ),
    "started": (_("Started by me"), _("Cases that you take in at the counter appear here.")),
    "register": ("", _("No case fits these filters.")),
    "search": ("", _("No case fits these words.")),
    "queue": ("", ""),
}
TABS = {
    "overview": _("Overview"),
    "works": _("Works"),
    "money": _("Money"),
    "papers": _("Documents and papers"),
    "timeline": _("Timeline"),
    "time": _("Time limits"),
    "route": _("Drawn route"),
}


@register.simple_tag
def case_columns() -> tuple[Column, ...]:
    """The columns of a list of cases."""
    return COLUMNS


@register.simple_tag
def folder_label(name: str) -> str:
    return str(FOLDERS[name][0])


@register.simple_tag
def folder_empty(name: str) -> str:
    return str(FOLDERS[name][1])


@register.simple_tag
def cure_of(page: Any, reason: Any) -> str:
    """Where the person who looks at this page can cure a reason; empty without a page, or where it is not theirs."""
    return page.cure(reason) if hasattr(page, "cure") else ""


@register.simple_tag
def map_link(premises: object) -> str:
    """The address that opens a place in the telephone's map program; empty where the utility wants none."""
    return map_address(str(premises), timezone.localdate())


@register.simple_tag
def tab_label(name: str) -> str:
    return str(TABS[name])


@register.simple_tag
def tab_template(name: str) -> str:
    return f"applications/tabs/{name}.html"
