"""A new connection in a real Chromium, from the counter's form to the first reading, role by role."""

import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pikepdf
import pytest
from django.utils import timezone
from playwright.sync_api import Frame, Page, expect

from accounts.models import BillingCycle, ReadingBook
from accounts.roles import Role
from applications.demo import people
from applications.models import Application
from applications.required_documents import required_kinds
from applications.stages import Stage
from applications.tour import cast
from applications.tour.new_connection import Tour
from billing.defaults import ensure_defaults

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Fields = dict[str, str]

# How many pages Chromium's viewer says that a paper has, once it has read it.
PAGES_SHOWN = """
    pages => document.querySelector("pdf-viewer")?.shadowRoot?.querySelector("viewer-toolbar")?.docLength === pages
"""


class Desk:
    """Somebody at a screen: signs in, opens a case, does work, takes steps."""

    def __init__(self, page: Page, address: str, folder: Path) -> None:
        self.page, self.address, self.folder = page, address, folder
        self.number = ""

    def sign_in(self, role: Role) -> None:
        self.page.context.clear_cookies()
        username = next(name for name, _words, roles in people.STAFF if role in roles)
        self.page.goto(f"{self.address}/sign-in/")
        self.page.fill("[name=username]", username)
        self.page.fill("[name=password]", people.PASSWORD)
        self.page.click("main button")
        expect(self.page.locator(".hall-person")).to_be_visible()
        self.page.wait_for_load_state()  # keys are heard once the scripts have run

    def open(self, tab: str = "overview") -> None:
        self.page.goto(f"{self.address}/cases/{self.number}/?tab={tab}")

    def fill(self, fields: Fields) -> None:
        for name, value in fields.items():
            field = self.page.locator(f"main [name='{name}']").first
            kind = field.evaluate("e => e.tagName + ':' + e.type")
            if kind.startswith("SELECT"):
                field.select_option(value)
            elif kind == "INPUT:checkbox":
                field.check()
            elif kind == "INPUT:file":
                field.set_input_files(str(self.scan(value)))
            else:
                field.fill(value)

    def scan(self, title: str) -> Path:
        path = self.folder / f"{title}.png"
        path.write_bytes(cast.scan(title).read())
        return path

    def work(self, tab: str, name: str, fields: Fields | None = None) -> None:
        """Open a tab, click the button of a piece of work, fill in its form, save."""
        self.open(tab)
        self.page.click(f"a[href$='/tasks/{name}/']")
        self.fill(fields or {})
        self.page.click("main form .card-footer button")
        self._no_refusal()

    def step(self, name: str, fields: Fields | None = None) -> None:
        """Click a step among what one can do now, fill in its form, take it."""
        self.open()
        blocked = self.page.locator(f"#why-{name}")
        assert not blocked.count(), blocked.inner_text()
        self.page.click(f"a[href$='/steps/{name}/']")
        self.fill(fields or {})
        self.page.click("main form .card-footer button")
        self._no_refusal()

    def _no_refusal(self) -> None:
        refused = self.page.locator("main form .alert, main .invalid-feedback")
        assert refused.count() == 0, refused.all_inner_texts()
        expect(self.page).not_to_have_url(re.compile("/(tasks|steps)/"))

    @property
    def case(self) -> Application:
        return Application.objects.get(number=self.number)

    def read_paper(self, kind: str) -> None:
        """Click an issued paper: Chromium's own viewer opens it, with all its pages."""
        self.open("papers")
        paper = self.case.papers.filter(kind=kind).latest("version")
        with self.page.context.expect_page() as opened:
            self.page.click(f"a[href$='/papers/{paper.pk}/']")
        viewer = opened.value
        viewer.wait_for_load_state()
        assert viewer.evaluate("document.contentType") == "application/pdf"
        with paper.file.file.open() as stored, pikepdf.open(stored) as written:
            pages = len(written.pages)
        assert pages >= 2
        _of_the_viewer(viewer).wait_for_function(PAGES_SHOWN, arg=pages)
        viewer.close()


