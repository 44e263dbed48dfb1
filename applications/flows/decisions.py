"""Approvals, sending back, refusing, withdrawing, taking, suspending, extensions (NC-4d, NC-10 and in common)."""

from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.roles import Role
from applications.checkpoints.money import budget_approved, not_own_budget, not_own_works, project_fee_unpaid
from applications.engine import clocks
from applications.engine.checkpoints import Words, actor_rule, checkpoint
from applications.engine.route import CHOSEN, NEXT
from applications.engine.steps import OWNERS_MANAGER, Tone, step, task
from applications.flows.base import CaseFlow
from applications.issuing import issue_paper
from applications.models.clock import Clock, Extension
from applications.models.decisions import Approval, Subject
from applications.models.notices import ApplicantNotice
from applications.papers.kinds import PaperKind
from applications.stages import FINAL_STAGES, Stage
from billing import services as billing
from engineering import selectors as works
from engineering import services as engineering
from engineering.models import Budget
from waterservice.files import store_upload
from waterservice.money import yuan

FORMS = "applications.forms.decisions."
OPEN_STAGES = tuple(stage for stage in Stage if stage not in FINAL_STAGES)
REVIEWED_STAGES = tuple(stage for stage in OPEN_STAGES if stage != Stage.DRAFT)
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


@checkpoint(gettext_lazy("An extension has been asked for"), cure="time")
def extension_asked(case: Any) -> Words | None:
    if asked_extension(case) is None:
        return _("Nobody has asked for an extension.")
    return None


@checkpoint(gettext_lazy("A clock is running"), cure="time")
def clock_running(case: Any) -> Words | None:
    if not case.open_clocks:
        return _("No time limit is running, so there is nothing to extend.")
    if asked_extension(case) is not None:
        return _("An extension has been asked for already and waits for a decision.")
    return None


@checkpoint(gettext_lazy("There is an earlier stage to go back to"), cure="timeline")
def can_go_back(case: Any) -> Words | None:
    if not case.stages_to_return_to():
        return _("There is no earlier stage to which this case could go back.")
    return None


@checkpoint(gettext_lazy("The case is suspended"), cure="time")
def is_suspended(case: Any) -> Words | None:
    return None if case.suspended else _("The case is not suspended.")


@actor_rule(gettext_lazy("Nobody decides on an extension that they asked for"))
def not_own_extension(case: Any, actor: User) -> Words | None:
    asked = asked_extension(case)
    if asked is not None and asked.asked_by_id == actor.pk:
        return _("You asked for this extension yourself. Somebody else must decide on it.")
    return None


@actor_rule(gettext_lazy("The case is not yours already"))
def not_already_theirs(case: Any, actor: User) -> Words | None:
    return _("The case is in your hands already.") if case.holder_id == actor.pk else None


def asked_extension(case: Any) -> Extension | None:
    """The extension of this case that waits for a decision, or None."""
    return Extension.objects.filter(
        clock__application=case, clock__stopped_at__isnull=True, status=Extension.Status.ASKED
    ).first()


