"""What a case's page shows, put together from the declarations: nothing here decides anything."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.apps import apps
from django.db.models import Prefetch
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from applications.clock_views import ClockView, days_of
from applications.engine.checkpoints import Reason, Words
from applications.engine.doors import people_reasons, unmet_checkpoints
from applications.engine.limits import Standstill, standstills
from applications.engine.matters import Matter
from applications.engine.steps import Step, Task, Tone
from applications.lights import Light, light
from applications.models import Application, Backdating, Extension, Suspension, TimelineEntry
from applications.models.clock import moment_words
from applications.stages import Stage
from engineering import selectors as works
from engineering.models import Sheet
from waterservice.models import PEOPLE
from waterservice.text import aside

TABS = ("overview", "works", "money", "papers", "timeline", "time", "route")


@dataclass(frozen=True)
class Action:
    """A step that this person may take here; grey with every reason while checkpoints are unmet."""

    step: Step
    reasons: list[Reason]
    label: Words

    @property
    def ready(self) -> bool:
        return not self.reasons


@dataclass(frozen=True)
class BarStage:
    """One stage of the stage bar."""

    stage: Stage
    state: str
    who: str = ""
    when: str = ""


@dataclass(frozen=True)
class BackdatingView:
    """A late record and the words of its step."""

    record: Backdating
    label: str


class CasePage:
    """A case as one person sees it."""

    def __init__(self, case: Application, user: User) -> None:
        self.case = case
        self.user = user

    @cached_property
    def light(self) -> Light:
        return light(self.case)

    @cached_property
    def timeline(self) -> list[TimelineEntry]:
        entries = list(self.case.timeline.select_related("actor", "on_behalf_of"))
        for entry in entries:
            entry.application = self.case
        return entries

    @cached_property
    def stage_bar(self) -> list[BarStage]:
        """The whole way: passed with who and when, skipped, current, ahead."""
        case = self.case
        left: dict[str, TimelineEntry] = {}
        for entry in self.timeline:
            if entry.from_stage and entry.to_stage and entry.from_stage != entry.to_stage:
                left.setdefault(entry.from_stage, entry)
        ended = next((entry for entry in self.timeline if case.closed and entry.to_stage == case.stage), None)
        here = case.route.position(case.stage)
        if ended is not None and ended.from_stage in case.route:
            here = case.route.position(ended.from_stage) + 1
        bar = []
        for place, stop in enumerate(case.route, start=1):
            passed = left.get(stop.stage)
            if place == here and not case.closed:
                bar.append(BarStage(stop.stage, "current"))
            elif place < here and passed is not None:
                bar.append(BarStage(stop.stage, "passed", *_who_and_when(passed)))
            else:
                bar.append(BarStage(stop.stage, "skipped" if place < here else "ahead"))
        return bar

    @cached_property
    def place(self) -> int:
        return min(self.case.route.position(self.case.stage), len(self.case.route.stops))

    @cached_property
    def actions(self) -> list[Action]:
        """The steps that are this person's here: ways forward first, then side steps, back and end."""
        order = list(Tone)
        mine = [
            Action(step, unmet_checkpoints(step, self.case), step.label_at(self.case))
            for step in self.case.steps_here()
            if not people_reasons(step, self.case, self.user) and (step.wanted is None or step.wanted(self.case))
        ]
        shown = [action for action in mine if action.ready or action.step.forward or not _pointless(action)]
        return sorted(shown, key=lambda action: order.index(action.step.tone))

    @cached_property
    def barred(self) -> list[Action]:
        """Ways forward that are somebody else's: shown to say who is awaited and what still lacks."""
        return [
            Action(
                step,
                [*people_reasons(step, self.case, self.user), *unmet_checkpoints(step, self.case)],
                step.label_at(self.case),
            )
            for step in self.case.steps_here()
            if step.forward and people_reasons(step, self.case, self.user)
        ]

    @cached_property
    def matters(self) -> list[Matter]:
        """What waits for a decision in this case, whoever decides it, and what the steps here should not overlook."""
        shows = dict.fromkeys(show for step in self.case.steps_here() for show in step.shows)
        return [matter for show in shows if (matter := show(self.case)) is not None]

    @cached_property
    def clocks(self) -> list[ClockView]:
        """The clocks, newest first, each with its days; of those that were cancelled only what had been broken."""
        clocks = self.case.clocks.prefetch_related(
            Prefetch("extensions", Extension.objects.select_related(*PEOPLE).order_by("id"))
        )
        kept = [clock for clock in clocks if clock.late or not clock.cancelled]
        for clock in kept:
            clock.application = self.case
        return [ClockView(clock, days_of(clock, self.standstills)) for clock in reversed(kept)]

    @cached_property
    def suspensions(self) -> list[Suspension]:
        return list(self.case.suspensions.select_related("started_by", "ended_by"))

    @cached_property
    def backdatings(self) -> list[BackdatingView]:
        rows = self.case.backdatings.select_related(*PEOPLE)
        return [BackdatingView(row, str(self.case.steps()[row.step].label)) for row in rows]

    @property
    def awaited(self) -> list[Suspension]:
        """What a suspended case waits for now."""
        return [held for held in self.suspensions if held.ended_at is None] if self.case.suspended else []

    @cached_property
    def standstills(self) -> list[Standstill]:
        return standstills(self.suspensions)

    def cure(self, reason: Reason) -> str:
        """The address at which this very person can cure a reason; empty where it is not theirs."""
        case = self.case
        if task := next((task for task in self.tasks if task.name == reason.cure), None):
            return reverse("applications:task", args=[case.number, task.name])
        if reason.cure in case.steps() and self._ready(reason.cure):
            return reverse("applications:step", args=[case.number, reason.cure])
        return f"{case.get_absolute_url()}?tab={reason.cure}" if any(self.tasks_of(reason.cure)) else ""

    def _ready(self, name: str) -> bool:
        step = self.case.steps()[name]
        return (
            self.case.stage in step.stages
            and not people_reasons(step, self.case, self.user)
            and not unmet_checkpoints(step, self.case)
        )

    @cached_property
    def tasks(self) -> list[Task]:
        return [task for task in self.case.tasks_here() if not people_reasons(task, self.case, self.user)]

    def tasks_of(self, tab: str) -> Iterator[Task]:
        return (task for task in self.tasks if task.tab == tab)

    @property
    def tab_of_work(self) -> str:
        """The tab in which this person works at this stage; the overview, if in none."""
        own = [task for task in self.tasks if task.tab in ("works", "money", "papers")]
        return min(own, key=lambda task: len(task.stages)).tab if own else TABS[0]

    @cached_property
    def tasks_by_tab(self) -> dict[str, list[Task]]:
        return {tab: list(self.tasks_of(tab)) for tab in TABS}