def _of_the_viewer(page: Page) -> Frame:
    """The frame in which Chromium's viewer shows a paper, once it is there."""

    def shows(frame: Frame) -> bool:
        return frame.url.startswith("chrome-extension:")

    found = next(filter(shows, page.frames), None)
    return found or page.wait_for_event("framenavigated", predicate=shows)


@pytest.fixture
def desk(page: Page, live_server: object, tmp_path: Path) -> Desk:
    people.create_staff()
    ensure_defaults()
    office = people.member(Role.BUSINESS_CLERK).office
    assert office is not None
    ReadingBook.objects.create(code="C01", name="城东第1册", cycle=BillingCycle.MONTHLY, office=office)
    return Desk(page, str(live_server), tmp_path)


def test_a_new_connection_from_the_counter_to_the_first_reading(desk: Desk) -> None:
    today = timezone.localdate()
    day, end = today.isoformat(), (today + timedelta(days=30)).isoformat()
    brief = cast.organisation()
    form = {**brief.customer, **brief.premises, **brief.details}

    desk.sign_in(Role.COUNTER_CLERK)
    desk.page.keyboard.press("n")
    desk.page.wait_for_url("**/cases/new/")
    fields = {name: str(value) for name, value in form.items() if not isinstance(value, bool) and value != ""}
    fields.pop("address")
    desk.fill({**fields, "business_premises": "on"})
    desk.page.click("main button.btn-primary")
    expect(desk.page).to_have_url(re.compile("/cases/NC-"))
    desk.number = Application.objects.get().number

    for kind in required_kinds(desk.case):
        desk.work("papers", "receive_document", {"kind": kind.value, "scan": kind.value, "checked": "on"})
    desk.step("confirm_data")
    desk.step("accept_documents")

    desk.sign_in(Role.BUSINESS_CLERK)
    desk.work("money", "record_arrears_check")
    desk.step("complete_arrears_check")

    desk.sign_in(Role.DESIGNER)
    survey = {
        "surveyed_on": day,
        "supplyable": "True",
        "road_opening": "False",
        "pressure_mpa": "0.32",
        "nearest_main": "和平路 DN300",
        "main_calibre": "300",
        "calibre": "50",
        "meter_position": "北门表井",
        "conclusion": "具备供水条件",
    }
    desk.work("works", "record_survey", survey)
    desk.step("complete_survey")
    desk.work(
        "works", "record_design", {"description": "DN100 支管", "length_m": "86", "calibre": "50", "plan": "plan"}
    )
    desk.work("works", "tell_of_permits", {"means": "in_person", "told_on": day})
    desk.step("complete_design")
    desk.work(
        "works",
        "record_permit",
        {"kind": "planning_alignment", "status": "granted", "number": "规线 1", "decided_on": day},
    )
    desk.work("works", "record_permit", {"kind": "road_opening", "status": "not_needed", "note": "不破路"})
    desk.step("complete_permits")
    desk.work(
        "works",
        "save_budget",
        {
            "lines-0-description": "球墨铸铁管",
            "lines-0-quantity": "86",
            "lines-0-unit": "米",
            "lines-0-unit_price": "1500.00",
        },
    )
    desk.step("submit_budget")

    desk.sign_in(Role.RESPONSIBLE_LEADER)
    expect(desk.page.locator("main")).to_contain_text("¥129,000.00")
    desk.page.keyboard.press("a")
    desk.fill({"opinion": "同意"})
    desk.page.click("main form .card-footer button")
    expect(desk.page.locator("section[data-row]")).to_have_count(0)

    desk.sign_in(Role.CASHIER)
    desk.work("money", "take_payment", {"method": "transfer", "reference": "转账 1"})
    desk.sign_in(Role.COUNTER_CLERK)
    desk.step("confirm_fee_paid")
    desk.work("papers", "issue_construction_agreement", {"works_start": day, "works_end": end})
    signed = {"signed_on": day, "signatory": "王建国", "scan": "signed"}
    desk.work("papers", "sign_construction_agreement", signed)
    desk.step("conclude_construction_agreement")
    desk.read_paper("construction_agreement")

    desk.sign_in(Role.DESIGNER)
    desk.work("works", "record_formality", {"kind": "construction_permit", "status": "done", "decided_on": day})
    desk.work("works", "plan_task", {"starts_on": day, "ends_on": end, "instructions": "按图纸施工"})
    desk.step("issue_task")

    desk.sign_in(Role.CONSTRUCTION_UNIT)
    completion = {
        "completed_on": day,
        "meter_number": "YS0000001",
        "calibre": "50",
        "meter_position": "北门表井",
        "first_reading": "3",
    }
    desk.work("works", "record_completion", completion)
    desk.step("report_completion")

    desk.sign_in(Role.DESIGNER)
    acceptance = {f"parties-{place}-representative": f"代表{place}" for place in range(5)}
    acceptance |= {f"parties-{place}-passed": "True" for place in range(5)}
    desk.work("works", "record_acceptance", acceptance)
    desk.step("pass_acceptance")
    desk.work("works", "save_settlement")
    desk.step("fix_settlement")
    desk.step("close_settlement")

    desk.sign_in(Role.COUNTER_CLERK)
    desk.work("works", "open_account", {"cycle": "monthly"})
    desk.work("papers", "issue_supply_agreement")
    desk.work("papers", "sign_supply_agreement", signed)
    desk.step("conclude_supply_agreement")
    desk.read_paper("supply_agreement")

    desk.sign_in(Role.DEPUTY_GENERAL_MANAGER)
    desk.step("approve_water_on", {"opinion": "同意"})
    desk.sign_in(Role.DESIGNER)
    desk.step("turn_water_on")

    desk.sign_in(Role.CONSTRUCTION_UNIT)
    desk.work("works", "record_meter_card", {"card_number": "BK1", "handed_over_on": day})
    desk.step("hand_over_meter_card")
    desk.sign_in(Role.COUNTER_CLERK)
    desk.work("works", "check_file", {"order_in_book": "1", "holder_agrees": "on", "meter_agrees": "on"})
    desk.step("close_file")
    desk.sign_in(Role.BUSINESS_CLERK)
    desk.work("works", "record_first_reading", {"reading": "5", "read_on": day})
    desk.step("complete_first_reading")

    case = desk.case
    assert case.stage == Stage.COMPLETED
    assert case.account is not None
    assert case.account.status == "active"
    assert case.statement.balance == 0


