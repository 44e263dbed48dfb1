"""Cases at any stage, brought there by the tour through the real doors."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from applications import issuing
from applications.models import Application
from applications.stages import Stage
from applications.tour.new_connection import Tour

CaseAt = Callable[..., Application]

SMALL_PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n"
)


@pytest.fixture
def plain_papers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Papers are rendered for real where papers are tested; elsewhere their bytes do not matter."""
    monkeypatch.setattr(issuing, "render", lambda kind, case, **extra: SMALL_PDF + f"%{kind}".encode())


@pytest.fixture
def tour_to(db: None, plain_papers: None) -> Callable[..., Tour]:
    """A tour that has stopped at the door of a stage."""

    def play(stage: Stage, *, amount: str = "128000", settlement: str | None = None) -> Tour:
        tour = Tour(amount=Decimal(amount), settlement=Decimal(settlement or amount), try_early=False)
        tour.play_to(stage)
        return tour

    return play


@pytest.fixture
def case_at(tour_to: Callable[..., Tour]) -> CaseAt:
    """A case that stands at a stage with nothing of the stage's own work done."""
    return lambda stage, **figures: tour_to(stage, **figures).case
