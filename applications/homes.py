"""What a role's home shows: folders with their counts, filters, the week, and the list in the order that was chosen."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import cached_property
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.roles import Role
from applications import case_filters, selectors
from applications.case_filters import CaseFilters
from applications.lights import COLOURS, LightState, in_state
from applications.models import Application
from applications.register import Row
from applications.stages import Stage
from engineering.models import ConstructionTask
from waterservice.calendar import calendar
from waterservice.hours import at_hour

SHOWN = 50
# The folders of what this person can go on with.
WAITING_HERE = ("mine", "unclaimed")
# The folders of cases wherever they stand.
WHEREVER = ("payments", "started")
WEEK = 7


@dataclass(frozen=True)
class Arrangement:
    """An order of a home's list: its words, the order, and the heading under which a case stands."""

    label: str | Promise
    order: tuple[Any, ...] = ()
    heading: Callable[[Any], str] = lambda case: ""


def _start_words(case: Any) -> str:
    return gettext("starts on {day}").format(day=case.starts_on) if case.starts_on else gettext("no start agreed")


ARRANGEMENTS = {
    "urgency": Arrangement(_("most urgent first")),
    "area": Arrangement(_("by area"), (F("premises__district").asc(),), lambda case: case.premises.district or "—"),
    "start": Arrangement(_("by start of the works"), (F("starts_on").asc(nulls_last=True),), _start_words),
}
# The orders that a role may choose from; the first is the one it begins with.
ARRANGED: dict[Role, tuple[str, ...]] = {
    Role.DESIGNER: ("urgency", "area"),
    Role.CONSTRUCTION_UNIT: ("start", "area", "urgency"),
}
SEES_THE_WEEK = (Role.DESIGNER, Role.CONSTRUCTION_UNIT)


@dataclass(frozen=True)
class Choice:
    """A link of the home: what it says, how many it leads to, its address, whether it is the present one."""

    name: str
    label: str | Promise
    count: int
    query: str
    chosen: bool = False
    colour: str = ""
    late: int = 0
    day: date | None = None
    working: bool = True


def _every_stage() -> dict[str, list[Stage]]:
    return {kind: list(request.route.stages) for kind, request in Application.KINDS.items()}


