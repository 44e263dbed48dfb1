"""Where the open cases stand: kind of request by stage, with the lights. One query."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from applications.case_filters import kinds
from applications.lights import COLOURS, LightState, in_state
from applications.models import Application
from applications.overview.tables import Table
from applications.selectors import OPEN
from applications.stages import Kind, Stage

# What a cell says beside its count; the rest is in time, or has no limit.
TOLD = (LightState.LATE, LightState.TODAY, LightState.SOON)


@dataclass(frozen=True)
class Part:
    """How many of a cell are in a state, with its word and colour."""

    state: LightState
    count: int

    @property
    def words(self) -> str | Promise:
        return self.state.label

    @property
    def colour(self) -> str:
        return COLOURS[self.state]


@dataclass(frozen=True)
class Cell:
    """The open cases of a kind at a stage (or at all stages), and what of them is late, due today, due soon."""

    kind: str
    stage: str
    count: int
    states: dict[LightState, int]

    @property
    def parts(self) -> list[Part]:
        return [Part(state, self.states[state]) for state in TOLD if self.states[state]]


@dataclass(frozen=True)
class Line:
    """A stage, or the sum of all, with a cell for each kind of request; None where a kind has no such stage."""

    label: str | Promise
    cells: list[Cell | None]

    @property
    def count(self) -> int:
        return sum(cell.count for cell in self.cells if cell is not None)


@dataclass(frozen=True)
class Matrix:
    """The kinds of request, a line for each stage in the order of the routes, and their sum."""

    kinds: list[Kind]
    lines: list[Line]
    total: Line

    def table(self) -> Table:
        headings = [_("Stage")]
        for kind in self.kinds:
            headings += [str(kind.label), *(f"{kind.label}: {state.label}" for state in TOLD)]
        return Table(_("open cases by stage"), headings, [_row(line) for line in (*self.lines, self.total)])


def _row(line: Line) -> list[object]:
    row: list[object] = [str(line.label)]
    for cell in line.cells:
        row += [None] * (1 + len(TOLD)) if cell is None else [cell.count, *(cell.states[state] for state in TOLD)]
    return row


def matrix(cases: QuerySet[Application], now: datetime) -> Matrix:
    """The open ones of these cases, counted by kind, stage and light."""
    states = {state.value: Count("pk", filter=in_state(state, now)) for state in TOLD}
    found = {
        (row["kind"], row["stage"]): row
        for row in cases.filter(OPEN).order_by().values("kind", "stage").annotate(count=Count("pk"), **states)
    }
    shown = [Kind(value) for value, _label in kinds()]

    def cell(kind: Kind, stage: Stage) -> Cell | None:
        if stage not in Application.KINDS[kind].route:
            return None
        row = found.get((kind.value, stage.value), {})
        return Cell(kind, stage, row.get("count", 0), {state: row.get(state.value, 0) for state in TOLD})

    passed = {stage: None for kind in shown for stage in Application.KINDS[kind].route.stages}
    lines = [Line(stage.label, [cell(kind, stage) for kind in shown]) for stage in passed]
    sums = [_sum(kind, [line.cells[place] for line in lines]) for place, kind in enumerate(shown)]
    return Matrix(shown, lines, Line(_("All open cases"), list(sums)))


def _sum(kind: Kind, cells: list[Cell | None]) -> Cell:
    there = [cell for cell in cells if cell is not None]
    states = {state: sum(cell.states[state] for cell in there) for state in TOLD}
    return Cell(kind, "", sum(cell.count for cell in there), states)
