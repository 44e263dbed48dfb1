"""`manage.py walkthrough new_connection`: the whole way of a request, told step by step."""

import json
from argparse import ArgumentParser
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from applications.engine.refusals import Refusal
from applications.models import Application
from applications.tour.new_connection import Line, Tour
from waterservice.money import parse_money, yuan


class Command(BaseCommand):
    help = "Plays a request from the counter to its end through the program's own door, and keeps its papers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("request", choices=["new_connection"])
        parser.add_argument("--amount", default="128000", help="the budget, yuan")
        parser.add_argument("--settlement", help="the final figure, yuan (the budget, if left out)")
        parser.add_argument("--out", type=Path, help="the folder into which the PDFs are written")
        parser.add_argument("--json", action="store_true", help="one JSON line for each step instead of sentences")

    def handle(self, *args: Any, **options: Any) -> None:
        amount = _amount(options["amount"])
        settlement = _amount(options["settlement"]) if options["settlement"] else amount
        tour = Tour(amount=amount, settlement=settlement)
        try:
            for line in tour.run():
                self._tell(line, as_json=options["json"])
        except Refusal as refusal:
            raise CommandError(str(refusal)) from refusal
        if options["out"]:
            kept = write_papers(tour.case, options["out"])
            if not options["json"]:
                self.stdout.write(_("{count} papers in {folder}").format(count=kept, folder=options["out"]))
        if not options["json"]:
            self.stdout.write(
                _("{number}: budget {budget}, settlement {settlement}.").format(
                    number=tour.case.number, budget=yuan(amount), settlement=yuan(settlement)
                )
            )

    def _tell(self, line: Line, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(line.as_dict(), ensure_ascii=False))
            return
        said = f"【{line.stage_zh}】{line.role_zh}：{line.step_zh}（{line.clause}）"
        if line.due:
            said += f"，期限 {line.due.replace('T', ' ')[:16]}"
        if line.refused_before:
            said += f"。先前被拒：{line.refused_before}"
        self.stdout.write(f"{said} → {line.next_stage_zh}")


def _amount(text: str) -> Decimal:
    try:
        amount: Decimal = parse_money(text)
    except ValidationError as fault:
        raise CommandError("; ".join(fault.messages)) from fault
    if amount <= 0:
        raise CommandError(_("The amount must be above zero."))
    return amount


def write_papers(case: Application, folder: Path) -> int:
    """Copy the stored PDFs of a case into a folder, numbered in the order of issue; returns how many."""
    folder.mkdir(parents=True, exist_ok=True)
    papers = case.papers.select_related("file")
    for place, paper in enumerate(papers, start=1):
        with paper.file.open() as stored:
            (folder / f"{place:02d}-{paper.kind}-v{paper.version}.pdf").write_bytes(stored.read())
    return len(papers)
