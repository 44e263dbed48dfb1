"""What the desks read: stars, buttons, names of papers, counts, keys; each said by the declaration that also acts."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from accounts.models import CustomerKind
from accounts.roles import Role
from applications.approval_queue import _adding_up, queue_of
from applications.asked_fields import ASKED_OF_ORGANISATIONS, asked_of
from applications.demo.city import City
from applications.engine.doors import form_class, perform, work
from applications.forms.start import NewConnectionForm
from applications.issuing import file_name
from applications.models import Application
from applications.papers.contexts.money import time_to_pay
from applications.papers.kinds import PaperKind
from applications.presenters import CasePage
from applications.stages import Stage
from applications.tour import cast
from applications.tour.cast import colleague
from applications.tour.new_connection import Tour
from billing import selectors as ledger
from billing import services as billing
from billing.models import DaySheet
from waterservice.money import yuan
from waterservice.text import aside, labelled

TourTo = Callable[..., Tour]


@pytest.mark.django_db
def test_stars_and_questions_of_the_form_are_those_of_its_checkpoint() -> None:
    """NC-1."""
    fields = NewConnectionForm().fields
    starred = {name for name, field in fields.items() if getattr(field, "starred", False)}
    assert starred == set(asked_of(CustomerKind.ORGANISATION))
    only = {name for name, field in fields.items() if getattr(field, "only_for", "") == "organisation"}
    assert only == set(ASKED_OF_ORGANISATIONS)


def test_a_person_is_not_asked_what_only_organisations_have(db: None) -> None:
    city = City()
    briefs = (city.brief() for _draw in range(20))
    person = next(brief for brief in briefs if brief.customer["kind"] == CustomerKind.INDIVIDUAL)
    tour = Tour(amount=Decimal(1), settlement=Decimal(1), try_early=False, brief=person)
    tour.start()
    amend = form_class(type(tour.case).tasks()["amend_form"])
    assert not set(ASKED_OF_ORGANISATIONS) & set(amend(case=tour.case, by=colleague(Role.COUNTER_CLERK)).fields)


def test_messages_say_what_it_was_and_forms_of_sheets_are_saved(client: Client, tour_to: TourTo) -> None:
    case = tour_to(Stage.DOCUMENT_REVIEW).case
    client.force_login(colleague(Role.COUNTER_CLERK))
    address = f"{case.get_absolute_url()}tasks/receive_document/"
    data = {"kind": "location_map", "scan": cast.scan("map"), "revision": case.revision}
    answer = client.post(address, data, follow=True)
    assert "document received (Planning location map)" in answer.content.decode()
    assert "Save</button>" in client.get(f"{case.get_absolute_url()}tasks/amend_form/").content.decode()


def test_papers_are_named_as_people_call_them(tour_to: TourTo) -> None:
    """NC-5: a receipt by its number, a notice that followed a decision by nobody's name."""
    case = tour_to(Stage.CONSTRUCTION_AGREEMENT).case
    receipt = case.papers.get(kind=PaperKind.RECEIPT)
    assert receipt.receipt_number
    assert str(receipt).endswith(receipt.receipt_number)
    assert receipt.file.original_name == f"{case.number}-收款收据-{receipt.receipt_number}.pdf"
    notice = case.papers.get(kind=PaperKind.PAYMENT_NOTICE)
    assert notice.automatic
    assert not receipt.automatic
    assert file_name("NC-1", PaperKind.CONSTRUCTION_AGREEMENT, 2) == "NC-1-供水工程施工协议-第2版.pdf"


def test_a_second_payment_notice_says_that_there_is_one(client: Client, tour_to: TourTo) -> None:
    case = tour_to(Stage.PROJECT_FEE).case
    client.force_login(colleague(Role.COUNTER_CLERK))
    page = client.get(f"{case.get_absolute_url()}tasks/notify_of_payment/").content.decode()
    assert "A payment notice has been issued already" in page


@pytest.mark.django_db
def test_a_day_to_pay_by_is_a_working_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """Civil Code art. 203: 2026-10-01 and the days after it are holidays."""
    case: Any = type("Case", (), {"rule_day": date(2026, 9, 21)})()
    for since in (date(2026, 9, 21), date(2026, 9, 24)):
        until = time_to_pay(case, since)
        assert until.weekday() < 5 or until == date(2026, 10, 10)
        assert not date(2026, 10, 1) <= until <= date(2026, 10, 7)


