"""Who opens which paper of a case, and that the look is recorded (in common: personal data; PIPL art. 51)."""

from collections.abc import Callable

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.models import UnmaskedLook
from accounts.roles import Role
from applications.models import Application
from applications.stages import Stage
from applications.tour.cast import colleague
from applications.tour.new_connection import Tour
from applications.views import papers

TourTo = Callable[..., Tour]

DECIDERS = [Role.BUSINESS_MANAGER, Role.RESPONSIBLE_LEADER, Role.DEPUTY_GENERAL_MANAGER]


UNRECORDED = {"location_map", "permits_notice", "budget", "payment_notice", "receipt"}


@pytest.fixture
def case(everybody: None, tour_to: TourTo, monkeypatch: pytest.MonkeyPatch) -> Application:
    """A case with papers to open; a file that is closed would close the test's connection with it."""
    monkeypatch.setattr(papers, "_served", lambda stored, download: HttpResponse())
    return tour_to(Stage.JOINT_ACCEPTANCE).case


def addresses(case: Application) -> dict[str, str]:
    """Where each paper and document of a case is read."""
    root = case.get_absolute_url()
    found = {doc.kind: f"{root}documents/{doc.pk}/" for doc in case.documents.all()}
    found |= {paper.kind: f"{root}papers/{paper.pk}/" for paper in case.papers.all()}
    signed = case.papers.exclude(signed_scan=None)
    return found | {f"signed {paper.kind}": f"{root}papers/{paper.pk}/signed/" for paper in signed}


def opened(client: Client, role: Role, case: Application) -> dict[str, int]:
    client.force_login(colleague(role))
    answers = {kind: client.get(address) for kind, address in addresses(case).items()}
    return {kind: answer.status_code for kind, answer in answers.items()}


@pytest.mark.parametrize("role", DECIDERS)
def test_who_decides_reads_what_the_decision_rests_on_and_no_identity_papers(
    client: Client, case: Application, role: Role
) -> None:
    codes = opened(client, role, case)
    personal = {"sealed_form", "property_certificate", "acceptance_receipt", "construction_task"}
    personal |= {"construction_agreement", "signed construction_agreement"}
    assert personal < set(codes)
    assert {kind for kind, code in codes.items() if code == 403} == personal
    assert {"location_map", "survey_sheet", "budget"} <= {kind for kind, code in codes.items() if code == 200}
    purposes = list(UnmaskedLook.objects.filter(looked_by=colleague(role)).values_list("purpose", flat=True))
    assert purposes == [f"{case.number} survey_sheet"]


def test_the_auditor_reads_everything_and_each_look_is_recorded(client: Client, case: Application) -> None:
    """Procedure, who takes part: the auditor reads everything, changes nothing."""
    codes = opened(client, Role.AUDITOR, case)
    assert set(codes.values()) == {200}
    looks = UnmaskedLook.objects.filter(looked_by=colleague(Role.AUDITOR))
    expected = {f"{case.number} {kind.removeprefix('signed ')}" for kind in codes.keys() - UNRECORDED}
    assert set(looks.values_list("purpose", flat=True)) == expected
    assert client.post(f"{case.get_absolute_url()}unmask/").status_code == 200
    assert looks.filter(purpose=case.number).exists()


def test_the_construction_unit_reads_the_telephone_on_its_task_and_the_look_is_recorded(
    client: Client, case: Application
) -> None:
    """NC-6: whoever builds calls the applicant."""
    assert opened(client, Role.CONSTRUCTION_UNIT, case)["construction_task"] == 200
    assert UnmaskedLook.objects.filter(purpose=f"{case.number} construction_task").exists()


@pytest.mark.parametrize(("role", "links"), [(Role.RESPONSIBLE_LEADER, False), (Role.COUNTER_CLERK, True)])
def test_the_papers_tab_links_what_one_may_open(client: Client, case: Application, role: Role, links: bool) -> None:
    client.force_login(colleague(role))
    page = client.get(f"{case.get_absolute_url()}?tab=papers").content.decode()
    for kind, address in addresses(case).items():
        assert (f'"{address}"' in page) == (links or kind in UNRECORDED | {"survey_sheet"})
