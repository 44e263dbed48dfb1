"""The approval queue lays beside a decision the papers that it rests on, as far as the case has them."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from accounts.roles import Role
from applications.models import Application
from applications.papers.kinds import PaperKind
from applications.stages import Stage
from applications.tour.cast import colleague

CaseAt = Callable[..., Application]


@pytest.fixture
def leader(client: Client, db: None) -> Client:
    client.force_login(colleague(Role.RESPONSIBLE_LEADER))
    return client


def papers(client: Client) -> dict[str, str]:
    """Their addresses by key, each of which answers."""
    found = {paper.key: paper.address for paper in client.get("/approvals/").context["papers"]}
    for address in found.values():
        assert client.get(address).status_code == 200
    return found


def test_a_budget_is_decided_with_budget_drawing_and_survey_sheet(leader: Client, case_at: CaseAt) -> None:
    case = case_at(Stage.BUDGET_APPROVAL)
    found = papers(leader)
    assert set(found) == {"p", "d", "s"}
    assert found["p"].endswith(f"/papers/{case.papers.get(kind='budget').pk}/")


def test_what_is_void_or_missing_is_not_offered(leader: Client, case_at: CaseAt) -> None:
    case = case_at(Stage.BUDGET_APPROVAL)
    case.papers.filter(kind="budget").update(voided_at=timezone.now())
    assert set(papers(leader)) == {"d", "s"}


def test_keys_are_declared_once_for_papers_of_decisions() -> None:
    keys = [kind.declaration.key for kind in PaperKind if kind.declaration.key]
    assert len(keys) == len(set(keys))
    assert not {"a", "r", "j", "k", "n", "d", "e"} & set(keys)
    assert all(kind.declaration.for_decision for kind in PaperKind if kind.declaration.key)


def test_after_a_decision_the_next_one_follows(leader: Client, case_at: CaseAt) -> None:
    first, second = case_at(Stage.BUDGET_APPROVAL), case_at(Stage.BUDGET_APPROVAL)
    assert leader.get("/approvals/").context["queue"].top.case == first
    values = {"revision": first.revision, "opinion": "同意", "from": "approvals"}
    answer = leader.post(f"{first.get_absolute_url()}steps/approve_budget/", values, follow=True)
    assert answer.context["queue"].top.case == second
