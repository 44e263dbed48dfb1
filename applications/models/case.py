"""The one table of cases. Requests of each kind are proxies of it that carry route and steps."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime
from functools import cache, cached_property
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from accounts.roles import Role
from applications.engine.fsm import RefreshesStage, StageField
from applications.engine.route import Route, Stop
from applications.engine.steps import Deed, Step, Task
from applications.models.clock import Extension
from applications.stages import FINAL_STAGES, Kind, Stage, stage_choices
from waterservice.hours import closing_time

history_records = HistoricalRecords(verbose_name=_("history of case"))


class Application(RefreshesStage):
    """A request that goes through the hall: what every inbox and every move needs.

    Written only by the doors of `applications.engine.doors`, and when it is taken over from paper
    (`applications.takeover`); a subclass per kind carries the route.
    """

    route: ClassVar[Route]
    KINDS: ClassVar[dict[str, type[Application]]] = {}
    backdated: Any = None  # the late record under which the doors let the present deed happen

    number = models.CharField(_("case number"), max_length=20, unique=True)
    kind = models.CharField(_("kind of request"), max_length=30, choices=Kind.choices)
    stage = StageField(_("stage"), choices=stage_choices, default=Stage.DRAFT, max_length=40)
    furthest = models.PositiveSmallIntegerField(_("furthest place in the route"), default=1)
    revision = models.PositiveIntegerField(_("revision"), default=1)
    applicant = models.ForeignKey(
        "accounts.Customer", models.PROTECT, related_name="applications", verbose_name=_("applicant")
    )
    premises = models.ForeignKey(
        "accounts.Premises", models.PROTECT, related_name="applications", verbose_name=_("premises")
    )
    account = models.ForeignKey(
        "accounts.MeterAccount",
        models.PROTECT,
        related_name="applications",
        null=True,
        blank=True,
        verbose_name=_("meter account"),
    )
    statement = models.OneToOneField("billing.Statement", models.PROTECT, related_name="+")
    project = models.OneToOneField("engineering.Project", models.PROTECT, related_name="+")
    office = models.ForeignKey(
        "accounts.Office", models.PROTECT, related_name="+", null=True, blank=True, verbose_name=_("office")
    )
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="held_applications",
        null=True,
        blank=True,
        verbose_name=_("in hand of"),
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="started_applications")
    created_at = models.DateTimeField(_("started"), default=timezone.now)
    accepted_on = models.DateField(_("accepted on"), null=True, blank=True)
    arrived_at = models.DateTimeField(_("at this stage since"), default=timezone.now)
    closed_at = models.DateTimeField(_("completed at"), null=True, blank=True)
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    warn_on = models.DateField(_("urgent from"), null=True, blank=True)
    provisional = models.BooleanField(_("due moment is provisional"), default=False)
    suspended = models.BooleanField(_("suspended"), default=False)
    duplicate_reason = models.CharField(_("why a second case for these premises goes on"), max_length=200, blank=True)

    history = history_records

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["stage", "office", "due_at", "id"], name="application_inbox"),
            models.Index(fields=["holder", "due_at", "id"], name="application_in_hand"),
            models.Index(fields=["created_by", "-id"], name="application_started_by"),
            models.Index(fields=["kind", "stage"], name="application_kind_stage"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(revision__gte=1), name="application_revision_from_one"),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) ^ Q(stage__in=sorted(FINAL_STAGES)),
                name="application_closed_exactly_when_final",
            ),
            models.CheckConstraint(
                condition=Q(suspended=False) | Q(closed_at__isnull=True),
                name="application_closed_not_suspended",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any]) -> Application:
        """Give each row the class of its kind; a query that defers `kind` gets the bare class."""
        kinds = dict(zip(field_names, values, strict=False))
        own = cls.KINDS.get(kinds.get("kind", ""), cls)
        case: Application = super(Application, own).from_db(db, field_names, values)
        return case

    def get_absolute_url(self) -> str:
        return reverse("applications:case", args=[self.number])

    # -- where it stands -------------------------------------------------------------------------

    @property
    def stop(self) -> Stop | None:
        """The stop of the route at which the case stands; None when it is closed."""
        return None if self.closed else self.route[self.stage]

    @property
    def closed(self) -> bool:
        return self.stage in FINAL_STAGES

    @property
    def stage_label(self) -> str:
        return str(Stage(self.stage).label)

    @property
    def rule_day(self) -> date:
        """The day whose policies hold for the case: that of acceptance, until then today."""
        return self.accepted_on or timezone.localdate()

    def is_at_or_past(self, stage: Stage) -> bool:
        return self.route.position(self.stage) >= self.route.position(stage)

    def stages_to_return_to(self) -> list[Stage]:
        """Earlier stages that the case has visited. Water that flows is not turned off by sending a paper back:
        once it is on, only the stages behind water on are left to return to."""
        if self.stop is None:
            return []
        visited = self.visited_stages
        earlier = self.route.stages[: self.route.position(self.stage) - 1]
        if Stage.WATER_ON in earlier:
            earlier = earlier[earlier.index(Stage.WATER_ON) + 1 :]
        return [stage for stage in earlier if stage in visited]

    @cached_property
    def visited_stages(self) -> frozenset[str]:
        moves = self.timeline.exclude(from_stage="").exclude(to_stage="")
        return frozenset(stage for pair in moves.values_list("from_stage", "to_stage") for stage in pair)

    # -- what can be done ------------------------------------------------------------------------

    @classmethod
    @cache
    def steps(cls) -> dict[str, Step]:
        """Every step of this kind of request by name, in the order of the route and of their declaration."""
        return {step.name: step for step in cls._declared("step")}

    @classmethod
    @cache
    def tasks(cls) -> dict[str, Task]:
        """Every task of this kind of request by name, in the order of the route and of their declaration."""
        return {task.name: task for task in cls._declared("task")}

    @classmethod
    @cache
    def deeds(cls) -> dict[str, Deed]:
        """Every step and task of this kind of request by name."""
        return {**cls.steps(), **cls.tasks()}

    @classmethod
    def doer_of(cls, name: str) -> Role:
        """Whose business a step or task is: the role it names first, else the owner of its first stage."""
        deed = cls.deeds()[name]
        named = (actor for actor in deed.by if isinstance(actor, Role))
        return next(named, None) or cls.route.owner_of(deed.stages)

    @classmethod
    def _declared(cls, what: str) -> list[Any]:
        """What the flows of this class declare with `@step` or `@task`."""
        members: dict[str, Any] = {}
        for flow in cls.__mro__:
            for name, member in vars(flow).items():
                members.setdefault(name, member)
        found = [getattr(member, what) for member in members.values() if hasattr(member, what)]
        return sorted(found, key=lambda deed: min((cls.route.position(s) for s in deed.stages), default=0))

    def steps_here(self) -> Iterator[Step]:
        return (step for step in self.steps().values() if self.stage in step.stages)

    def tasks_here(self) -> Iterator[Task]:
        return (task for task in self.tasks().values() if self.stage in task.stages and task.is_wanted(self))

    # -- time ------------------------------------------------------------------------------------

    @cached_property
    def open_clocks(self) -> list[Any]:
        """The running clocks, nearest first."""
        return sorted(
            (clock for clock in self.clocks.all() if clock.running),
            key=lambda clock: (clock.due_at is None, clock.due_at),
        )

    @cached_property
    def asked_extension(self) -> Extension | None:
        """The extension that waits for a decision, or None."""
        asked = Extension.objects.filter(clock__application=self, clock__stopped_at=None, status="asked")
        return asked.select_related("clock").first()

    @cached_property
    def termination(self) -> Any:
        """The termination by agreement that is under way, or None; while one is, the case is suspended."""
        if not self.suspended:
            return None
        return self.terminations.filter(status__in=("asked", "granted"), called_off_at=None).first()

    @cached_property
    def granted_backdatings(self) -> dict[str, Any]:
        """By step, the late record (补录) that a second person has agreed to and that is not yet made.

        What stops time, or sets it going, is recorded on the day of the agreement or not at all: it shall not date
        another standstill than the one that was agreed on.
        """
        granted = self.backdatings.filter(status="granted", stage=self.stage, used_at=None, void=False)
        today, steps = timezone.localdate(), self.steps()
        return {
            row.step: row
            for row in granted
            if not steps[row.step].stops_time or (row.decided_at and timezone.localdate(row.decided_at) == today)
        }

    @property
    def taken_in_by(self) -> str:
        """Who took the request in at the counter, and for whom."""
        begun = self.timeline.filter(action="start").select_related("actor", "on_behalf_of").first()
        return begun.who if begun is not None else self.created_by.name

    @property
    def arrived_on(self) -> date:
        """The day on which what brought the case to this stage happened."""
        moves = self.timeline.filter(to_stage=self.stage).exclude(from_stage=self.stage)
        day: date | None = moves.order_by("-id").values_list("happened_on", flat=True).first()
        return day or timezone.localdate(self.created_at)

    def first_arrived_on(self, stage: Stage) -> date:
        """The day on which a case that has been at a stage came there for the first time."""
        moves = self.timeline.filter(to_stage=stage).order_by("id")
        day: date | None = moves.values_list("happened_on", flat=True).first()
        return day or timezone.localdate(self.created_at)

    @property
    def deed_day(self) -> date:
        """The day on which what is being done happened: today, unless a late record was agreed to."""
        return timezone.localdate(self.deed_moment)

    @property
    def deed_moment(self) -> datetime:
        """The moment that counts for clocks: now, or the close of the day of a late record.

        A case's time never runs backwards, whatever the clock of the machine does.
        """
        if self.backdated is not None:
            return self.closing_of(self.backdated.happened_on)
        return max(timezone.now(), self.arrived_at)

    def closing_of(self, day: date) -> datetime:
        """The close of business of a day, by the policy that holds for this case."""
        return closing_time(day, rule_day=self.rule_day)

    def late_clock_gating(self, step_name: str, now: datetime | None = None) -> Any:
        """The clock past its due moment that stands before a step: that of the stage, or one the step fulfils.

        What a late record says happened in time, did.
        """
        agreed = self.granted_backdatings.get(step_name)
        for clock in self.open_clocks:
            moment = clock.closing_of(agreed.happened_on) if agreed else now or timezone.now()
            if clock.gates(self, step_name) and clock.is_late(moment):
                return clock
        return None

    def forget(self) -> None:
        """Drop what was read before, after the doors have written."""
        for name in ("visited_stages", "open_clocks", "asked_extension", "termination", "granted_backdatings"):
            self.__dict__.pop(name, None)

    def refresh_from_db(
        self,
        using: str | None = None,
        fields: Iterable[str] | None = None,
        from_queryset: models.QuerySet[Any] | None = None,
    ) -> None:
        super().refresh_from_db(using=using, fields=fields, from_queryset=from_queryset)
        self.forget()


def request_of(kind: Kind) -> Any:
    """Class decorator of a proxy: its rows become this class, and its saves are written to the one history table.

    django-simple-history listens to the class on which it was declared only; a proxy would go unrecorded.
    """

    def register(cls: type[Application]) -> type[Application]:
        Application.KINDS[kind.value] = cls
        signals = models.signals
        signals.post_save.connect(history_records.post_save, sender=cls, weak=False)
        signals.post_delete.connect(history_records.post_delete, sender=cls, weak=False)
        signals.pre_delete.connect(history_records.pre_delete, sender=cls, weak=False)
        return cls

    return register
