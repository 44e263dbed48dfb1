"""A page's script sends files one after the other through the same door and is told plainly what came of each."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.roles import Role
from applications.models import Application
from applications.required_documents import required_kinds
from applications.stages import Stage
from applications.tour import cast
from applications.tour.cast import colleague

CaseAt = Callable[..., Application]


@pytest.fixture
def case(case_at: CaseAt) -> Application:
    return case_at(Stage.DRAFT)


@pytest.fixture
def counter(client: Client, case: Application) -> Client:
    client.force_login(colleague(Role.COUNTER_CLERK))
    return client


def hand_in(client: Client, case: Application, **fields: Any) -> Any:
    values = {"kind": required_kinds(case)[0].value, "revision": case.revision, "scan": cast.scan("scan"), **fields}
    address = f"{case.get_absolute_url()}tasks/receive_document/"
    return client.post(address, values, headers={"accept": "application/json"})


def test_several_documents_come_in_one_after_the_other(counter: Client, case: Application) -> None:
    revision = case.revision
    for kind in required_kinds(case):
        answer = hand_in(counter, case, kind=kind.value, revision=revision)
        assert answer.status_code == 200
        revision = answer.json()["revision"]
    assert {document.kind for document in case.documents.all()} == set(required_kinds(case))


def test_a_refused_file_says_why(counter: Client, case: Application) -> None:
    answer = hand_in(counter, case, scan=SimpleUploadedFile("a.exe", b"MZ nothing"))
    assert answer.status_code == 422
    assert "neither a PDF nor a picture" in " ".join(answer.json()["reasons"])
    assert not case.documents.exists()


def test_a_stale_page_is_told_so_and_may_try_again(counter: Client, case: Application) -> None:
    answer = hand_in(counter, case, revision=case.revision - 1)
    assert answer.status_code == 409
    assert answer.json()["reasons"]
    assert hand_in(counter, case, revision=answer.json()["revision"]).status_code == 200


def test_a_case_that_takes_no_documents_here_says_so(counter: Client, case_at: CaseAt) -> None:
    later = case_at(Stage.SURVEY)
    before = later.documents.count()
    answer = hand_in(counter, later)
    assert answer.status_code == 422
    assert "Site survey" in " ".join(answer.json()["reasons"])
    assert later.documents.count() == before


def test_only_who_receives_documents_has_the_place_to_drop_them(client: Client, case: Application) -> None:
    for role, has in ((Role.COUNTER_CLERK, True), (Role.AUDITOR, False)):
        client.force_login(colleague(role))
        page = client.get(f"{case.get_absolute_url()}?tab=papers").content.decode()
        assert ("data-drop=" in page) == has