def test_a_suspended_case_says_what_is_awaited_and_offers_another_reason(client: Client, tour_to: TourTo) -> None:
    case = tour_to(Stage.SURVEY).case
    designer = colleague(Role.DESIGNER)
    data = {"kind": "other", "reason": "等用户", "awaited": "进场时间"}
    case = perform(case, "suspend", by=designer, data=data)
    client.force_login(designer)
    page = client.get(case.get_absolute_url()).content.decode()
    assert "Waits for 进场时间" in page
    assert "Add a reason to wait" in page


def test_nothing_is_let_off_of_what_is_paid(tour_to: TourTo) -> None:
    case = tour_to(Stage.CONSTRUCTION_AGREEMENT).case
    names = {action.step.name for action in CasePage(case, colleague(Role.COUNTER_CLERK)).actions}
    assert "ask_reduction" not in names


def test_a_reduction_is_answered_by_key_as_a_budget_is(tour_to: TourTo) -> None:
    case = tour_to(Stage.PROJECT_FEE).case
    charge = case.statement.lines.get(kind="charge")
    data = {"charge": charge.pk, "amount": "500", "reason": "困难企业"}
    perform(
        case, "ask_reduction", by=colleague(Role.COUNTER_CLERK), data=data, files={"evidence": cast.scan("evidence")}
    )
    manager = colleague(Role.DUTY_MANAGER)
    top = queue_of(manager, Role.DUTY_MANAGER).top
    assert top is not None
    assert {answer.action.step.name: answer.key for answer in top.answers} == {
        "grant_reduction": "a",
        "refuse_reduction": "r",
    }


@pytest.mark.parametrize("parts", [["33.3", "33.3", "33.4"], ["0.4", "99.6"], ["12.5", "12.5", "75"], ["100"]])
def test_shares_add_up_to_a_hundred(parts: list[str]) -> None:
    assert sum(_adding_up([Decimal(part) for part in parts])) == 100


def test_a_managers_number_is_the_sum_of_what_waits(client: Client, tour_to: TourTo) -> None:
    """A cashier's closed day waits for the duty manager beside the cases, and stands in one list of the days alone."""
    tour_to(Stage.CONSTRUCTION_AGREEMENT)
    sheet = DaySheet.objects.get()
    counted = ledger.recorded(ledger.takings_of(sheet))
    billing.close_day(sheet=sheet, counted=counted, explanations={}, by=sheet.cashier)
    client.force_login(colleague(Role.DUTY_MANAGER))
    assert client.get("/approvals/").context["waiting"] == 1
    days = client.get("/billing/days/")
    assert days.content.decode().count(f"/billing/days/{sheet.pk}/") > 0
    assert list(days.context["waiting"]) == [sheet]
    assert list(days.context["closed"]) == []
    assert yuan(sum(counted.values())) in days.content.decode()


def test_colons_and_brackets_are_those_of_the_language() -> None:
    with translation.override("zh-hans"):
        assert labelled("规划定线", "已批准") == "规划定线：已批准"
        assert aside("现场勘查", "设计室") == "现场勘查（设计室）"
    with translation.override("en"):
        assert aside(labelled("Permit", "granted"), "NC-4b") == "Permit: granted (NC-4b)"


def test_an_applicant_who_pays_outside_the_red_line_is_seen_by_designer_and_leader(
    client: Client, tour_to: TourTo
) -> None:
    """国办函〔2020〕129号."""
    tour = tour_to(Stage.BUDGET)
    designer = colleague(Role.DESIGNER)
    lines = [{**line, "red_line": "outside"} for line in cast.cost_lines(Decimal("20000"))]
    case = work(tour.case, "save_budget", by=designer, data={"lines": lines})
    for person, address in (
        (designer, f"{case.get_absolute_url()}tasks/save_budget/"),
        (colleague(Role.RESPONSIBLE_LEADER), "/approvals/"),
    ):
        if address == "/approvals/":
            case = perform(case, "submit_budget", by=designer)
        client.force_login(person)
        assert "129号" in client.get(address).content.decode()
    assert Application.objects.get().stage == Stage.BUDGET_APPROVAL
