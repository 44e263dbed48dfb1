"""`make bench`: what pages and steps cost beside the floor below which nothing can go. Nothing here fails a build."""

import os
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
CASES = 40
ROUNDS = 15


def timed(deed: Callable[[], object], rounds: int = ROUNDS) -> float:
    """The median of some rounds, milliseconds."""
    took = []
    for _round in range(rounds):
        start = time.perf_counter()
        deed()
        took.append(time.perf_counter() - start)
    return median(took) * 1000


def tell(what: str, cost: float, floor: float, of: str) -> None:
    print(f"{what:<44} {cost:9.2f} ms   floor {floor:8.2f} ms ({of})   ×{cost / floor:.1f}")


def main() -> None:
    os.environ.update(DJANGO_SETTINGS_MODULE="tests.settings")
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    from django.core.management import call_command
    from django.test import Client

    from accounts.roles import Role
    from applications import issuing, selectors
    from applications.engine.doors import perform
    from applications.models import Application
    from applications.stages import Stage
    from applications.tour.cast import colleague
    from applications.tour.new_connection import Tour
    from waterservice.calendar import calendar
    from waterservice.pdf import render_pdf

    call_command("migrate", verbosity=0)
    days, start = calendar(), date(2024, 1, 1)
    starts = [start + timedelta(days=n % 1000) for n in range(1_000_000)]
    begun = time.perf_counter()
    for day in starts:
        days.add_working_days(day, 7)
    counted = time.perf_counter() - begun
    begun = time.perf_counter()
    for day in starts:
        day + timedelta(days=7)
    floor = time.perf_counter() - begun
    tell("1,000,000 due dates", counted * 1000, floor * 1000, "adding plain days")

    real = issuing.render
    issuing.render = lambda kind, case, **extra: b"%PDF-1.4 " + kind.encode()
    for _case in range(CASES):
        Tour(Decimal("1000"), Decimal("1000"), try_early=False).play_to(Stage.SURVEY)
    issuing.render = real
    designer = colleague(Role.DESIGNER)
    client = Client()
    client.force_login(designer)
    rows = timed(lambda: list(selectors.desk(designer, Role.DESIGNER)[:50]))
    tell(f"home of the designer, {CASES} cases", timed(lambda: client.get("/")), rows, "its one query")
    case = Application.objects.filter(stage=Stage.SURVEY)[0]
    page = timed(lambda: client.get(case.get_absolute_url()))
    tell("page of a case", page, timed(lambda: Application.objects.get(pk=case.pk)), "reading its row")

    def take() -> None:
        fresh = Application.objects.get(pk=case.pk)
        perform(fresh, "suspend", by=designer, data={"kind": "other", "reason": "量", "awaited": "量"})
        perform(Application.objects.get(pk=case.pk), "resume", by=designer)

    update = timed(lambda: Application.objects.filter(pk=case.pk).update(holder=designer))
    tell("two steps through the door", timed(take), 2 * update, "two UPDATEs")
    blank = timed(lambda: render_pdf("documents/layout.html", {}), 3)
    tell("supply agreement as PDF", _agreement(), blank, "an empty paper")


def _agreement() -> float:
    from applications.papers.kinds import PaperKind
    from applications.papers.render import render
    from applications.stages import Stage
    from applications.tour.new_connection import Tour

    case = Tour(Decimal("1000"), Decimal("1000"), try_early=False).play_to(Stage.WATER_ON)
    return timed(lambda: render(PaperKind.SUPPLY_AGREEMENT, case, draft=False, verify_code="BENCH"), 3)


if __name__ == "__main__":
    main()
