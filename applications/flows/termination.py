"""Termination by agreement (协议终止): how a request ends between the project fee and water on (in common)."""

from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.roles import Role
from applications.checkpoints.money import statement_balanced
from applications.checkpoints.termination import (
    can_be_terminated,
    not_own_termination,
    termination_asked,
    termination_granted,
    termination_signed,
    termination_under_way,
)
from applications.engine import clocks
from applications.engine.steps import Tone, step, task
from applications.flows.agreements import AgreementsFlow, signed_before, waits_for_signature
from applications.flows.base import BEFORE_WATER
from applications.flows.decisions import DecisionsFlow
from applications.issuing import issue_paper
from applications.matters import termination
from applications.models.clock import Suspension
from applications.models.staff_notices import StaffNotice
from applications.models.terminations import Termination
from applications.notifying import askers, notify, seated
from applications.papers.kinds import PaperKind
from applications.stages import Stage
from applications.terminations import agreement_signed, outcome
from billing import services as billing
from waterservice.money import yuan

DECISIONS = "applications.forms.decisions."
PAPER = PaperKind.TERMINATION_AGREEMENT


def under_way(case: Any) -> bool:
    return case.termination is not None


def to_be_signed(case: Any) -> bool:
    """Whether the agreement is to be issued: what is kept is approved, and nobody has signed yet."""
    return under_way(case) and case.termination.granted and not agreement_signed(case)


def ending_words(case: Any) -> str:
    """What concluding the termination leaves behind."""
    if not under_way(case):
        return ""
    found = outcome(case)
    words = _("{kept} is kept.").format(kept=yuan(found.kept))
    if found.deposit:
        words += " " + _("The deposit of {deposit} goes to the business office to be returned.").format(
            deposit=yuan(found.deposit)
        )
    return words


