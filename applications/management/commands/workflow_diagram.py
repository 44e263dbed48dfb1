"""`manage.py workflow_diagram`: the routes as a page to read, drawn from their declarations."""

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from applications.drawn_route import span_words
from applications.engine.limits import rule_words
from applications.engine.route import NEXT
from applications.engine.steps import Step
from applications.models import Application
from applications.stages import FINAL_STAGES, Stage

PAGE = Path(settings.BASE_DIR) / "docs" / "workflow.md"


class Command(BaseCommand):
    help = "Writes docs/workflow.md from the declared routes, or checks that it is up to date."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing; fail if the page is out of date")

    def handle(self, *args: Any, **options: Any) -> None:
        with translation.override("zh-hans"):
            page = "\n".join(lines()) + "\n"
        if options["check"]:
            if not PAGE.exists() or PAGE.read_text() != page:
                raise CommandError("docs/workflow.md is out of date. Run `manage.py workflow_diagram`.")
            return
        PAGE.write_text(page)
        self.stdout.write(f"{PAGE.relative_to(settings.BASE_DIR)}: {len(Application.KINDS)}")


def lines() -> Iterator[str]:
    """The page: for each kind of request its table of stages and its diagram."""
    yield "# 业务流程"
    yield ""
    yield "由 `manage.py workflow_diagram` 按路由与步骤的声明生成，请勿手工修改。"
    for request in Application.KINDS.values():
        yield ""
        yield f"## {request._meta.verbose_name}"
        yield ""
        yield from _table(request)
        yield ""
        yield from _endings(request)
        yield ""
        yield from _diagram(request)


def _table(request: type[Application]) -> Iterator[str]:
    yield "| 序 | 环节 | 办理人 | 时限 | 离开本环节须具备 |"
    yield "|---|---|---|---|---|"
    for place, stop in enumerate(request.route, start=1):
        leaving = (step for step in request.steps().values() if step.target is NEXT and stop.stage in step.stages)
        gates = [words for step in leaving for words in _gates(step)]
        owners = "、".join(str(role.label) for role in (stop.owner, *stop.co_owners))
        limit = rule_words(stop.clock) if stop.clock else "等用户" if stop.awaits_applicant else "—"
        yield f"| {place} | {stop.stage.label} | {owners} | {limit} | {'；'.join(gates) or '—'} |"


def _gates(step: Step) -> list[str]:
    """The checkpoints of a step's own, each with its clause."""
    own = (gate for gate in step.checkpoints if gate.name not in ("not_suspended", "within_deadline"))
    return [f"{gate.title}{f' ({gate.clause})' if gate.clause else ''}" for gate in own]


def _endings(request: type[Application]) -> Iterator[str]:
    """How a case ends without water: by which step, from where to where, on what conditions."""
    yield "| 未通水而结束 | 可以办理的环节 | 结果 | 须具备 |"
    yield "|---|---|---|---|"
    for step in request.steps().values():
        if isinstance(step.target, Stage) and step.target in FINAL_STAGES:
            where = span_words(request.route, step.stages)
            yield f"| {step.label} | {where} | {step.target.label} | {'；'.join(_gates(step)) or '—'} |"


def _diagram(request: type[Application]) -> Iterator[str]:
    yield "```mermaid"
    yield "flowchart TD"
    stops = list(request.route)
    for stop in stops:
        yield f'    {stop.stage.value}["{stop.stage.label}"]'
    yield '    completed(["已办结"])'
    names = [stop.stage.value for stop in stops] + ["completed"]
    for place, stop in enumerate(stops):
        yield f"    {names[place]} --> {names[place + 1]}"
        if stop.unless is not None:
            yield f"    {names[place - 1]} -. 免办：{stop.unless.words} .-> {names[place + 1]}"
    for step in request.steps().values():
        if step.target in request.route:
            for source in step.stages:
                yield f"    {source.value} -. {step.label} .-> {step.target}"
    yield "```"
