"""Suspending, resuming, extensions, late records (补录), urging (催办): side steps of every request (in common)."""

from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.roles import Role
from applications.checkpoints.termination import no_termination
from applications.engine import clocks
from applications.engine.checkpoints import Words, actor_rule, checkpoint
from applications.engine.limits import reckon, standstills
from applications.engine.steps import CLOCK_GRANTOR, CLOCK_OWNER, OWNERS_MANAGER, step
from applications.flows.base import ANSWERABLE_STAGES, OPEN_STAGES, REVIEWED_STAGES, CaseFlow
from applications.matters import asked_backdating, backdating, extension
from applications.models.clock import Backdating, Clock, Extension
from applications.models.staff_notices import StaffNotice
from applications.notifying import askers, holders, in_hand_of, managers, notify, seated
from waterservice.files import store_upload
from waterservice.models import Decision
from waterservice.text import labelled

FORMS = "applications.forms.time."
REASON_FORM = "applications.forms.decisions.ReasonForm"
OPINION_FORM = "applications.forms.decisions.OpinionForm"
INTERESTED = tuple(role for role in Role if role not in (Role.ADMINISTRATOR, Role.AUDITOR))


@checkpoint(gettext_lazy("The case is suspended"))
def is_suspended(case: Any) -> Words | None:
    return None if case.suspended else _("The case is not suspended.")


@checkpoint(gettext_lazy("A clock is running"))
def clock_running(case: Any) -> Words | None:
    if not case.open_clocks:
        return _("No time limit is running, so there is nothing to extend.")
    if case.asked_extension is not None:
        return _("An extension has been asked for already and waits for a decision.")
    return None


@checkpoint(gettext_lazy("An extension has been asked for"))
def extension_asked(case: Any) -> Words | None:
    return None if case.asked_extension else _("Nobody has asked for an extension.")


@checkpoint(gettext_lazy("The new date is still to come"))
def new_date_to_come(case: Any) -> Words | None:
    asked = case.asked_extension
    if asked is None:
        return None
    due = reckon(asked.clock, standstills(case.suspensions.all()), granted=asked).at
    if due is not None and due < timezone.now():
        return _("The date that was asked for, {day}, has passed: refuse it, and let a later one be asked for.").format(
            day=asked.until.isoformat()
        )
    return None


@checkpoint(gettext_lazy("No late record is waiting"))
def no_backdating_open(case: Any) -> Words | None:
    if asked_backdating(case) is not None:
        return _("A late record has been asked for already and waits for a decision.")
    if case.granted_backdatings:
        return _("A late record has been agreed to: take the step now.")
    return None


@checkpoint(gettext_lazy("A late record has been asked for"))
def backdating_asked(case: Any) -> Words | None:
    return None if asked_backdating(case) else _("Nobody has asked for a late record.")


@checkpoint(gettext_lazy("The case does not merely wait for the applicant"))
def waits_for_an_office(case: Any) -> Words | None:
    if case.suspended and case.due_at is None:
        return _("The case waits for the applicant, and no time limit has run out: there is nothing to urge.")
    return None


@checkpoint(gettext_lazy("Nobody has urged today"))
def not_urged_today(case: Any) -> Words | None:
    today = timezone.localdate()
    if case.timeline.filter(action="urge", recorded_at__date=today).exists():
        return _("The case has been urged today already. Tomorrow it can be urged again.")
    return None


@actor_rule(gettext_lazy("Nobody decides on an extension that they asked for"))
def not_own_extension(case: Any, actor: User) -> Words | None:
    asked = case.asked_extension
    if asked is not None and asked.asked_in_name_of(actor):
        return _("You asked for this extension yourself. Somebody else must decide on it.")
    return None


@actor_rule(gettext_lazy("Nobody agrees to their own late record"))
def not_own_backdating(case: Any, actor: User) -> Words | None:
    asked = asked_backdating(case)
    if asked is not None and asked.asked_in_name_of(actor):
        return _("You asked for this late record yourself. Somebody else must decide on it.")
    return None


@actor_rule(gettext_lazy("Nobody urges themselves"))
def somebody_else_has_it(case: Any, actor: User) -> Words | None:
    if all(person.pk in actor.hands for person in in_hand_of(case)):
        return _("Nobody but you has this case in hand, so there is nobody to urge.")
    return None