class TerminationFlow(AgreementsFlow, DecisionsFlow):
    """Prepared at the counter, approved by the responsible leader, signed, paid back, concluded.

    From the first to the last the case is suspended, so that nobody goes on building meanwhile.
    """

    @step(
        gettext_lazy("Prepare a termination by agreement"),
        past=gettext_lazy("termination by agreement prepared"),
        clause="NC-5",
        source=BEFORE_WATER,
        by=Role.COUNTER_CLERK,
        checkpoints=[can_be_terminated],
        form="applications.forms.terminations.TerminationForm",
        while_suspended=True,
    )
    def prepare_termination(self, *, by: User, reason: str, kept: Decimal, works_done: str = "") -> str:
        Termination.objects.create(application=self, reason=reason, works_done=works_done, kept=kept, asked_by=by)
        awaited = _("signature of the termination agreement")
        clocks.suspend(self, by=by, kind=Suspension.Awaited.AGREEMENT, reason=reason, awaited=awaited)
        leaders = seated(Role.RESPONSIBLE_LEADER)
        notify(self, leaders, StaffNotice.About.TERMINATION_ASKED, by=by, words=reason)
        return _("{reason}; kept: {kept}").format(reason=reason, kept=yuan(kept))

    @step(
        gettext_lazy("Approve the termination"),
        past=gettext_lazy("termination approved"),
        clause="NC-5",
        source=BEFORE_WATER,
        by=Role.RESPONSIBLE_LEADER,
        checkpoints=[termination_asked],
        rules=[not_own_termination],
        shows=(termination,),
        form=DECISIONS + "OpinionForm",
        while_suspended=True,
    )
    def grant_termination(self, *, by: User, opinion: str = "") -> str:
        """What is kept takes the place of budget and settlement; a deposit that was not paid is not asked any more."""
        asked = self.termination
        assert asked is not None
        self.drop_unpaid_deposit(by=by, reason=asked.reason)
        billing.keep_for_works(
            statement=self.statement,
            kept=asked.kept,
            source=asked.basis,
            reason=asked.reason,
            by=asked.asked_by,
            approved_by=by,
        )
        asked.decide(Termination.Status.GRANTED, by=by, opinion=opinion)
        notify(self, askers(asked, Role.COUNTER_CLERK), StaffNotice.About.TERMINATION_GRANTED, by=by, words=opinion)
        return _("kept: {kept}. {opinion}").format(kept=yuan(asked.kept), opinion=opinion).strip()

    @step(
        gettext_lazy("Refuse the termination"),
        past=gettext_lazy("termination refused"),
        clause="NC-5",
        source=BEFORE_WATER,
        by=Role.RESPONSIBLE_LEADER,
        checkpoints=[termination_asked],
        rules=[not_own_termination],
        shows=(termination,),
        form=DECISIONS + "ReasonForm",
        while_suspended=True,
    )
    def refuse_termination(self, *, by: User, reason: str) -> str:
        """The case goes on where it was; another figure can be prepared."""
        asked = self.termination
        assert asked is not None
        asked.decide(Termination.Status.REFUSED, by=by, opinion=reason)
        clocks.resume(self, by=by, kinds=(Suspension.Awaited.AGREEMENT,))
        notify(self, askers(asked, Role.COUNTER_CLERK), StaffNotice.About.TERMINATION_REFUSED, by=by, words=reason)
        return reason

    @task(
        gettext_lazy("Issue the termination agreement"),
        past=gettext_lazy("termination agreement issued"),
        clause="NC-5",
        at=BEFORE_WATER,
        by=Role.COUNTER_CLERK,
        tab="papers",
        wanted=to_be_signed,
    )
    def issue_termination_agreement(self, *, by: User) -> str:
        assert self.termination is not None
        return str(issue_paper(self, PAPER, by=by, basis=self.termination.basis))

    @task(
        gettext_lazy("Attach the signed termination agreement"),
        past=gettext_lazy("termination agreement signed"),
        clause="NC-5",
        at=BEFORE_WATER,
        by=Role.COUNTER_CLERK,
        form="applications.forms.agreements.SignedCopyForm",
        tab="papers",
        wanted=lambda case: under_way(case) and waits_for_signature(case, PAPER),
        done_before=lambda case, data: signed_before(case, PAPER) if under_way(case) else "",
    )
    def sign_termination_agreement(self, *, by: User, **signature: Any) -> str:
        """From now on the cashier may pay back what the agreement says."""
        return self._sign(PAPER, by=by, **signature)

    @step(
        gettext_lazy("Call the termination off"),
        past=gettext_lazy("termination called off"),
        clause="NC-5",
        source=BEFORE_WATER,
        by=Role.COUNTER_CLERK,
        checkpoints=[termination_under_way],
        form=DECISIONS + "ReasonForm",
        while_suspended=True,
    )
    def call_off_termination(self, *, by: User, reason: str) -> str:
        """The request goes on: budget and settlement are asked whole again, and the agreement is void."""
        ending = self.termination
        assert ending is not None
        now = timezone.now()
        billing.reverse_charges(statement=self.statement, source_prefix=ending.basis, reason=reason, by=by)
        self.papers.filter(kind=PAPER, voided_at__isnull=True).update(voided_at=now)
        ending.called_off_at = now
        ending.save()
        clocks.resume(self, by=by, kinds=(Suspension.Awaited.AGREEMENT,))
        return reason

    @step(
        gettext_lazy("Conclude the termination"),
        past=gettext_lazy("terminated by agreement"),
        clause="NC-5",
        source=BEFORE_WATER,
        target=Stage.TERMINATED,
        by=Role.COUNTER_CLERK,
        checkpoints=[termination_granted, termination_signed, statement_balanced],
        tone=Tone.END,
        while_suspended=True,
        wanted=under_way,
        consequence=ending_words,
    )
    def terminate(self, *, by: User) -> str:
        """The account that was opened is closed, and a deposit that is held is due to be returned."""
        words = ending_words(self)
        clocks.resume(self, by=by)
        return words
