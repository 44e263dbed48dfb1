"""The earlier stages of a paper file, written through the services with the paper's own days.

Stage after stage: what was done there is written, the checkpoints of the step that leaves it are asked, its sheet
is closed. So what every later checkpoint reads is a fact, and a file that lacks one is not taken over.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import services as accounts
from accounts.models import Customer, Premises, User
from accounts.roles import Role
from applications.engine import clocks
from applications.engine.checkpoints import Reason
from applications.engine.doors import errors_by_field
from applications.engine.refusals import Refusal
from applications.engine.steps import Step
from applications.forms.start import WHERE, WHO
from applications.forms.takeover import FactsForm
from applications.models import Application, Takeover, TimelineEntry
from applications.offices import office_for
from applications.stages import Stage
from applications.takeover.reading import Fault, Stated, read
from billing import services as billing
from engineering import selectors as works
from engineering import services as engineering
from engineering.models import Sheet
from waterservice.models import StoredFile

S = TypeVar("S", bound=Sheet)
# The clock of a passed stage ran on paper; arrears that have come up since stop no case that was accepted.
NOT_ASKED = frozenset({"not_suspended", "within_deadline", "nothing_owed"})


class Incomplete(Refusal):
    """A paper file cannot be taken over as it was stated; every reason is named, and nothing has changed."""


class Follows(Exception):
    """What this rests on is missing, and has been named already."""


@dataclass(frozen=True)
class Arrival:
    """What lets the clocks count from the day on which the file arrived at its stage."""

    happened_on: date


@dataclass
class Replay:
    """One file while it becomes a case. `by` entered it: what the paper says is recorded in their name.

    `signed_by` is the duty manager who takes it over.
    """

    takeover: Takeover
    stated: Stated
    by: User
    signed_by: User
    case: Application = field(init=False)
    reasons: list[Reason] = field(init=False, default_factory=list)
    posted: set[str] = field(init=False, default_factory=set)

    # -- for the writers ---------------------------------------------------------------------------

    def form(self, stage: Stage) -> Any:
        """What the file says of a stage. Raises Follows where that is faulty or not said."""
        form = self.stated.sections.get(stage)
        if form is None or form.errors:
            raise Follows
        return form

    def sheet(self, model: type[S]) -> S:
        """The newest sheet of a kind. Raises Follows without one."""
        found = works.current(self.case.project, model)
        if found is None:
            raise Follows
        return found

    def scan(self, about: str) -> StoredFile:
        """The scan about something. Raises ValidationError without one."""
        found = self.takeover.scan(about)
        if found is None:
            label = self.takeover.scans.model.About(about).label
            raise ValidationError(_("A scan is missing: %(what)s."), params={"what": label})
        return found

    def moment(self, day: date) -> datetime:
        """The close of business of a day, never in the future."""
        return min(self.case.closing_of(day), timezone.now())

    # -- the whole ---------------------------------------------------------------------------------

    def run(self) -> Application:
        """Open the case and bring it to its stage. Raises Incomplete with every reason; must run in a transaction."""
        self.reasons += [self._reason(fault) for fault in self.stated.faults]
        if self.stated.head.errors:
            raise Incomplete(self.reasons)
        try:
            self._open()
        except ValidationError as fault:
            raise Incomplete([*self.reasons, *_reasons(fault)]) from fault
        self._go_through()
        self._attempt(self._stand, self.stated.stage)
        self._nothing_left_over()
        if self.reasons:
            raise Incomplete(list(dict.fromkeys(self.reasons)))
        return self._settle()

    def _reason(self, fault: Fault) -> Reason:
        stage = next((s for s in self.stated.sections if fault.key.startswith(f"{s.value}-")), None)
        return Reason(str(fault), self._forward(stage).clause if stage else "")

    def _open(self) -> None:
        head = self.stated.head
        self.case = self.stated.plan.open(
            by=self.by, applicant=self._applicant(), premises=self._premises(), **head.detail_values
        )
        case = self.case
        case.created_at = self.moment(head.cleaned_data["applied_on"])
        case.accepted_on = head.cleaned_data["accepted_on"]
        case.arrived_at = case.created_at
        engineering.lock_project(case.project)
        billing.lock_statement(case.statement)
        billing.lock_ledger(customer=case.applicant, premises=case.premises)

    def _applicant(self) -> Customer:
        """Who is on record stays as recorded; the paper fills in only what the record lacks."""
        known: Customer | None = self.stated.head.cleaned_data["known"]
        said = self.stated.head.customer_values
        if known is None:
            return accounts.register_customer(by=self.by, **said)
        lacking = {name: said[name] for name in WHO if said[name] and not getattr(known, name)}
        return accounts.update_customer(customer=known, by=self.by, **lacking)

    def _premises(self) -> Premises:
        return accounts.register_premises(by=self.by, **{name: self.stated.head.cleaned_data[name] for name in WHERE})

    # -- stage after stage -------------------------------------------------------------------------

    def _go_through(self) -> None:
        route, target = self.case.route, self.stated.stage
        day = self.stated.head.cleaned_data["applied_on"]
        while self.case.stage != target:
            stage = Stage(self.case.stage)
            day = self._attempt(self._pass, stage) or day
            following = route.next_after(self.case)
            if route.position(following) > route.position(target):
                if not self.reasons:
                    words = _("By its figures the case does not come to “{stage}”: “{after}” follows “{before}”.")
                    self._refuse(
                        words.format(stage=target.label, before=stage.label, after=following.label), stage=target
                    )
                return
            self._move(stage, following, day)

    def _attempt(self, deed: Callable[[Stage], date | None], stage: Stage) -> date | None:
        """Do something for a stage; what is wrong with it becomes a reason, and the next stage is tried."""
        try:
            with transaction.atomic():
                return deed(stage)
        except ValidationError as fault:
            self.reasons += [self._of_stage(reason, stage) for reason in _reasons(fault)]
        except Follows:
            pass
        return None

    def _pass(self, stage: Stage) -> date | None:
        section = self.stated.plan.section(stage)
        facts = self._said_strictly(section.form, stage) if section.form else None
        day = section.passed(self, facts)
        unmet = [
            reason
            for gate in self._forward(stage).checkpoints
            if gate.name not in NOT_ASKED and (reason := gate.unmet(self.case))
        ]
        self.reasons += [self._of_stage(reason, stage) for reason in unmet]
        sheet = self._open_sheet(stage)
        if sheet is not None and not unmet:
            engineering.close_sheet(sheet=sheet, by=self.by)
        return day

    def _said_strictly(self, form: type[FactsForm], stage: Stage) -> FactsForm:
        """The facts of a stage that is really passed. What may be skipped was read leniently before."""
        facts: FactsForm = self.form(stage)
        if facts.strict:
            return facts
        again = form(facts.data, stage=stage, strict=True, latest=facts.latest)
        if again.errors:
            self.stated.sections[stage] = again
            self.reasons += [self._reason(fault) for fault in self.stated.faults]
            raise Follows
        return again

    def _open_sheet(self, stage: Stage) -> Sheet | None:
        label = self.case.route[stage].sheet
        sheet: Sheet | None = works.current(self.case.project, apps.get_model(label)) if label else None
        return None if sheet is None or sheet.closed else sheet

    def _move(self, before: Stage, after: Stage, day: date) -> None:
        """Note that a stage was passed on paper. Only this way in and the doors let the stage of a case change."""
        if after == self.stated.stage:
            day = self.stated.head.cleaned_data["arrived_on"]
        Application._meta.get_field("stage").set_state(self.case, after)
        self._note("take_over", before, after, day, actor=self.by, note=self._words(before))

    def _words(self, stage: Stage) -> str:
        form = self.stated.sections.get(stage)
        lines = [] if form is None else form.lines()
        return "\n".join(f"{label}: {words}" for label, words in lines)

    def _stand(self, stage: Stage) -> None:
        """Write what has been done already at the stage where the file stands."""
        section = self.stated.plan.section(stage)
        if self.case.stage == stage and section.begun is not None:
            facts = self.form(stage)
            if facts.stated:
                section.begun(self, facts)

    def _nothing_left_over(self) -> None:
        """Everything that was paid has found its stage."""
        form = self.stated.sections.get(Stage.PROJECT_FEE)
        rows = form.cleaned_data.get("payments") if form is not None and not form.errors else None
        for row in rows or []:
            if row["what"] not in self.posted and not self.reasons:
                self._refuse(_("A payment belongs to a stage that the file has not reached."), stage=Stage.PROJECT_FEE)

    # -- where it stands ---------------------------------------------------------------------------

    def _settle(self) -> Application:
        """Put the case on the desk of its stage, let its clocks count from its arrival, save it."""
        case, arrived_on = self.case, self.stated.head.cleaned_data["arrived_on"]
        stop = case.route[case.stage]
        engineering.clear_desk(project=case.project, by=self.by)
        case.arrived_at = max(self.moment(arrived_on), case.created_at)
        case.furthest = case.route.position(case.stage)
        case.office, case.holder = office_for(stop.owner, case), None
        stage, today = Stage(case.stage), timezone.localdate()
        self._note("grant_takeover", stage, stage, today, actor=self.signed_by, note=self.takeover.reference)
        self._start_clocks(arrived_on)
        case.forget()
        clocks.show_nearest(case)
        case.save()
        return case

    def _start_clocks(self, arrived_on: date) -> None:
        """The clock of the stage, and those that an earlier step opened and a later one fulfils.

        One that had run out before today's signature is nobody's breach here.
        """
        case = self.case
        case.backdated = Arrival(arrived_on) if arrived_on < timezone.localdate() else None
        clocks.start_stage_clock(case)
        steps, here = case.steps(), case.route.position(case.stage)
        for anchored in case.route.anchored:
            openers = frozenset(stage for name in anchored.opened_by if name in steps for stage in steps[name].stages)
            opened = max(openers, key=case.route.position)
            fulfilled = min(case.route.position(stage) for stage in steps[anchored.fulfilled_by].stages)
            if case.route.position(opened) < here <= fulfilled:
                left = case.timeline.filter(from_stage=opened).exclude(to_stage=opened).order_by("-id").first()
                assert left is not None  # every stage before this one has been told
                case.backdated = Arrival(left.happened_on)
                clocks.start(case, anchored.rule, stage=opened, anchored=anchored)
        case.backdated = None
        for clock in clocks.running(case):
            if clock.is_late(timezone.now()):
                clock.taken_over_late = True
                clock.save()

    # -- small things ------------------------------------------------------------------------------

    def _forward(self, stage: Stage) -> Step:
        steps = self.stated.plan.request.steps().values()
        return next(step for step in steps if step.forward and stage in step.stages)

    def _of_stage(self, reason: Reason, stage: Stage) -> Reason:
        words = _("{stage}: {message}").format(stage=stage.label, message=reason.message)
        return Reason(words, reason.clause or self._forward(stage).clause)

    def _refuse(self, message: str, *, stage: Stage) -> None:
        self.reasons.append(Reason(message, self._forward(stage).clause))

    def _note(self, action: str, before: Stage, after: Stage, day: date, *, actor: User, note: str) -> None:
        self.case.revision += 1
        signs = actor == self.signed_by
        TimelineEntry.objects.create(
            application=self.case,
            nature=TimelineEntry.Nature.STEP,
            action=action,
            from_stage=before,
            to_stage=after,
            note=note,
            revision=self.case.revision,
            actor=actor,
            on_behalf_of=actor.giver_as(Role.DUTY_MANAGER) if signs else self.takeover.asked_on_behalf_of,
            role=Role.DUTY_MANAGER if signs else "",
            happened_on=day,
        )


def _reasons(fault: ValidationError) -> list[Reason]:
    return [Reason(message) for messages in errors_by_field(fault).values() for message in messages]


def replay(takeover: Takeover, *, signed_by: User) -> Application:
    """Make the case of a file, at its stage. Raises Incomplete with every reason; must run in a transaction."""
    stated = read(takeover.kind, Stage(takeover.stage), takeover.data, strict=True)
    return Replay(takeover, stated, takeover.asked_by, signed_by).run()