class TimeFlow(CaseFlow):
    # -- suspension ------------------------------------------------------------------------------

    @step(
        gettext_lazy("Suspend for the applicant"),
        past=gettext_lazy("suspended"),
        source=REVIEWED_STAGES,
        form=FORMS + "SuspendForm",
        while_suspended=True,
        stops_time=True,
        while_suspended_label=gettext_lazy("Add a reason to wait"),
    )
    def suspend(self, *, by: User, kind: str, reason: str, awaited: str) -> str:
        """A second reason is kept beside the first; time that overlaps counts once."""
        clocks.suspend(self, by=by, kind=kind, reason=reason, awaited=awaited)
        return labelled(reason, awaited)

    @step(
        gettext_lazy("Resume"),
        past=gettext_lazy("resumed"),
        source=REVIEWED_STAGES,
        checkpoints=[is_suspended, no_termination],
        while_suspended=True,
        stops_time=True,
    )
    def resume(self, *, by: User) -> None:
        """Every reason ends; what has arrived by itself had ended before."""
        clocks.resume(self, by=by)

    # -- extension -------------------------------------------------------------------------------

    @step(
        gettext_lazy("Ask for an extension"),
        past=gettext_lazy("extension asked for"),
        source=REVIEWED_STAGES,
        by=CLOCK_OWNER,
        checkpoints=[clock_running],
        form=FORMS + "AskExtensionForm",
    )
    def ask_extension(self, *, by: User, clock: Clock, until: date, reason: str, evidence: Any = None) -> str:
        """Whoever owns the clock asks, also while the case passes other offices' stages."""
        Extension.objects.create(
            clock=clock,
            until=until,
            reason=reason,
            evidence=store_upload(evidence, by=by) if evidence else None,
            asked_by=by,
        )
        deciding = seated(clock.grantor, clock.office)
        notify(self, deciding, StaffNotice.About.EXTENSION_ASKED, by=by, words=reason)
        return labelled(until.isoformat(), reason)

    @step(
        gettext_lazy("Grant the extension"),
        past=gettext_lazy("extension granted"),
        source=REVIEWED_STAGES,
        by=CLOCK_GRANTOR,
        checkpoints=[extension_asked, new_date_to_come],
        rules=[not_own_extension],
        shows=(extension,),
        form=OPINION_FORM,
        while_suspended=True,
    )
    def grant_extension(self, *, by: User, opinion: str = "") -> str:
        asked = self.asked_extension
        assert asked is not None
        asked.clock.application = self
        clocks.extend(asked, by=by, opinion=opinion)
        told = askers(asked, Role(asked.clock.owner))
        notify(self, told, StaffNotice.About.EXTENSION_GRANTED, by=by, words=asked.until.isoformat())
        return asked.until.isoformat()

    @step(
        gettext_lazy("Refuse the extension"),
        past=gettext_lazy("extension refused"),
        source=REVIEWED_STAGES,
        by=CLOCK_GRANTOR,
        checkpoints=[extension_asked],
        rules=[not_own_extension],
        shows=(extension,),
        form=REASON_FORM,
        while_suspended=True,
    )
    def refuse_extension(self, *, by: User, reason: str) -> str:
        asked = self.asked_extension
        assert asked is not None
        asked.decide(Decision.Status.REFUSED, by=by, opinion=reason)
        told = askers(asked, Role(asked.clock.owner))
        notify(self, told, StaffNotice.About.EXTENSION_REFUSED, by=by, words=reason)
        return reason

    # -- late records ----------------------------------------------------------------------------

    @step(
        gettext_lazy("Ask for a late record"),
        past=gettext_lazy("late record asked for"),
        source=ANSWERABLE_STAGES,
        checkpoints=[no_backdating_open],
        form=FORMS + "AskBackdatingForm",
        while_suspended=True,
    )
    def ask_backdating(self, *, by: User, step: str, happened_on: date, reason: str, evidence: Any) -> str:
        """A deed that happened on an earlier day: why it is recorded only now, with its evidence."""
        Backdating.objects.create(
            application=self,
            step=step,
            stage=self.stage,
            happened_on=happened_on,
            reason=reason,
            evidence=store_upload(evidence, by=by),
            asked_by=by,
        )
        assert self.stop is not None
        notify(self, managers(self.stop.owner, self.office), StaffNotice.About.BACKDATING_ASKED, by=by, words=reason)
        return labelled(f"{self.steps()[step].label} {happened_on.isoformat()}", reason)

    @step(
        gettext_lazy("Agree to the late record"),
        past=gettext_lazy("late record agreed to"),
        source=ANSWERABLE_STAGES,
        by=OWNERS_MANAGER,
        checkpoints=[backdating_asked],
        rules=[not_own_backdating],
        shows=(backdating,),
        form=OPINION_FORM,
        while_suspended=True,
    )
    def grant_backdating(self, *, by: User, opinion: str = "") -> str:
        """The step, when it is taken, carries the earlier day; clocks use it."""
        asked = asked_backdating(self)
        assert asked is not None
        asked.decide(Decision.Status.GRANTED, by=by, opinion=opinion)
        told = askers(asked, self.route[asked.stage].owner)
        notify(self, told, StaffNotice.About.BACKDATING_GRANTED, by=by, words=opinion)
        return f"{self.steps()[asked.step].label}, {asked.happened_on.isoformat()}"

    @step(
        gettext_lazy("Refuse the late record"),
        past=gettext_lazy("late record refused"),
        source=ANSWERABLE_STAGES,
        by=OWNERS_MANAGER,
        checkpoints=[backdating_asked],
        rules=[not_own_backdating],
        shows=(backdating,),
        form=REASON_FORM,
        while_suspended=True,
    )
    def refuse_backdating(self, *, by: User, reason: str) -> str:
        asked = asked_backdating(self)
        assert asked is not None
        asked.decide(Decision.Status.REFUSED, by=by, opinion=reason)
        told = askers(asked, self.route[asked.stage].owner)
        notify(self, told, StaffNotice.About.BACKDATING_REFUSED, by=by, words=reason)
        return reason

    # -- urging ----------------------------------------------------------------------------------

    @step(
        gettext_lazy("Urge"),
        past=gettext_lazy("urged"),
        source=OPEN_STAGES,
        by=INTERESTED,
        checkpoints=[waits_for_an_office, not_urged_today],
        rules=[somebody_else_has_it],
        form=FORMS + "UrgeForm",
        while_suspended=True,
    )
    def urge(self, *, by: User, words: str = "") -> str:
        """Anyone with an interest reminds whoever has the case in hand, once a day; not themselves."""
        notify(self, holders(self), StaffNotice.About.URGED, by=by, words=words)
        return words
