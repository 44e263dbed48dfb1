"""Checkpoints of agreements, water on, filing and the first reading (NC-6, NC-9, NC-10, NC-12, NC-13)."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import AccountStatus
from applications.checkpoints.money import approval_in_force
from applications.engine.checkpoints import Words, checkpoint
from applications.models.decisions import Subject
from applications.papers.kinds import PaperKind
from applications.thresholds import below_threshold
from billing.models import Reading
from engineering import selectors as works
from engineering.models import Budget, Completion

if TYPE_CHECKING:
    from applications.models import Application, Paper


def budget_basis(case: "Application") -> str:
    """What a construction agreement speaks of: the present revision of the budget."""
    budget = works.current(case.project, Budget)
    return f"budget:{budget.revision}" if budget else ""


def supply_basis(case: "Application") -> str:
    """What a water-supply agreement speaks of: the account, and the meter of the completion in force."""
    completion = works.current(case.project, Completion)
    return f"account:{case.account.number}:{completion.revision}" if case.account and completion else ""


def meter_as_completed(case: "Application") -> bool:
    """Whether the account has the meter that the completion in force reports, as it reports it."""
    completion, meter = works.current(case.project, Completion), case.account.meter if case.account else None
    if completion is None or meter is None:
        return False
    figures = (completion.meter_number, completion.calibre, completion.digits, completion.first_reading)
    words = (completion.maker_number, completion.meter_model, completion.meter_position)
    known = (meter.number, meter.calibre, meter.digits, meter.first_reading)
    return known == figures and (meter.maker_number, meter.model, meter.position) == words


def paper_in_force(case: "Application", kind: PaperKind) -> "Paper | None":
    """The newest version of a paper that no sending back has voided, or None."""
    found: Paper | None = case.papers.filter(kind=kind, voided_at__isnull=True).order_by("-version").first()
    return found


@checkpoint(gettext_lazy("The construction agreement is signed for the present budget"), clause="NC-6", cure="papers")
def construction_agreement_signed(case: "Application") -> Words | None:
    paper = paper_in_force(case, PaperKind.CONSTRUCTION_AGREEMENT)
    if paper is None:
        return _("Issue the construction agreement.")
    if not paper.signed:
        return _("Attach the signed copy of the construction agreement.")
    if paper.basis != budget_basis(case):
        return _("The construction agreement was signed for an older budget. Issue and sign it anew.")
    return None


@checkpoint(gettext_lazy("The meter account is opened"), clause="NC-12", cure="works")
def account_opened(case: "Application") -> Words | None:
    if case.account is None:
        return _("Open the meter account first: agreement and water-on notice name it.")
    if not meter_as_completed(case):
        return _("The account still has an earlier meter. Take over the meter that was reported with the completion.")
    return None


@checkpoint(gettext_lazy("The water-supply agreement is signed"), clause="NC-9", cure="papers")
def supply_agreement_signed(case: "Application") -> Words | None:
    paper = paper_in_force(case, PaperKind.SUPPLY_AGREEMENT)
    if paper is None:
        return _("Issue the water-supply agreement.")
    if not paper.signed:
        return _("Attach the signed copy of the water-supply agreement.")
    if paper.basis != supply_basis(case):
        return _("The water-supply agreement names another account or meter. Issue and sign it anew.")
    return None


@checkpoint(
    gettext_lazy("From the threshold up the deputy general manager has approved"),
    clause="NC-10",
)
def executive_approved_when_due(case: "Application") -> Words | None:
    if below_threshold(case):
        return None
    approval = approval_in_force(case, Subject.WATER_ON)
    if approval is None or approval.amount != works.largest_cost(case.project):
        return _("A project of this size needs the deputy general manager's approval before water is turned on.")
    return None


@checkpoint(gettext_lazy("The account's file agrees with the papers"), clause="NC-12", cure="works")
def account_filed(case: "Application") -> Words | None:
    if case.account is None or case.account.status != AccountStatus.ACTIVE:
        return _("The account is not active.")
    if case.account.filed_at is None or case.account.filed_at < case.arrived_at:
        return _("Check the account's file against the papers: holder, meter, reading book and kind of use.")
    return None


@checkpoint(gettext_lazy("The first reading is recorded"), clause="NC-13", cure="works")
def first_reading_recorded(case: "Application") -> Words | None:
    if case.account and Reading.objects.filter(account=case.account, kind=Reading.Kind.FIRST).exists():
        return None
    return _("Record the first meter reading.")