def _who_and_when(passed: TimelineEntry) -> tuple[str, str]:
    """Who closed a stage and when; of a paper file the day on paper, and no name of ours."""
    if passed.action == "take_over":
        return passed.words, passed.happened_on.isoformat()
    return passed.who, moment_words(passed.recorded_at)


@dataclass(frozen=True)
class SheetView:
    """A sheet of the works as label and value, with its lines."""

    sheet: Sheet
    rows: list[tuple[str, str]]


def sheet_views(case: Application) -> list[SheetView]:
    """The newest sheet of each stage that has begun, newest stage first."""
    found = []
    for stop in case.route:
        if not stop.sheet or not case.furthest >= case.route.position(stop.stage):
            continue
        sheet = works.current(case.project, apps.get_model(stop.sheet))
        if sheet is not None:
            found.append(SheetView(sheet, described(sheet)))
    return found[::-1]


BOOKKEEPING = frozenset({"id", "project", "revision", "prepared_by", "prepared_at", "closed_at", "closed_by", "plan"})


def described(sheet: Sheet) -> list[tuple[str, str]]:
    """What a sheet says, as label and words in the reader's language; empty columns are left out."""
    rows = []
    for field in sheet._meta.concrete_fields:
        value = getattr(sheet, field.name)
        if field.name in BOOKKEEPING or value in (None, ""):
            continue
        shown = getattr(sheet, f"get_{field.name}_display", None)
        rows.append((str(field.verbose_name), str(shown() if shown else _yes_no(value))))
    return rows


def _yes_no(value: object) -> object:
    return (_("yes") if value else _("no")) if isinstance(value, bool) else value


def _pointless(action: Action) -> bool:
    """A side step that has no point here (nothing to resume, nothing to decide) is not shown grey."""
    return action.step.target is None or not action.step.checkpoints


def outlook(case: Application, step: Step) -> list[str]:
    """What a step will do, said before it is confirmed: its own consequence, then where the case goes and to whom."""
    said = [str(step.consequence(case))] if step.consequence else []
    if step.forward:
        said.append(_("Then: {where}.").format(where=whereabouts(case.route.next_after(case), case)))
    return [words for words in said if words]


def whereabouts(stage: str, case: Application) -> str:
    """A stage and who has it: “Site survey (Designer)”."""
    label = str(Stage(stage).label)
    return aside(label, case.route[stage].owner.label) if stage in case.route else label


def context_of(case: Application, user: User, tab: str) -> dict[str, Any]:
    """The context of the case page; without a tab, the one where this person's work of the stage is."""
    page = CasePage(case, user)
    return {"case": case, "page": page, "tab": tab if tab in TABS else page.tab_of_work, "tabs": TABS}
