"""From a case to the bytes of a PDF."""

from datetime import date
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from applications.papers.contexts import CONTEXTS
from applications.papers.formats import day, gaps
from applications.papers.kinds import PaperKind
from waterservice.pdf import qr_svg, render_pdf
from waterservice.utility import utility_on

if TYPE_CHECKING:
    from applications.models import Application

DRAFT_CODE = "未签发"


def render(
    kind: PaperKind,
    case: "Application",
    *,
    draft: bool,
    verify_code: str,
    issued_on: date | None = None,
    version: int = 1,
    **extra: Any,
) -> bytes:
    """Print a paper of a case: the same facts, day and code give the same bytes, whatever language one uses.

    A draft is marked as such on every page and shows open places; a paper in force is refused with a
    ValidationError that names every required value that is missing. `issued_on` is today, if left out;
    `version` above 1 is added to the paper's number, so that a paper issued anew is not taken for the old one;
    `extra` is what the kind's context asks for besides.
    """
    issued_on = issued_on or timezone.localdate()
    context = CONTEXTS[kind](case, issued_on=issued_on, **extra)
    missing = list(dict.fromkeys(str(gap.label) for gap in gaps(context)))
    if missing and not draft:
        raise ValidationError(
            _("The paper “%(paper)s” cannot be issued yet. Still missing: %(fields)s."),
            params={"paper": kind.label, "fields": _(", ").join(missing)},
        )
    declaration = kind.declaration
    context["utility"] = utility_on(issued_on)
    context["paper"] = {
        "title": declaration.title_zh,
        "reference": f"{declaration.prefix}-{case.number}" + (f"-{version}" if version > 1 else ""),
        "label": "受理编号",
        "case_number": case.number,
        "issued_on": day(issued_on),
        "draft": draft,
        "verify_code": verify_code or DRAFT_CODE,
        "qr": qr_svg(verify_code or case.number),
    }
    with translation.override("zh-hans"):
        return render_pdf(kind.template, context)
