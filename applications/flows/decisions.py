"""Approvals, sending back, refusing, withdrawing, taking, comments (NC-4d, NC-10 and in common)."""

from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.roles import Role
from accounts.selectors import with_deputies
from applications.asking import ask_for_the_rest
from applications.checkpoints.money import (
    budget_approved,
    fee_never_confirmed,
    not_own_budget,
    not_own_works,
    project_fee_unpaid,
)
from applications.engine import clocks
from applications.engine.checkpoints import Words, actor_rule, checkpoint
from applications.engine.route import CHOSEN, NEXT
from applications.engine.steps import OWNER, OWNERS_MANAGER, Tone, step, task
from applications.flows.base import OPEN_STAGES, REVIEWED_STAGES, CaseFlow
from applications.matters import other_calibre, outside_the_red_line
from applications.models.decisions import Approval, Subject
from applications.models.notices import ApplicantNotice
from applications.models.staff_notices import StaffNotice
from applications.notifying import colleagues, notify
from applications.papers.kinds import PaperKind
from applications.stages import Stage
from applications.thresholds import below_threshold
from billing import services as billing
from engineering import selectors as works
from engineering import services as engineering
from engineering.models import Budget
from waterservice.money import yuan

FORMS = "applications.forms.decisions."
BEFORE_WORKS = (
    Stage.DRAFT,
    Stage.DOCUMENT_REVIEW,
    Stage.ARREARS_CHECK,
    Stage.ARREARS_SETTLEMENT,
    Stage.SURVEY,
    Stage.DESIGN,
    Stage.PERMITS,
    Stage.BUDGET,
    Stage.BUDGET_APPROVAL,
    Stage.PROJECT_FEE,
)


@checkpoint(gettext_lazy("There is an earlier stage to go back to"))
def can_go_back(case: Any) -> Words | None:
    if not case.stages_to_return_to():
        return _("There is no earlier stage to which this case could go back.")
    return None


@actor_rule(gettext_lazy("The case is not yours already"))
def not_already_theirs(case: Any, actor: User) -> Words | None:
    return _("The case is in your hands already.") if case.holder_id in actor.hands else None


@checkpoint(gettext_lazy("A colleague sits at the same desk"), cure="timeline")
def colleague_there(case: Any) -> Words | None:
    return None if colleagues(case).exists() else _("Nobody else sits at this desk to whom it could be handed over.")


def approval_words(case: Any) -> str:
    """What approving the budget will ask of the applicant, and whether a second approval follows (NC-5, NC-10)."""
    budget = works.current(case.project, Budget)
    if budget is None:
        return ""
    words = _("The applicant will be asked for {amount}.").format(amount=yuan(budget.applicant_total))
    if below_threshold(case):
        return words
    return words + " " + _("From this cost up the deputy general manager also approves before water is turned on.")


