"""Final settlement against budget, and the leader's agreement where the two lie far apart (NC-8)."""

from collections.abc import Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.roles import Role
from accounts.selectors import with_deputies
from applications.checkpoints.money import (
    budget_approved,
    not_own_settlement,
    statement_balanced,
    variance_approved_when_due,
    variance_fixed,
    variance_waits,
)
from applications.checkpoints.works import settlement_fixed, sheet_complete
from applications.engine.route import NEXT
from applications.engine.steps import Tone, step, task
from applications.flows.base import CaseFlow
from applications.issuing import issue_paper
from applications.matters import variance
from applications.models.decisions import Approval, Subject
from applications.models.staff_notices import StaffNotice
from applications.notifying import notify, seated
from applications.papers.kinds import PaperKind
from applications.stages import Stage
from applications.variance import settlement_difference, variance_of, waiting
from billing import services as billing
from engineering import selectors as works
from engineering import services as engineering
from engineering.models import Settlement
from waterservice.money import yuan


def difference_words(case: Any) -> str:
    """What fixing the settlement will ask of the applicant or give back (NC-8)."""
    departure = variance_of(case)
    if departure is None:
        return ""
    if departure.beyond:
        return _("The responsible leader must agree before the difference is posted.")
    difference = settlement_difference(case)
    if not difference.by_figures:
        return _("The settlement is as high as the budget: nothing is asked or given back.")
    if difference.capped:
        return difference.words
    words = _("{amount} will be asked of the applicant.") if difference.posted > 0 else _("{amount} will go back.")
    return words.format(amount=yuan(abs(difference.posted)))


class SettlementFlow(CaseFlow):
    """The designer fixes the figures. Within the limit the difference is posted at once, beyond it by the leader's
    agreement: nothing is asked of an applicant, or given back, that the leader has not agreed to."""

    @task(
        gettext_lazy("Fill in the final settlement"),
        past=gettext_lazy("final settlement saved"),
        clause="NC-8",
        at=Stage.FINAL_SETTLEMENT,
        by=Role.DESIGNER,
        form="applications.forms.works.SettlementForm",
    )
    def save_settlement(self, *, by: User, lines: Sequence[dict[str, Any]]) -> str:
        settlement = engineering.save_settlement(project=self.project, by=by, lines=list(lines))
        return yuan(settlement.total)

    @step(
        gettext_lazy("Fix the settlement"),
        past=gettext_lazy("settlement fixed"),
        clause="NC-8",
        source=Stage.FINAL_SETTLEMENT,
        by=Role.DESIGNER,
        checkpoints=[sheet_complete, budget_approved],
        tone=Tone.FORWARD,
        consequence=lambda case: difference_words(case),
    )
    def fix_settlement(self, *, by: User) -> str:
        """Freeze the figures and post the difference to what was charged: collected above, refunded below.

        Beyond the limit the figures are frozen and the leader is told; what an earlier settlement posted stands
        until another takes its place.
        """
        settlement = works.current(self.project, Settlement)
        assert settlement is not None
        engineering.close_sheet(sheet=settlement, by=by)
        departure = waiting(self)
        if departure is None:
            return self._post_difference(settlement, by)
        words = _("{settlement} instead of {budget}").format(
            settlement=yuan(departure.whole.settlement), budget=yuan(departure.whole.budget)
        )
        notify(self, seated(Role.RESPONSIBLE_LEADER), StaffNotice.About.VARIANCE_ASKED, by=by, words=words)
        return _("{words}; waits for the responsible leader").format(words=words)

    @step(
        gettext_lazy("Agree to the settlement"),
        past=gettext_lazy("settlement agreed to"),
        clause="NC-8",
        source=Stage.FINAL_SETTLEMENT,
        by=Role.RESPONSIBLE_LEADER,
        checkpoints=[variance_waits, budget_approved],
        rules=[not_own_settlement],
        shows=(variance,),
        form="applications.forms.decisions.OpinionForm",
        tone=Tone.FORWARD,
    )
    def approve_variance(self, *, by: User, opinion: str = "") -> str:
        """The difference is posted with the leader's agreement, not before."""
        settlement = works.current(self.project, Settlement)
        assert settlement is not None
        self._void_agreement()
        Approval.objects.create(
            application=self,
            subject=Subject.SETTLEMENT,
            stage=self.stage,
            subject_revision=settlement.revision,
            amount=settlement.total,
            opinion=opinion,
            approved_by=by,
            on_behalf_of=by.signs_for,
        )
        words = self._post_difference(settlement, by)
        told = with_deputies(settlement.prepared_by, Role.DESIGNER)
        notify(self, told, StaffNotice.About.VARIANCE_AGREED, by=by, words=opinion)
        return f"{words} {opinion}".strip()

    @step(
        gettext_lazy("Send the settlement back"),
        past=gettext_lazy("settlement sent back"),
        clause="NC-8",
        source=Stage.FINAL_SETTLEMENT,
        by=Role.RESPONSIBLE_LEADER,
        checkpoints=[variance_fixed],
        rules=[not_own_settlement],
        shows=(variance,),
        form="applications.forms.decisions.ReasonForm",
        tone=Tone.BACK,
    )
    def refuse_variance(self, *, by: User, reason: str) -> str:
        """Open the sheet again for the designer; no settlement is in force, so no difference stands either.

        An agreement given before is void; what the applicant has paid by it stays, as credit.
        """
        settlement = works.current(self.project, Settlement)
        assert settlement is not None
        self._void_agreement()
        self.papers.filter(kind=PaperKind.SETTLEMENT, voided_at__isnull=True).update(voided_at=timezone.now())
        billing.reverse_charges(statement=self.statement, source_prefix="settlement:", reason=reason, by=by)
        engineering.reopen(project=self.project, model=Settlement, by=by)
        told = with_deputies(settlement.prepared_by, Role.DESIGNER)
        notify(self, told, StaffNotice.About.VARIANCE_REFUSED, by=by, words=reason)
        return reason

    @step(
        gettext_lazy("Close the settlement"),
        past=gettext_lazy("settlement closed"),
        clause="NC-8",
        source=Stage.FINAL_SETTLEMENT,
        target=NEXT,
        by=Role.DESIGNER,
        checkpoints=[settlement_fixed, variance_approved_when_due, statement_balanced],
    )
    def close_settlement(self, *, by: User) -> None:
        """Whether the deputy general manager must decide is read later from the larger of budget and settlement."""

    def _void_agreement(self) -> None:
        in_force = self.approvals.filter(subject=Subject.SETTLEMENT, voided_at__isnull=True)
        in_force.update(voided_at=timezone.now())

    def _post_difference(self, settlement: Settlement, by: User) -> str:
        """Replace what an earlier settlement posted by the difference of this one, and issue its paper."""
        billing.reverse_charges(
            statement=self.statement,
            source_prefix="settlement:",
            reason=_("A later settlement replaces it"),
            by=by,
        )
        difference = settlement_difference(self)
        if difference.posted:
            billing.adjust(
                statement=self.statement,
                amount=difference.posted,
                description=_("Final settlement against budget"),
                source=f"settlement:{settlement.revision}",
                by=by,
            )
        issue_paper(self, PaperKind.SETTLEMENT, by=by, basis=f"settlement:{settlement.revision}")
        words = _("{total}, difference {difference}").format(
            total=yuan(settlement.total), difference=yuan(difference.by_figures)
        )
        return f"{words}. {difference.words}" if difference.capped else words