class Home:
    """The home of a person in a role, as an address asks for it."""

    def __init__(self, user: User, role: Role, data: Mapping[str, str]) -> None:
        self.role, self.now = role, timezone.now()
        self._folders = selectors.folders(user, role)
        kind, folder = data.get("kind", ""), data.get("folder", "")
        shown = folder if folder in self._folders else next(iter(self._folders))
        by_kind = _every_stage() if shown in WHEREVER else selectors.stages_of(role)
        cases = self._folders[shown] if shown in WHEREVER else selectors.desk(user, role)
        self.filters = CaseFilters(
            data,
            {
                "kind": case_filters.kinds(),
                "stage": case_filters.stages(by_kind, kind if kind in by_kind else ""),
                "light": LightState.choices,
                "area": case_filters.areas(cases, user.offices_as(role) or []),
                "due": [],
            },
        )
        self.arrangements = ARRANGED.get(role, ("urgency",))
        asked = data.get("by", "")
        self.by = asked if asked in self.arrangements else self.arrangements[0]
        self.folder = folder if folder in self._folders else self._first_folder()

    @cached_property
    def counts(self) -> dict[str, dict[str, int]]:
        """By folder: how many fit the filters (“all”), and how many of them in each state of the light."""
        return {
            name: self.filters.narrow(cases).order_by().aggregate(all=Count("pk"), **self._states)
            for name, cases in self._folders.items()
        }

    @property
    def _states(self) -> dict[str, Count]:
        return {state.value: Count("pk", filter=in_state(state, self.now)) for state in LightState}

    def _first_folder(self) -> str:
        """Mine, or what is late and unclaimed, or the first in which there is something."""
        late = (name for name in WAITING_HERE if self.counts[name][LightState.LATE] and not self.counts["mine"]["all"])
        filled = (name for name in self._folders if self.counts[name]["all"] and name != "started")
        return next(late, next(filled, "mine"))

    def query(self, **changes: str) -> str:
        """The address of this home with some of it changed."""
        by = self.by if self.by != self.arrangements[0] else ""
        return self.filters.query(**{"folder": self.folder, "by": by} | changes)

    @property
    def kept(self) -> dict[str, str]:
        """What a saved filter keeps of this home."""
        return self.filters.values | ({"by": self.by} if self.by != self.arrangements[0] else {})

    @property
    def folders(self) -> list[Choice]:
        return [
            Choice(
                name,
                "",
                self.counts[name]["all"],
                self.query(folder=name),
                chosen=name == self.folder,
                late=self.counts[name][LightState.LATE] if name in WAITING_HERE else 0,
            )
            for name in self._folders
        ]

    @cached_property
    def lights(self) -> list[Choice]:
        """How many of the folder are late, due today, due soon and so on: each a link to just these."""
        found = self.counts[self.folder]
        if "light" in self.filters.values:
            found = self._but("light").aggregate(**self._states)
        return self._choices("light", [(state, state.label, found[state]) for state in LightState], COLOURS)

    @cached_property
    def stages(self) -> list[Choice]:
        """How many of the folder stand at each stage of the role."""
        rows = self._but("stage").values_list("stage").annotate(Count("pk"))
        found: dict[str, int] = dict(rows)
        offered = next(field.choices for field in self.filters.fields if field.name == "stage")
        return self._choices("stage", [(stage, label, found.get(stage, 0)) for stage, label in offered], {})

    @cached_property
    def week(self) -> list[Choice]:
        """The next seven days, how many of the folder are due on each; nothing for roles that do not plan by it."""
        if self.role not in SEES_THE_WEEK:
            return []
        today = timezone.localdate(self.now)
        days = [today + timedelta(days=number) for number in range(WEEK)]
        begin, end = at_hour(days[0], time()), at_hour(days[-1] + timedelta(days=1), time())
        rows = self._but("due").filter(due_at__gte=begin, due_at__lt=end)
        found = dict(rows.annotate(day=TruncDate("due_at")).values_list("day").annotate(Count("pk")))
        present, working = self.filters.values.get("due", ""), calendar().is_working
        return [
            Choice(
                day.isoformat(),
                "",
                found.get(day, 0),
                self.query(due="" if present == day.isoformat() else day.isoformat()),
                chosen=present == day.isoformat(),
                day=day,
                working=working(day),
            )
            for day in days
        ]

    def _but(self, name: str) -> QuerySet[Application]:
        return self.filters.narrow(self._folders[self.folder], but=name).order_by()

    def _choices(self, name: str, found: list[tuple[str, Any, int]], colours: Mapping[Any, str]) -> list[Choice]:
        """A link for each that occurs or is chosen; the chosen one leads back to all."""
        present = self.filters.values.get(name, "")
        return [
            Choice(
                value,
                label,
                count,
                self.query(**{name: "" if value == present else value}),
                chosen=value == present,
                colour=colours.get(value, "none"),
            )
            for value, label, count in found
            if count or value == present
        ]

    # -- the list ----------------------------------------------------------------------------------

    @cached_property
    def cases(self) -> QuerySet[Application]:
        """Every case of the folder that fits, in the order chosen."""
        return self._arranged(self.filters.narrow(self._folders[self.folder]))

    @cached_property
    def rows(self) -> list[Row]:
        """The most urgent of them, in the order chosen, each under its heading."""
        urgent = list(self.filters.narrow(self._folders[self.folder]).values_list("pk", flat=True)[:SHOWN])
        found = self._arranged(selectors.most_urgent_first(Application.objects.filter(pk__in=urgent)))
        heading = ARRANGEMENTS[self.by].heading
        return [Row(case, heading=heading(case), act=self._act(case)) for case in found]

    def _act(self, case: Application) -> str:
        """What the button of a row does: take the case, where nobody has it and this role may; else open it."""
        may_take = self.folder == "unclaimed" and self.role in case.steps()["take"].roles_at(case)
        return "take" if may_take else "open"

    @property
    def more(self) -> bool:
        return self.counts[self.folder]["all"] > len(self.rows)

    @property
    def total(self) -> int:
        return self.counts[self.folder]["all"]

    def _arranged(self, cases: QuerySet[Application]) -> QuerySet[Application]:
        order = ARRANGEMENTS[self.by].order
        if not order:
            return cases
        if self.by == "start":
            cases = cases.annotate(starts_on=Subquery(_tasks().values("starts_on")[:1]))
        return cases.order_by(*order, *cases.query.order_by)

    @property
    def orders(self) -> list[Choice]:
        """The orders to choose from; none where there is only one."""
        names = self.arrangements if len(self.arrangements) > 1 else ()
        return [
            Choice(
                name,
                ARRANGEMENTS[name].label,
                0,
                self.query(by=name if name != self.arrangements[0] else ""),
                chosen=name == self.by,
            )
            for name in names
        ]


def _tasks() -> QuerySet[ConstructionTask]:
    """The newest construction task of a case that was issued."""
    issued = ConstructionTask.objects.filter(Q(closed_at__isnull=False), project=OuterRef("project"))
    return issued.order_by("-revision")
