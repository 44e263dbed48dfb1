"""Pictures from the site: taken from a stale page, kept once; a signature stands on its survey sheet (NC-4a)."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.roles import Role
from applications.engine.doors import perform, work
from applications.engine.refusals import BadInput, DoneBefore, NotHere, NotYours
from applications.models import Application
from applications.papers.contexts.works import survey_sheet
from applications.stages import Stage
from applications.tour import cast
from applications.tour.cast import colleague

CaseAt = Callable[..., Application]


def add(case: Application, *, by: Role = Role.DESIGNER, revision: int | None = None, **values: Any) -> Application:
    data = {"shows": "photograph", "words": "", **values}
    files = {"picture": cast.scan("site")}
    return work(case, "add_picture", by=colleague(by), data=data, files=files, expected_revision=revision)


def test_a_picture_makes_no_open_page_stale_and_is_taken_from_a_stale_one(case_at: CaseAt) -> None:
    case = case_at(Stage.SURVEY)
    after = add(case, revision=case.revision - 1)
    assert after.revision == case.revision
    work(case, "record_survey", by=colleague(Role.DESIGNER), data={"calibre": 50}, expected_revision=case.revision)
    assert case.project.pictures.count() == 1


def test_a_picture_sent_twice_is_kept_once(case_at: CaseAt) -> None:
    case, mark = case_at(Stage.SURVEY), str(uuid.uuid4())
    add(case, mark=mark)
    with pytest.raises(DoneBefore):
        add(case, mark=mark)
    assert case.project.pictures.count() == 1


def test_a_mark_that_another_case_has_used_is_refused(case_at: CaseAt) -> None:
    mark = str(uuid.uuid4())
    add(case_at(Stage.SURVEY), mark=mark)
    other = case_at(Stage.SURVEY)
    with pytest.raises(BadInput):
        add(other, mark=mark)
    assert not other.project.pictures.exists()


def test_a_case_that_has_moved_on_takes_no_more_pictures(case_at: CaseAt) -> None:
    with pytest.raises(NotHere):
        add(case_at(Stage.DESIGN))


def test_the_construction_unit_photographs_what_it_built_and_others_do_not(case_at: CaseAt) -> None:
    case = case_at(Stage.CONSTRUCTION)
    with pytest.raises(NotYours):
        add(case)
    add(case, by=Role.CONSTRUCTION_UNIT, words="表井")
    picture = case.project.pictures.get()
    assert (picture.occasion, picture.words) == (Stage.CONSTRUCTION, "表井")


def test_the_signature_stands_on_the_survey_sheet_of_this_survey_alone(case_at: CaseAt) -> None:
    case = case_at(Stage.DESIGN)
    case = perform(case, "send_back", by=colleague(Role.DESIGNER), data={"to": Stage.SURVEY, "reason": "口径不符"})
    today = timezone.localdate()
    assert survey_sheet(case, issued_on=today)["signature"] == ""
    case = add(case, shows="signature")
    assert survey_sheet(case, issued_on=today)["signature"].startswith("data:image/")
    case = perform(case, "complete_survey", by=colleague(Role.DESIGNER))
    case = perform(case, "send_back", by=colleague(Role.DESIGNER), data={"to": Stage.SURVEY, "reason": "又不符"})
    assert survey_sheet(case, issued_on=today)["signature"] == ""


def test_pictures_open_for_who_sees_the_case(client: Client, case_at: CaseAt) -> None:
    case = case_at(Stage.SURVEY)
    picture = add(case).project.pictures.get()
    client.force_login(colleague(Role.DESIGNER))
    assert f"pictures/{picture.pk}/?thumbnail" in client.get(f"{case.get_absolute_url()}?tab=works").content.decode()
    assert client.get(f"{case.get_absolute_url()}pictures/{picture.pk}/?thumbnail").status_code == 200
    other = case_at(Stage.SURVEY)
    assert client.get(f"{other.get_absolute_url()}pictures/{picture.pk}/").status_code == 404


def test_the_survey_offers_reasons_and_takes_any(client: Client, case_at: CaseAt) -> None:
    case = case_at(Stage.SURVEY)
    client.force_login(colleague(Role.DESIGNER))
    page = client.get(f"{case.get_absolute_url()}tasks/record_survey/").content.decode()
    assert '<option value="The pressure is too low">' in page
    data = {"supplyable": "False", "reason": "别的原因"}
    case = work(case, "record_survey", by=colleague(Role.DESIGNER), data=data)
    assert case.project.surveys.get().reason == "别的原因"