def test_a_blocked_step_says_why_and_where_to_cure_it(desk: Desk) -> None:
    case = _case_at_review()
    desk.number = case.number
    desk.sign_in(Role.COUNTER_CLERK)
    desk.open()
    blocked = desk.page.locator("button[aria-describedby='why-accept_documents']")
    expect(blocked).to_be_disabled()
    reasons = desk.page.locator("#why-accept_documents")
    expect(reasons).to_contain_text("NC-C1")
    reasons.locator("a").first.click()
    expect(desk.page).to_have_url(f"{desk.address}/cases/{case.number}/?tab=papers")


def test_a_stale_page_keeps_what_was_typed(desk: Desk) -> None:
    """Screens: forms survive a case that has moved on; the words stand beside the new state."""
    case = _case_at_review()
    desk.number = case.number
    desk.sign_in(Role.COUNTER_CLERK)
    desk.page.goto(f"{desk.address}/cases/{case.number}/tasks/comment/")
    desk.page.fill("[name=words]", "用户下午补来")
    Application.objects.filter(pk=case.pk).update(revision=case.revision + 1)
    desk.page.click("main form .card-footer button")
    expect(desk.page.locator("main .alert")).to_be_visible()
    expect(desk.page.locator("[name=words]")).to_have_value("用户下午补来")


def _case_at_review() -> Application:
    tour = Tour(amount=Decimal("1000"), settlement=Decimal("1000"), try_early=False, colleague=people.member)
    return tour.play_to(Stage.DOCUMENT_REVIEW)
