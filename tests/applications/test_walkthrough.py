"""`manage.py walkthrough`: the tour that a newcomer takes."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from django.core.management import CommandError, call_command
from django.utils import translation
from django.utils.translation import gettext as _

from applications.models import NewConnection

KEYS = {"stage", "stage_zh", "step", "role", "role_zh", "clause", "due", "refused_before"}


def walk(*arguments: str) -> str:
    out = StringIO()
    call_command("walkthrough", "new_connection", *arguments, stdout=out)
    return out.getvalue()


def lines(*arguments: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in walk("--json", *arguments).splitlines()]


@pytest.mark.embedded
@pytest.mark.django_db
def test_each_step_is_a_line_of_json_and_papers_are_written(tmp_path: Path) -> None:
    told = lines("--amount", "128000", "--out", str(tmp_path))
    stages = list(dict.fromkeys(line["stage"] for line in told))
    assert stages == [stage for stage in NewConnection.route.stages if stage != "arrears_settlement"]
    assert all(line.keys() >= KEYS for line in told)
    by_stage = {line["stage"]: line for line in told}
    assert by_stage["survey"]["stage_zh"] == "现场勘查"
    assert by_stage["survey"]["role_zh"] in ("设计室", "设计员")
    moved = NewConnection.objects.get().timeline.filter(nature="step").exclude(action="start").order_by("pk")
    assert [line["step"] for line in told] == list(moved.values_list("action", flat=True)), "each step is told once"
    assert {line["step"] for line in told if line["due"]} == {
        *("accept_documents", "complete_arrears_check", "complete_survey", "complete_design", "submit_budget"),
        *("report_completion", "hand_over_meter_card"),
    }, "the step's own time limit, and no other's"
    assert "NC-6" in by_stage["construction_agreement"]["refused_before"]
    assert by_stage["draft"]["refused_before"] is None
    names = sorted(path.name for path in tmp_path.glob("*.pdf"))
    assert any("construction_agreement" in name for name in names)
    assert any("supply_agreement" in name for name in names)
    for path in tmp_path.glob("*.pdf"):
        with pikepdf.open(path) as paper:
            assert len(paper.pages) >= 1


@pytest.mark.django_db
def test_below_the_threshold_nobody_asks_the_deputy_general_manager(plain_papers: None) -> None:
    assert "executive_approval" not in [line["stage"] for line in lines("--amount", "99999.99")]
    risen = lines("--amount", "99999.99", "--settlement", "100000")
    assert "executive_approval" in [line["stage"] for line in risen]


@pytest.mark.django_db
def test_a_settlement_far_from_its_budget_shows_the_leaders_step(plain_papers: None) -> None:
    told = lines("--amount", "100000", "--settlement", "130000")
    steps = [line["step"] for line in told]
    about_it = ("fix_settlement", "approve_variance", "close_settlement")
    assert steps[steps.index("fix_settlement") :][:3] == list(about_it)
    by_step = {line["step"]: line for line in told}
    assert by_step["approve_variance"]["role"] == "responsible_leader"
    with translation.override("zh-hans"):
        said = [
            _("Nothing is recorded yet: {sheet}.").partition("{")[0],
            _("No settlement waits for the responsible leader's agreement."),
            _("Fix the final settlement first."),
        ]
    for step, words in zip(about_it, said, strict=True):
        assert words in by_step[step]["refused_before"], "what this very step said"
    assert "approve_variance" not in [line["step"] for line in lines("--amount", "100000", "--settlement", "110000")]


@pytest.mark.django_db
def test_it_can_be_taken_twice_and_tells_a_story(plain_papers: None) -> None:
    walk()
    assert "NC-4a" in walk()
    assert NewConnection.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize("amount", ["0", "-1", "1.005", "viel", "NaN"])
def test_an_amount_that_cannot_be_is_refused(amount: str) -> None:
    with pytest.raises(CommandError):
        walk(f"--amount={amount}")
    assert not NewConnection.objects.exists()
