"""System checks: a route or step that is incomplete is refused at start, with a hint."""

from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any

from django.apps import AppConfig, apps
from django.core.checks import CheckMessage, Error, register

from applications.engine.steps import Deed
from applications.models import Application
from applications.stages import FINAL_STAGES
from applications.takeover.plan import PLANS


@register("applications")
def routes_and_steps(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Every stage has a way forward and an exit, every form exists, every step leaves a stage of its route."""
    found: list[CheckMessage] = []
    for request in Application.KINDS.values():
        found += _route_faults(request)
        found += _takeover_faults(request)
        for deed in [*request.steps().values(), *request.tasks().values()]:
            found += _deed_faults(request, deed)
    return found


def _route_faults(request: type[Application]) -> Iterator[Error]:
    steps = request.steps().values()
    for stop in request.route:
        if not any(step.forward and stop.stage in step.stages for step in steps):
            yield Error(
                f"{request.__name__}: no step leads forward from {stop.stage}.",
                hint="Declare a @step with source=this stage and target=NEXT.",
                id="applications.E001",
            )
        if stop.sheet and not _has_model(stop.sheet):
            yield Error(f"{request.__name__}: {stop.stage} names no model: {stop.sheet}.", id="applications.E002")
        if stop.clock and stop.owner.manager is None:
            yield Error(
                f"{request.__name__}: nobody could grant more time at {stop.stage}.",
                hint="A clock belongs to a role that has a manager.",
                id="applications.E008",
            )
    for anchored in request.route.anchored:
        for name in (*anchored.opened_by, anchored.fulfilled_by):
            if name not in request.deeds():
                yield Error(
                    f"{request.__name__}: the clock of {anchored.rule.clause} names no step or task: {name}.",
                    id="applications.E003",
                )


def _takeover_faults(request: type[Application]) -> Iterator[Error]:
    plan = PLANS.get(request.route.kind.value)
    said = [section.stage for section in plan.sections] if plan else []
    if said != list(request.route.stages):
        yield Error(
            f"{request.__name__}: what its paper files say does not follow its route.",
            hint="Declare a Section for each stage of the route in applications/takeover.",
            id="applications.E009",
        )


def _has_model(label: str) -> bool:
    app, _dot, model = label.partition(".")
    return model.lower() in apps.all_models.get(app, {})


def _deed_faults(request: type[Application], deed: Deed) -> Iterator[Error]:
    if not deed.label or not deed.past:
        yield Error(f"{request.__name__}.{deed.name} has no words.", id="applications.E004")
    if not deed.stages & set(request.route.stages):
        yield Error(
            f"{request.__name__}.{deed.name} leaves no stage of the route.",
            hint="Its source names stages that the route does not pass.",
            id="applications.E005",
        )
    if deed.stages & FINAL_STAGES:
        yield Error(f"{request.__name__}.{deed.name} moves a closed case.", id="applications.E006")
    if deed.form:
        module, _dot, name = deed.form.rpartition(".")
        if not hasattr(import_module(module), name):
            yield Error(f"{request.__name__}.{deed.name}: there is no form {deed.form}.", id="applications.E007")
