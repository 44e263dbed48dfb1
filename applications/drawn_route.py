"""The way of one case as a drawing: what `CasePage` knows of its stages, laid out in columns.

Nothing is declared here: stages, owners, skip rules and ends are the route's and the steps', who and when the
timeline's. A drawing with one column is for phones.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import groupby

from django.utils.translation import gettext as _

from applications.engine.route import Route
from applications.models import TimelineEntry
from applications.models.clock import moment_words
from applications.presenters import BarStage, CasePage, Light
from applications.stages import FINAL_STAGES, Stage
from waterservice.drawing import broken

LINE, LABEL_SIZE, SMALL = 16, 14, 12
GUTTER, LANE, STEP = 12, 12, 5  # the first side way's distance from a box below, beside; of one from the next


@dataclass(frozen=True)
class Node:
    """A stage, or an end, of the way: its words, and what has become of it.

    state  passed, current, skipped or ahead; of an end: reached or open
    mark   its number, or the sign of its state
    """

    stage: Stage
    state: str
    mark: str
    label: str
    owner: str = ""
    details: tuple[str, ...] = ()
    light: Light | None = None

    @property
    def spoken(self) -> str:
        """Everything in one line, for who does not see the drawing."""
        words = [self.label, self.owner, STATES[self.state](), *self.details]
        return _(", ").join(word for word in words if word)


STATES = {
    "passed": lambda: _("passed"),
    "current": lambda: _("the case is here"),
    "skipped": lambda: _("skipped"),
    "ahead": lambda: _("still to come"),
    "reached": lambda: _("ended here"),
    "open": lambda: "",
}


@dataclass(frozen=True)
class Side:
    """A way beside the route that was really taken, from one node to another; back, or to an end without water."""

    start: Stage
    target: Stage
    kind: str
    words: str


def span_words(route: Route, stages: Collection[Stage]) -> str:
    """The stages from the first to the last of some: “Application form to Project fee”; one by its name."""
    ordered = route.in_order(stages)
    if len(ordered) == 1:
        return str(ordered[0].label)
    return _("{first} to {last}").format(first=ordered[0].label, last=ordered[-1].label)


@dataclass(frozen=True)
class Way:
    """The whole way of a case: its stages in order, its ends behind them, and the side ways taken."""

    nodes: tuple[Node, ...]
    sides: tuple[Side, ...]


def way_of(page: CasePage) -> Way:
    """The way of a case as it is declared and as it was gone."""
    sides = (*_sent_back(page), *_ended(page))
    return Way((*_stages(page), *_ends(page)), sides)


def _stages(page: CasePage) -> Iterator[Node]:
    case = page.case
    for number, (stop, bar) in enumerate(zip(case.route, page.stage_bar, strict=True), start=1):
        details: tuple[str, ...] = ()
        if bar.state == "passed":
            details = (bar.who, bar.when)
        elif bar.state == "current":
            details = (str(case.holder or case.office or ""),)
        elif stop.unless is not None:
            words = _("skipped where {rule}") if bar.state == "ahead" else _("skipped: {rule}")
            details = (words.format(rule=stop.unless.words),)
        yield Node(
            stop.stage,
            bar.state,
            _mark(bar, number),
            str(stop.stage.label),
            str(stop.owner.label),
            details,
            page.light if bar.state == "current" else None,
        )


def _mark(bar: BarStage, number: int) -> str:
    return {"passed": "✓", "skipped": "–"}.get(bar.state, str(number))


def _ends(page: CasePage) -> Iterator[Node]:
    """Water first, then the ends without, each with where its steps leave the route."""
    case = page.case
    steps = type(case).steps().values()
    arrived = {entry.to_stage: entry for entry in page.timeline if entry.to_stage in FINAL_STAGES}
    targets = [step.target for step in steps]
    for end in (stage for stage in Stage if stage == Stage.COMPLETED or (stage in FINAL_STAGES and stage in targets)):
        entry = arrived.get(end) if case.stage == end else None
        if entry is not None:
            details: tuple[str, ...] = (str(entry.actor or ""), moment_words(entry.recorded_at))
        else:
            spans = [span_words(case.route, step.stages) for step in steps if step.target == end]
            details = (_("from {stages}").format(stages=_(", ").join(dict.fromkeys(spans))),) if spans else ()
        yield Node(end, "reached" if entry else "open", "●" if entry else "○", str(end.label), "", details)


def _moves(page: CasePage) -> Iterator[TimelineEntry]:
    """Oldest first, what took the case from a stage of the route elsewhere."""
    for entry in reversed(page.timeline):
        if entry.from_stage != entry.to_stage and entry.from_stage in page.case.route:
            yield entry


def _sent_back(page: CasePage) -> Iterator[Side]:
    """The ways back that were taken, each pair of stages once with how often and who did so last."""
    route = page.case.route
    back = [
        e for e in _moves(page) if e.to_stage in route and route.position(e.to_stage) < route.position(e.from_stage)
    ]
    pairs = groupby(sorted(back, key=lambda e: (e.from_stage, e.to_stage)), key=lambda e: (e.from_stage, e.to_stage))
    for (start, target), found in pairs:
        entries = sorted(found, key=lambda entry: entry.pk)
        last = entries[-1]
        times = f" ×{len(entries)}" if len(entries) > 1 else ""
        words = f"{last.words} {last.happened_on:%m-%d} {last.actor or ''}{times}"
        yield Side(Stage(start), Stage(target), "back", words)


def _pair(move: TimelineEntry) -> tuple[str, str]:
    return move.from_stage, move.to_stage


def _ended(page: CasePage) -> Iterator[Side]:
    for entry in _moves(page):
        if entry.to_stage in FINAL_STAGES and entry.to_stage != Stage.COMPLETED:
            yield Side(Stage(entry.from_stage), Stage(entry.to_stage), "end", entry.words)


@dataclass(frozen=True)
class Text:
    """A line of words at its place: `kind` is its class of style."""

    x: float
    y: float
    words: str
    kind: str


@dataclass(frozen=True)
class Box:
    """A node at its place."""

    node: Node
    x: int
    y: int
    width: int
    height: int
    texts: list[Text]


@dataclass(frozen=True)
class Path:
    """A drawn connection with its words, if it has any."""

    line: str
    kind: str
    text: Text | None = None


@dataclass
class Drawing:
    """A way laid out: `columns` boxes in a row, rows by turns from the left and from the right."""

    way: Way
    columns: int
    name: str
    box: int = 156
    tall: int = 88
    gap_x: int = 28
    gap_y: int = 44
    margin: int = 22
    boxes: list[Box] = field(default_factory=list)
    paths: list[Path] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.boxes = [self._box(place, node) for place, node in enumerate(self.way.nodes)]
        at = {box.node.stage: box for box in self.boxes}
        last = self.way.nodes.index(next(node for node in self.way.nodes if node.stage == Stage.COMPLETED))
        for earlier, later in zip(self.boxes[:last], self.boxes[1 : last + 1], strict=True):
            gone = later.node.state in ("passed", "current", "skipped", "reached")
            self.paths.append(Path(_onwards(earlier, later), "gone" if gone else "onwards"))
        for place, side in enumerate(self.way.sides):
            self.paths.append(self._aside(at[side.start], at[side.target], side, place % 4))

    @property
    def width(self) -> int:
        return 2 * self.margin + self.columns * self.box + (self.columns - 1) * self.gap_x

    @property
    def height(self) -> int:
        rows = -(-len(self.way.nodes) // self.columns)
        return rows * (self.tall + self.gap_y) - self.gap_y // 2

    def _box(self, place: int, node: Node) -> Box:
        row, column = divmod(place, self.columns)
        if row % 2:
            column = self.columns - 1 - column
        x, y = self.margin + column * (self.box + self.gap_x), 4 + row * (self.tall + self.gap_y)
        return Box(node, x, y, self.box, self.tall, list(self._texts(node, x, y)))

    def _texts(self, node: Node, x: int, y: int) -> Iterator[Text]:
        """The lines in a box, as many as it has room for: label, owner, light, details."""
        room, line = self.box - 20, y + 19
        for part in broken(node.label, width=room - 18, size=LABEL_SIZE):
            yield Text(x + 28, line, part, "label")
            line += LINE
        if node.owner:
            yield Text(x + 10, line, broken(node.owner, width=room, size=SMALL, lines=1)[0], "owner")
            line += LINE
        if node.light is not None:
            yield Text(x + 10, line, f"● {node.light.words}", f"light light-{node.light.colour}")
            line += LINE
        for detail in node.details:
            for part in broken(detail, width=room, size=SMALL, lines=3):
                if line < y + self.tall - 3:
                    yield Text(x + 10, line, part, "detail")
                    line += LINE

    def _aside(self, start: Box, target: Box, side: Side, place: int) -> Path:
        """From below one box through the space between the boxes, to another: under an earlier, over an end."""
        low = start.y + start.height + GUTTER + place * STEP
        x, end_x = start.x + start.width * 0.42 + place * 8, target.x + target.width * 0.58 - place * 8
        if side.kind == "end":
            arrive, last = target.y - GUTTER, target.y
        else:
            arrive, last = target.y + target.height + GUTTER + place * STEP, target.y + target.height
        lane = target.x - LANE + place * 4
        line = f"M{x:g} {start.y + start.height}V{low:g}H{lane:g}V{arrive:g}H{end_x:g}V{last}"
        if low == arrive:
            line = f"M{x:g} {start.y + start.height}V{low:g}H{end_x:g}V{last}"
        words = broken(side.words, width=self.box * 1.4, size=SMALL, lines=1)
        return Path(line, side.kind, Text(x + 6, low + 13, words[0] if words else "", f"side {side.kind}"))


def _onwards(earlier: Box, later: Box) -> str:
    """The line from a box to the next one: beside it, or under it at the end of a row."""
    if earlier.y != later.y:
        x = earlier.x + earlier.width // 2
        return f"M{x} {earlier.y + earlier.height}V{later.y - 2}"
    middle = earlier.y + earlier.height // 2
    if later.x > earlier.x:
        return f"M{earlier.x + earlier.width} {middle}H{later.x - 2}"
    return f"M{earlier.x} {middle}H{later.x + later.width + 2}"


def drawings(way: Way) -> list[Drawing]:
    """The drawing for a screen and the one for a phone."""
    return [Drawing(way, 5, "wide"), Drawing(way, 1, "narrow", box=300, tall=76, gap_y=34, margin=26)]
