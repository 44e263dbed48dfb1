"""In a real Chromium: files dropped on a case, the camera, what waits for the network, papers beside a decision."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from accounts.roles import Role
from applications.demo import people
from applications.models import Application
from applications.required_documents import required_kinds
from applications.stages import Stage
from applications.tour.new_connection import Tour
from billing.defaults import ensure_defaults
from tests.test_browser import Desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("plain_papers")]

DROP = """
    ([zone, files]) => {
        const carrier = new DataTransfer();
        for (const [name, type, content] of files) {
            const bytes = Uint8Array.from(atob(content), sign => sign.charCodeAt(0));
            carrier.items.add(new File([bytes], name, { type }));
        }
        const happens = kind => new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: carrier });
        const place = document.querySelector(zone);
        for (const kind of ["dragenter", "dragover", "drop"]) place.dispatchEvent(happens(kind));
    }
"""
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


@pytest.fixture
def desk(page: Page, live_server: object, tmp_path: Path) -> Desk:
    people.create_staff()
    ensure_defaults()
    return Desk(page, str(live_server), tmp_path)


@pytest.fixture
def at(desk: Desk) -> Callable[[Stage], Application]:
    def play(stage: Stage) -> Application:
        case = Tour(amount=1000, settlement=1000, try_early=False, colleague=people.member).play_to(stage)  # type: ignore[arg-type]
        desk.number = case.number
        return case

    return play


def test_files_are_dropped_on_the_papers_and_a_refused_one_loses_nothing(
    desk: Desk, at: Callable[[Stage], Application]
) -> None:
    case = at(Stage.DRAFT)
    page, kinds = desk.page, required_kinds(case)
    desk.sign_in(Role.COUNTER_CLERK)
    desk.open("papers")
    files = [("one.png", "image/png", PIXEL), ("two.txt", "text/plain", "bm8=")]
    page.evaluate(DROP, ["[data-drop]", files])
    rows = page.locator(".drop-list li")
    expect(rows).to_have_count(2)
    for place in range(2):
        rows.nth(place).locator("select").select_option(kinds[place].value)
    page.click(".drop-list .btn-primary")
    expect(rows.nth(0).locator(".done")).to_be_visible()
    expect(rows.nth(1).locator(".fault")).to_contain_text("neither a PDF nor a picture")
    rows.nth(1).locator("button").click()
    page.evaluate(DROP, ["[data-drop]", [("three.png", "image/png", PIXEL)]])
    rows.last.locator("select").select_option(kinds[1].value)
    page.click(".drop-list .btn-primary")
    expect(page.locator(".handed-in img")).to_have_count(2)
    assert {document.kind for document in case.documents.all()} == {kinds[0], kinds[1]}


def test_the_camera_of_the_counter_fills_the_form(desk: Desk, at: Callable[[Stage], Application]) -> None:
    case = at(Stage.DRAFT)
    page = desk.page
    desk.sign_in(Role.COUNTER_CLERK)
    page.goto(f"{desk.address}/cases/{case.number}/tasks/receive_document/")
    page.click(".camera-button")
    page.click("[data-camera-shoot]")
    page.click("[data-camera-retake]")
    page.click("[data-camera-shoot]")
    page.click("[data-camera-use]")
    expect(page.locator("#camera")).to_be_hidden()
    page.click("main form .card-footer button")
    expect(page.locator(".handed-in img")).to_have_count(1)
    assert case.documents.get().scan.content_type == "image/jpeg"


def test_without_a_camera_the_page_says_what_to_do(desk: Desk, at: Callable[[Stage], Application]) -> None:
    case = at(Stage.DRAFT)
    page = desk.page
    page.add_init_script(
        "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotFoundError'))"
    )
    desk.sign_in(Role.COUNTER_CLERK)
    page.goto(f"{desk.address}/cases/{case.number}/tasks/receive_document/")
    page.click(".camera-button")
    expect(page.locator("[data-camera-fault=none]")).to_be_visible()
    expect(page.locator("[data-camera-fault=refused]")).to_be_hidden()


def test_pictures_from_the_site_wait_for_the_network(desk: Desk, at: Callable[[Stage], Application]) -> None:
    case = at(Stage.SURVEY)
    page = desk.page
    desk.sign_in(Role.DESIGNER)
    desk.open("works")
    page.context.set_offline(True)
    page.set_input_files("#site-photograph", str(desk.scan("site")))
    expect(page.locator("[data-queue-count]")).to_have_text("1 picture waits for the network")
    page.click("[data-shows=signature] .camera-button")
    page.locator("#signature canvas").click(position={"x": 30, "y": 40})
    expect(page.locator("[data-signature-use]")).to_be_disabled()
    canvas = page.locator("#signature canvas").bounding_box()
    assert canvas is not None
    page.mouse.move(canvas["x"] + 40, canvas["y"] + 40)
    page.mouse.down()
    page.mouse.move(canvas["x"] + 140, canvas["y"] + 90, steps=4)
    page.mouse.up()
    page.click("[data-signature-use]")
    expect(page.locator("[data-queue-count]")).to_have_text("2 pictures wait for the network")
    page.context.set_offline(False)
    expect(page.locator("[data-queue]")).to_be_hidden()
    assert sorted(case.project.pictures.values_list("shows", flat=True)) == ["photograph", "signature"]


def test_papers_open_beside_the_decision_and_the_next_one_follows(
    desk: Desk, at: Callable[[Stage], Application]
) -> None:
    first, second = at(Stage.BUDGET_APPROVAL), at(Stage.BUDGET_APPROVAL)
    page = desk.page
    desk.sign_in(Role.RESPONSIBLE_LEADER)
    frame = page.locator("[data-paper-pane] iframe")
    expect(frame).to_be_hidden()
    budget = first.papers.get(kind="budget")
    page.keyboard.press("p")
    expect(frame).to_be_visible()
    assert f"/papers/{budget.pk}/" in (frame.get_attribute("src") or "")
    page.keyboard.press("d")
    expect(page.locator("[data-paper-pane] .picture img")).to_be_visible()
    expect(frame).to_be_hidden()
    page.keyboard.press("s")
    assert f"/papers/{first.papers.get(kind='survey_sheet').pk}/" in (frame.get_attribute("src") or "")
    page.keyboard.press("Escape")
    expect(frame).to_be_hidden()
    page.keyboard.press("a")
    desk.fill({"opinion": "同意"})
    page.click("main form .card-footer button")
    expect(page.locator("section[data-row]")).to_contain_text(second.number)


def test_the_drawn_route_stands_upright_on_a_phone(desk: Desk, at: Callable[[Stage], Application]) -> None:
    at(Stage.DRAFT)
    page = desk.page
    desk.sign_in(Role.COUNTER_CLERK)
    desk.open("route")
    expect(page.locator(".route-wide .node")).to_have_count(25)
    expect(page.locator(".route-wide .node.current")).to_be_visible()
    expect(page.locator(".route-narrow")).to_be_hidden()
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.locator(".route-narrow .node.current")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