class DecisionsFlow(CaseFlow):
    # -- approvals -------------------------------------------------------------------------------

    @step(
        gettext_lazy("Approve the budget"),
        past=gettext_lazy("budget approved"),
        clause="NC-4d",
        source=Stage.BUDGET_APPROVAL,
        target=NEXT,
        rules=[not_own_budget],
        form=FORMS + "OpinionForm",
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
        )
        if budget.applicant_total:
            billing.charge(
                statement=self.statement,
                amount=budget.applicant_total,
                description=_("Project fee by approved budget"),
                source=f"budget:{budget.revision}",
                by=by,
            )
            issue_paper(self, PaperKind.PAYMENT_NOTICE, by=by, basis=f"budget:{budget.revision}")
        return _("{amount} {opinion}").format(amount=yuan(budget.total), opinion=opinion).strip()

    @step(
        gettext_lazy("Approve water on"),
        past=gettext_lazy("water on approved"),
        clause="NC-10",
        source=Stage.EXECUTIVE_APPROVAL,
        target=NEXT,
        checkpoints=[budget_approved],
        rules=[not_own_works],
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
        """Void the approvals and papers of the stages passed over, reopen their sheets, take back their charges.

        Payments stay, as credit.
        """
        undone = self.route.from_stage(Stage(to))
        now = timezone.now()
        self.approvals.filter(stage__in=undone, voided_at__isnull=True).update(voided_at=now)
        self.papers.filter(stage__in=undone, voided_at__isnull=True).exclude(kind=PaperKind.RECEIPT).update(
            voided_at=now
        )
        for stage in undone:
            if self.route[stage].sheet and self.is_at_or_past(stage):
                engineering.reopen(project=self.project, model=self.route[stage].sheet, by=by)
        if Stage.BUDGET_APPROVAL in undone:
            billing.reverse_charges(statement=self.statement, source_prefix="budget:", reason=reason, by=by)
        if Stage.FINAL_SETTLEMENT in undone:
            billing.reverse_charges(statement=self.statement, source_prefix="settlement:", reason=reason, by=by)
        clocks.cancel_undone(self, Stage(to))
        return reason

    @step(
        gettext_lazy("Refuse the request"),
        past=gettext_lazy("request refused"),
        clause="NC-3",
        source=(Stage.DOCUMENT_REVIEW, Stage.ARREARS_CHECK, Stage.ARREARS_SETTLEMENT),
        target=Stage.REFUSED,
        checkpoints=[project_fee_unpaid],
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
        checkpoints=[project_fee_unpaid],
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

    # -- desk and time ---------------------------------------------------------------------------

    @step(
        gettext_lazy("Take the case"),
        past=gettext_lazy("case taken"),
        source=OPEN_STAGES,
        rules=[not_already_theirs],
        while_suspended=True,
    )
    def take(self, *, by: User) -> None:
        self.holder = by

    @step(
        gettext_lazy("Suspend for the applicant"),
        past=gettext_lazy("suspended"),
        source=REVIEWED_STAGES,
        form=FORMS + "SuspendForm",
    )
    def suspend(self, *, by: User, reason: str, awaited: str) -> str:
        clocks.suspend(self, by=by, reason=reason, awaited=awaited)
        return f"{reason}: {awaited}"

    @step(
        gettext_lazy("Resume"),
        past=gettext_lazy("resumed"),
        source=REVIEWED_STAGES,
        checkpoints=[is_suspended],
        while_suspended=True,
    )
    def resume(self, *, by: User) -> None:
        clocks.resume(self, by=by)

    @step(
        gettext_lazy("Ask for an extension"),
        past=gettext_lazy("extension asked for"),
        source=REVIEWED_STAGES,
        checkpoints=[clock_running],
        form=FORMS + "AskExtensionForm",
    )
    def ask_extension(self, *, by: User, clock: Clock, until: date, reason: str, evidence: Any = None) -> str:
        Extension.objects.create(
            clock=clock,
            until=until,
            reason=reason,
            evidence=store_upload(evidence, by=by) if evidence else None,
            asked_by=by,
        )
        return f"{until.isoformat()}: {reason}"

    @step(
        gettext_lazy("Grant the extension"),
        past=gettext_lazy("extension granted"),
        source=REVIEWED_STAGES,
        by=OWNERS_MANAGER,
        checkpoints=[extension_asked],
        rules=[not_own_extension],
        form=FORMS + "OpinionForm",
        while_suspended=True,
    )
    def grant_extension(self, *, by: User, opinion: str = "") -> str:
        asked = asked_extension(self)
        assert asked is not None
        clocks.extend(asked, by=by, opinion=opinion)
        return asked.until.isoformat()

    @step(
        gettext_lazy("Refuse the extension"),
        past=gettext_lazy("extension refused"),
        source=REVIEWED_STAGES,
        by=OWNERS_MANAGER,
        checkpoints=[extension_asked],
        rules=[not_own_extension],
        form=FORMS + "ReasonForm",
        while_suspended=True,
    )
    def refuse_extension(self, *, by: User, reason: str) -> str:
        asked = asked_extension(self)
        assert asked is not None
        asked.status = Extension.Status.REFUSED
        asked.decided_at, asked.decided_by, asked.opinion = timezone.now(), by, reason
        asked.save()
        return reason

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