class DecisionsFlow(CaseFlow):
    # -- approvals -------------------------------------------------------------------------------

    @step(
        gettext_lazy("Approve the budget"),
        past=gettext_lazy("budget approved"),
        clause="NC-4d",
        source=Stage.BUDGET_APPROVAL,
        target=NEXT,
        rules=[not_own_budget],
        shows=(outside_the_red_line,),
        form=FORMS + "OpinionForm",
        consequence=lambda case: approval_words(case),
    )
    def approve_budget(self, *, by: User, opinion: str = "") -> str:
        """The applicant's part is charged to the statement; a fee of zero is possible and needs no charge."""
        budget = works.current(self.project, Budget)
        assert budget is not None
        Approval.objects.create(
            application=self,
            subject=Subject.BUDGET,
            stage=self.stage,
            subject_revision=budget.revision,
            amount=budget.total,
            opinion=opinion,
            approved_by=by,
            on_behalf_of=by.signs_for,
        )
        if budget.applicant_total:
            billing.charge(
                statement=self.statement,
                amount=budget.applicant_total,
                description=_("Project fee by approved budget"),
                source=f"budget:{budget.revision}",
                by=by,
            )
            ask_for_the_rest(self, by=by, basis=f"budget:{budget.revision}")
        return _("{amount} {opinion}").format(amount=yuan(budget.total), opinion=opinion).strip()

    @step(
        gettext_lazy("Approve water on"),
        past=gettext_lazy("water on approved"),
        clause="NC-10",
        source=Stage.EXECUTIVE_APPROVAL,
        target=NEXT,
        checkpoints=[budget_approved],
        rules=[not_own_works],
        shows=(other_calibre,),
        form=FORMS + "OpinionForm",
    )
    def approve_water_on(self, *, by: User, opinion: str = "") -> str:
        amount = works.largest_cost(self.project)
        budget = works.current(self.project, Budget)
        assert budget is not None
        Approval.objects.create(
            application=self,
            subject=Subject.WATER_ON,
            stage=self.stage,
            subject_revision=budget.revision,
            amount=amount,
            opinion=opinion,
            approved_by=by,
            on_behalf_of=by.signs_for,
        )
        return f"{yuan(amount)} {opinion}".strip()

    # -- back, refused, withdrawn ----------------------------------------------------------------

    @step(
        gettext_lazy("Send back"),
        past=gettext_lazy("sent back"),
        source=REVIEWED_STAGES,
        target=CHOSEN,
        checkpoints=[can_go_back],
        form=FORMS + "SendBackForm",
        tone=Tone.BACK,
    )
    def send_back(self, *, by: User, to: str, reason: str) -> str:
        """Void the approvals, papers and tellings of the stages passed over, reopen their sheets, take back their
        charges; what others granted for the works is asked about again.

        Payments stay, as credit, and a deposit that is paid stays held: it is reckoned anew when its stage comes.
        """
        undone = self.route.from_stage(Stage(to))
        now = timezone.now()
        self.approvals.filter(stage__in=undone, voided_at__isnull=True).update(voided_at=now)
        self.papers.filter(stage__in=undone, voided_at__isnull=True).exclude(kind=PaperKind.RECEIPT).update(
            voided_at=now
        )
        self.notices.filter(stage__in=undone, voided_at__isnull=True).update(voided_at=now)
        for stop in (self.route[stage] for stage in undone if self.is_at_or_past(stage)):
            if stop.sheet:
                engineering.reopen(project=self.project, model=stop.sheet, by=by)
            if stop.grants:
                engineering.ask_again(project=self.project, model=stop.grants, by=by)
        if Stage.SUPPLY_AGREEMENT in undone:
            self.drop_unpaid_deposit(by=by, reason=reason)  # before the credit of the works makes it look paid
        if Stage.BUDGET_APPROVAL in undone:
            billing.reverse_charges(statement=self.statement, source_prefix="budget:", reason=reason, by=by)
        if Stage.FINAL_SETTLEMENT in undone:
            billing.reverse_charges(statement=self.statement, source_prefix="settlement:", reason=reason, by=by)
        clocks.cancel_undone(self, Stage(to))
        return reason

    def drop_unpaid_deposit(self, *, by: User, reason: str) -> None:
        """Take back what was charged as a deposit and not paid; one that is held stays (NC-C5)."""
        if self.is_at_or_past(Stage.SUPPLY_AGREEMENT):
            billing.drop_unpaid_deposits(statement=self.statement, reason=reason, by=by)

    @step(
        gettext_lazy("Refuse the request"),
        past=gettext_lazy("request refused"),
        clause="NC-3",
        source=(Stage.DOCUMENT_REVIEW, Stage.ARREARS_CHECK, Stage.ARREARS_SETTLEMENT),
        target=Stage.REFUSED,
        checkpoints=[fee_never_confirmed, project_fee_unpaid],
        form=FORMS + "RefuseForm",
        tone=Tone.END,
        while_suspended=True,
    )
    def refuse(self, *, by: User, reason: str, means: str, told_on: date) -> str:
        """Refuse with a reason; the applicant is told, and how they were told is on record."""
        ApplicantNotice.objects.create(
            application=self,
            about=ApplicantNotice.About.REFUSAL,
            means=means,
            told_on=told_on,
            told_by=by,
            words=reason,
            stage=self.stage,
        )
        return self._end(by, reason)

    @step(
        gettext_lazy("Withdraw for the applicant"),
        past=gettext_lazy("withdrawn by the applicant"),
        source=BEFORE_WORKS,
        target=Stage.WITHDRAWN,
        by=Role.COUNTER_CLERK,
        checkpoints=[fee_never_confirmed, project_fee_unpaid],
        form=FORMS + "ReasonForm",
        tone=Tone.END,
        while_suspended=True,
    )
    def withdraw(self, *, by: User, reason: str) -> str:
        """Possible until the project fee is paid."""
        return self._end(by, reason)

    def _end(self, by: User, reason: str) -> str:
        billing.reverse_charges(statement=self.statement, source_prefix="budget:", reason=reason, by=by)
        if self.suspended:
            clocks.resume(self, by=by)
        return reason

    # -- the desk ---------------------------------------------------------------------------

    @step(
        gettext_lazy("Take the case"),
        past=gettext_lazy("case taken"),
        source=OPEN_STAGES,
        rules=[not_already_theirs],
        while_suspended=True,
    )
    def take(self, *, by: User) -> None:
        self.holder = by.principal

    @step(
        gettext_lazy("Hand over to a colleague"),
        past=gettext_lazy("handed over"),
        source=OPEN_STAGES,
        by=(OWNER, OWNERS_MANAGER),
        checkpoints=[colleague_there],
        form=FORMS + "HandOverForm",
        while_suspended=True,
    )
    def hand_over(self, *, by: User, colleague: User, words: str = "") -> str:
        """Somebody else at the same desk has the case in hand from now on, and is told."""
        self.holder = colleague
        assert self.stop is not None
        notify(self, with_deputies(colleague, self.stop.owner), StaffNotice.About.HANDED_OVER, by=by, words=words)
        return _("{name}: {words}").format(name=colleague, words=words) if words else str(colleague)

    @task(
        gettext_lazy("Comment"),
        past=gettext_lazy("commented"),
        at=OPEN_STAGES,
        by=tuple(role for role in Role if role not in (Role.ADMINISTRATOR, Role.AUDITOR)),
        form=FORMS + "CommentForm",
        tab="timeline",
    )
    def comment(self, *, by: User, words: str) -> str:
        return words
