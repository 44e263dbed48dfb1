"""The charts of the overview in the units of their drawings: a line each, its bars to one scale."""

from collections.abc import Sequence
from dataclasses import dataclass

from applications.overview.keeping import OfficeLine
from applications.statistics import Figures
from applications.views.bars import step_of
from waterservice.drawing import drawn_length

WIDTH, LINE, HEAD, WORDS = 620, 34, 26, 70


@dataclass(frozen=True)
class Line:
    """A line of a chart; the lengths are from `Chart.start`. None: nothing is drawn."""

    label: str
    y: int
    wide: float | None
    thin: float | None
    mark: float | None
    words: str
    worse: bool


@dataclass(frozen=True)
class Chart:
    """What a drawing needs: its size, where the bars begin, the marks of the scale, the lines."""

    height: int
    start: float
    ticks: Sequence[tuple[float, int]]
    lines: Sequence[Line]
    width: int = WIDTH


def offices_chart(lines: Sequence[OfficeLine]) -> Chart:
    """Percent in time: wide for the last twelve months, thin for this month."""
    start = _start([line.label for line in lines])
    scale = (WIDTH - WORDS - start) / 100
    drawn = [
        Line(
            line.label,
            HEAD + place * LINE,
            _scaled(line.year.on_time_percent, scale),
            _scaled(line.month.on_time_percent if line.month.judged else None, scale),
            None,
            f"{line.year.on_time_percent}%",
            bool(line.year.late),
        )
        for place, line in enumerate(lines)
    ]
    return Chart(
        HEAD + len(lines) * LINE, start, [(start + part * scale, part) for part in (0, 25, 50, 75, 100)], drawn
    )


def stages_chart(lines: Sequence[Figures]) -> Chart:
    """Median working days, with a mark at the promise where it is counted in working days."""
    comparable = [line for line in lines if line.promise is not None and line.finished]
    start = _start([line.label for line in comparable])
    longest = max((max(line.median, line.promise or 0) for line in comparable), default=0) or 1
    scale, step = (WIDTH - WORDS - start) / longest, step_of(longest)
    drawn = [
        Line(
            line.label,
            HEAD + place * LINE,
            _scaled(line.median, scale),
            None,
            _scaled(line.promise, scale),
            f"{line.median} / {line.promise}",
            line.median > (line.promise or 0),
        )
        for place, line in enumerate(comparable)
    ]
    ticks = [(start + number * scale, number) for number in range(0, int(longest) + 1, step)]
    return Chart(HEAD + len(comparable) * LINE, start, ticks, drawn)


def _start(labels: Sequence[str]) -> float:
    return min(max((drawn_length(label) for label in labels), default=0.0), WIDTH / 3) + 12


def _scaled(number: float | None, scale: float) -> float | None:
    return None if number is None else number * scale
