"""What waits for a decision in a case, and what deciders must know of its works: each step declares which it shows."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from applications.checkpoints.reductions import asked_reduction
from applications.engine.matters import Matter
from applications.models.clock import Backdating, moment_words
from applications.variance import waiting
from billing import selectors as ledger
from engineering import selectors as works
from engineering.models import Budget, Completion, Design, Payer, RedLine
from waterservice.models import Decision
from waterservice.money import ZERO, yuan

if TYPE_CHECKING:
    from applications.models import Application

# 国办函〔2020〕129号: within planned urban areas the user does not pay for works outside the red line.
OUTSIDE_THE_RED_LINE = gettext_lazy(
    "The budget lets the applicant pay outside the red line. Within planned urban areas users do not pay there "
    "(国办函〔2020〕129号): say in the description why it is otherwise here, or choose another payer."
)


def asked_backdating(case: "Application") -> Backdating | None:
    """The late record of this case that waits for a decision, or None."""
    found: Backdating | None = case.backdatings.filter(status=Decision.Status.ASKED, void=False).first()
    return found


def extension(case: "Application") -> Matter | None:
    """More time for a clock, as asked for."""
    asked = case.asked_extension
    if asked is None:
        return None
    asked.clock.application = case
    rows = (
        (_("Time limit"), asked.clock.about),
        (_("Due now"), asked.clock.due_words),
        (_("New date"), asked.until.isoformat()),
        *_asked(asked),
    )
    return Matter(_("An extension has been asked for"), rows, asked.evidence_id)


def backdating(case: "Application") -> Matter | None:
    """A deed that shall be recorded as of an earlier day."""
    asked = asked_backdating(case)
    if asked is None:
        return None
    rows = (
        (_("What was done"), str(case.steps()[asked.step].label)),
        (_("The day it happened"), asked.happened_on.isoformat()),
        *_asked(asked),
    )
    return Matter(_("A late record has been asked for"), rows, asked.evidence_id)


def reduction(case: "Application") -> Matter | None:
    """A part of a charge that shall be let off."""
    asked = asked_reduction(case)
    if asked is None:
        return None
    rows = (
        (_("Charge"), f"{asked.charge.description} {yuan(asked.charge.amount)}"),
        (_("Amount to let off"), yuan(asked.amount)),
        *_asked(asked),
        (_("Decided by"), str(asked.get_decider_display())),
    )
    return Matter(_("A reduction has been asked for"), rows, asked.evidence_id)


def termination(case: "Application") -> Matter | None:
    """An end of the request by agreement, and what of the fee would be kept."""
    ending = case.termination
    if ending is None or ending.granted:
        return None
    rows = (
        (_("Works done so far"), ending.works_done or "—"),
        (_("Kept of the fee"), yuan(ending.kept)),
        *_asked(ending),
    )
    return Matter(_("A termination by agreement has been prepared"), rows)


def variance(case: "Application") -> Matter | None:
    """A settlement beyond the limit that the leader has not agreed to."""
    found = waiting(case)
    if found is None:
        return None
    whole = found.whole
    percent = "" if whole.percent is None else f" ({whole.percent:+}%)"
    rows = (
        (_("Project budget"), yuan(whole.budget)),
        (_("Final settlement"), yuan(whole.settlement)),
        (_("Difference"), f"{yuan(whole.difference)}{percent}"),
        (_("Limit"), f"{found.limit_words}%"),
    )
    return Matter(_("A settlement waits for the responsible leader"), rows)


def other_calibre(case: "Application") -> Matter | None:
    """A meter of another calibre than the one designed and agreed, with the construction unit's reason (NC-C2)."""
    completion, design = works.current(case.project, Completion), works.current(case.project, Design)
    if completion is None or design is None or completion.calibre in (None, design.calibre):
        return None
    rows = (
        (_("By the design"), f"DN{design.calibre}"),
        (_("Set"), f"DN{completion.calibre}"),
        (_("Why it differs from the design"), completion.calibre_reason or "—"),
    )
    return Matter(_("The meter is not of the designed calibre"), rows, waits=False)


def outside_the_red_line(case: "Application") -> Matter | None:
    """Lines of the budget that let the applicant pay outside the red line."""
    budget = works.current(case.project, Budget)
    lines = budget.lines.filter(red_line=RedLine.OUTSIDE, payer=Payer.APPLICANT) if budget else ()
    rows = tuple((line.description, yuan(line.amount)) for line in lines)
    return Matter(OUTSIDE_THE_RED_LINE, rows, waits=False) if rows else None


def notice_in_force(case: "Application") -> Matter | None:
    """The payment notice that the applicant has in hand, before another is issued."""
    notice = case.statement.notices.first()
    if notice is None or ledger.balance(case.statement) <= ZERO:
        return None
    rows = (
        (_("Amount"), yuan(notice.amount)),
        (_("Pay by"), notice.pay_by.isoformat()),
        (_("Issued"), notice.issued_on.isoformat()),
    )
    return Matter(_("A payment notice has been issued already; another one takes its place"), rows, waits=False)


def _asked(asked: Decision) -> tuple[tuple[str, str], ...]:
    """What everything that is asked for has in common."""
    return (
        (_("Reason"), asked.reason),
        (_("Asked by"), f"{asked.asker} {moment_words(asked.asked_at)}"),
    )
