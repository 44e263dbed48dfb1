"""The chart of the statistics, in the units of its drawing: days to the left, how many to the right."""

from collections.abc import Sequence
from dataclasses import dataclass

from applications.statistics import Figures
from waterservice.drawing import drawn_length

WIDTH, LINE, HEAD = 1160, 34, 26
COUNTS, GAP, WORDS = 110, 24, 170
LONGEST_LABEL = 320.0
STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
TICKS = 6


@dataclass(frozen=True)
class Bar:
    """One line: the median as a wide bar, the 90th percentile as a thin one; kept, late and extended as parts."""

    figures: Figures
    y: int
    median: float
    p90: float
    finished: float
    late: float
    extended: float


@dataclass(frozen=True)
class Chart:
    """What the drawing needs: its size, where days and counts begin, the marks of the scale, the lines."""

    height: int
    days: float
    counts: float
    words: float
    ticks: Sequence[tuple[float, int]]
    bars: Sequence[Bar]
    width: int = WIDTH


def chart(lines: Sequence[Figures]) -> Chart:
    """The lines, drawn to the scale of the longest 90th percentile and of the largest number."""
    days = min(max((drawn_length(line.label) for line in lines), default=0.0), LONGEST_LABEL) + GAP / 2
    counts = WIDTH - WORDS - COUNTS
    longest = max((max(line.p90, line.median) for line in lines), default=0) or 1
    scale = (counts - GAP - 60 - days) / longest
    share = COUNTS / (max((line.judged for line in lines), default=0) or 1)
    step = step_of(longest)
    return Chart(
        height=HEAD + len(lines) * LINE,
        days=days,
        counts=counts,
        words=counts + COUNTS + 8,
        ticks=[(days + number * scale, number) for number in range(0, int(longest) + 1, step)],
        bars=[
            Bar(
                line,
                HEAD + place * LINE,
                line.median * scale,
                line.p90 * scale,
                line.judged * share,
                line.late * share,
                line.extended * share,
            )
            for place, line in enumerate(lines)
        ],
    )


def step_of(longest: float) -> int:
    """How far the marks of a scale stand apart."""
    return next((step for step in STEPS if longest / step <= TICKS), STEPS[-1])
