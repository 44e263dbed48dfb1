"""What was stated, read by the forms of its kind."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS
from django.utils.translation import gettext as _

from applications.forms.takeover import FactsForm, HeadForm, shown
from applications.stages import Stage
from applications.takeover.plan import Plan, plan_of


@dataclass(frozen=True)
class Fault:
    """What is wrong with a field: its name in `data`, its words, and why."""

    key: str
    label: str
    message: str

    def __str__(self) -> str:
        return _("{label}: {message}").format(label=self.label, message=self.message) if self.label else self.message


@dataclass(frozen=True)
class Chapter:
    """What a file says of a stage (of itself, without one), as label and words."""

    title: str
    lines: list[tuple[str, str]]


@dataclass(frozen=True)
class Stated:
    """A file as its forms read it: the head, and the sections that can say something, by stage."""

    plan: Plan
    stage: Stage
    head: HeadForm
    sections: dict[Stage, FactsForm]

    @property
    def faults(self) -> list[Fault]:
        """Everything that is wrong or missing, in the order of the forms."""
        found = list(_faults_of(self.head, ""))
        for stage, form in self.sections.items():
            found += _faults_of(form, f"{stage.label} · ")
        return found

    @property
    def chapters(self) -> list[Chapter]:
        """What the file says, to read."""
        head = [line for bound in self.head for line in shown(bound)]
        chapters = [Chapter(_("The file"), head)]
        chapters += [Chapter(str(stage.label), list(form.lines())) for stage, form in self.sections.items()]
        return [chapter for chapter in chapters if chapter.lines]


def _faults_of(form: HeadForm | FactsForm, before: str) -> Iterator[Fault]:
    for name, messages in form.errors.items():
        label = "" if name == NON_FIELD_ERRORS else f"{before}{form.fields[name].label}"
        for message in messages:
            yield Fault(form.add_prefix(name), label, str(message))


def read(kind: str, stage: Stage, data: Mapping[str, Any], *, strict: bool) -> Stated:
    """Read a file that stands at a stage.

    `strict`: what the passed stages require must be there; otherwise only what is said is checked. A stage that
    may be skipped is left to the figures either way.
    """
    plan = plan_of(kind)
    behind = plan.passed(stage)
    head = plan.head(data, passed=behind)
    head.is_valid()
    arrived_on = head.cleaned_data.get("arrived_on")
    sections = {}
    for section in plan.asked(stage):
        assert section.form is not None
        passed = section.stage in behind
        sections[section.stage] = section.form(
            data,
            stage=section.stage,
            strict=strict and passed and not plan.may_be_skipped(section.stage),
            latest=arrived_on if passed else None,
        )
        sections[section.stage].is_valid()
    return Stated(plan, stage, head, sections)
