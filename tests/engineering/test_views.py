"""The screen of the design office's load: who may look, what it shows, its Excel."""

import io
from datetime import date
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from accounts.models import Role, User
from engineering import services, views
from engineering.models import Project
from tests.engineering.conftest import Make, staff

LOAD, EXPORT = reverse("engineering:load"), reverse("engineering:load-export")


@pytest.fixture
def desk(client: Client, designer: User) -> Client:
    client.force_login(designer)
    return client


@pytest.mark.parametrize("url", [LOAD, EXPORT])
@pytest.mark.parametrize("role", list(Role))
def test_only_the_design_office_its_leader_and_the_auditor_may_look(
    url: str, role: Role, client: Client, db: None
) -> None:
    client.force_login(staff("somebody", role))
    allowed = role in (Role.DESIGNER, Role.RESPONSIBLE_LEADER, Role.AUDITOR)
    assert client.get(url).status_code == (200 if allowed else 403)


@pytest.mark.parametrize("url", [LOAD, EXPORT])
def test_a_stranger_is_sent_to_sign_in(url: str, client: Client, db: None) -> None:
    response = client.get(url)
    assert response.status_code == 302
    assert reverse("accounts:sign-in") in response["Location"]


@pytest.mark.parametrize("url", [LOAD, EXPORT])
def test_it_is_only_for_looking(url: str, desk: Client) -> None:
    assert desk.post(url).status_code == 405


def test_an_empty_office_says_what_will_appear(desk: Client) -> None:
    response = desk.get(LOAD, HTTP_ACCEPT_LANGUAGE="en")
    assert response.status_code == 200
    assert response.context["rows"] == []
    assert b"empty-words" in response.content


def test_it_shows_projects_and_escapes_their_words(desk: Client, project: Project, designer: User) -> None:
    Project.objects.update(title="<b>新装</b>")
    services.record_survey(project=project, by=designer)
    page = desk.get(LOAD).content.decode()
    assert project.reference in page
    assert project.premises.address in page
    assert "&lt;b&gt;新装&lt;/b&gt;" in page
    assert "<b>新装</b>" not in page
    assert 'style="' not in page


def test_one_designer_is_chosen(desk: Client, new_project: Make, designer: User, colleague: User) -> None:
    mine, theirs = new_project(), new_project()
    services.record_survey(project=mine, by=designer)
    services.record_survey(project=theirs, by=colleague)
    response = desk.get(LOAD, {"designer": colleague.pk})
    assert [row.project for row in response.context["rows"]] == [theirs]
    assert len(response.context["loads"]) == 2


@pytest.mark.parametrize("number", ["0", "999999", "x", "-1", "１", "9" * 40])
@pytest.mark.parametrize("url", [LOAD, EXPORT])
def test_a_designer_that_does_not_exist_is_not_found(url: str, number: str, desk: Client) -> None:
    assert desk.get(url, {"designer": number}).status_code == 404


def test_long_lists_have_pages(
    desk: Client, new_project: Make, designer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "SHOWN", 2)
    for _number in range(3):
        services.record_survey(project=new_project(), by=designer)
    first, last = desk.get(LOAD), desk.get(LOAD, {"page": "2"})
    assert [len(page.context["rows"]) for page in (first, last)] == [2, 1]
    assert b'rel="next"' in first.content
    assert b'rel="prev"' in last.content
    assert desk.get(LOAD, {"page": "wrong"}).status_code == 200


def rows_of(response: HttpResponse) -> list[tuple[Any, ...]]:
    return list(load_workbook(io.BytesIO(response.content)).active.values)  # type: ignore[union-attr]


def test_excel_holds_what_the_screen_shows(
    desk: Client, new_project: Make, designer: User, colleague: User, today: date
) -> None:
    mine, theirs = new_project(), new_project()
    services.record_survey(project=mine, by=designer)
    services.record_survey(project=theirs, by=colleague)
    headings, *rows = rows_of(desk.get(EXPORT))
    assert len(headings) == 5 + 7
    assert [row[0] for row in rows] == [mine.reference, theirs.reference]
    assert rows[0][3] == designer.name
    assert rows[0][4].date() == today
    assert [row[0] for row in rows_of(desk.get(EXPORT, {"designer": colleague.pk}))[1:]] == [theirs.reference]
