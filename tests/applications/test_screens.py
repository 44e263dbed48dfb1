"""The screens: what must be refused is refused clearly, and nothing that was typed is lost."""

import io
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from openpyxl import load_workbook
from PIL import Image

from accounts import services as accounts
from accounts.models import Customer, Premises, UnmaskedLook
from accounts.roles import Role
from applications.demo.city import City
from applications.engine.doors import work
from applications.engine.refusals import BadInput, NotHere
from applications.models import Application
from applications.stages import Stage
from applications.tour import cast
from applications.tour.cast import colleague
from billing.models import Receipt
from tests.accounts.conftest import resident_number
from waterservice.templatetags.shown import clause

CaseAt = Callable[..., Application]


@pytest.fixture
def counter(client: Client, db: None) -> Client:
    client.force_login(colleague(Role.COUNTER_CLERK))
    return client


def form(**changes: Any) -> dict[str, Any]:
    brief = cast.organisation()
    fields = {**brief.customer, **brief.premises, **brief.details, **changes}
    return {name: value for name, value in fields.items() if value is not None}


def errors(answer: HttpResponse) -> dict[str, list[str]]:
    assert answer.status_code == 422
    found: dict[str, list[str]] = answer.context["form"].errors  # type: ignore[attr-defined]
    return found


def test_the_form_opens_a_case(counter: Client) -> None:
    answer = counter.post("/cases/new/", form())
    case = Application.objects.get()
    assert answer.status_code == 302
    assert case.number in answer["Location"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"identity_number": "91999999MA0DEM001D"}, "identity_number"),
        ({"telephone": "12345"}, "telephone"),
        ({"agent_identity_number": "110101199001011234"}, "agent_identity_number"),
        ({"agent_telephone": "abc"}, "agent_telephone"),
        ({"agent_name": "演\u202e示"}, "agent_name"),
        ({"invoice_title": "演\x07示"}, "invoice_title"),
        ({"project_facts": "水池\u200b"}, "project_facts"),
        ({"name": "演示\u202e公司"}, "name"),
        ({"name": "演示\x00公司"}, "name"),
        ({"expected_m3_month": "-5"}, "expected_m3_month"),
        ({"expected_m3_month": "NaN"}, "expected_m3_month"),
        ({"kind": "individual"}, "__all__"),
        ({"road": ""}, "road"),
    ],
)
def test_a_wrong_field_is_named_and_everything_typed_stays(counter: Client, change: dict[str, str], field: str) -> None:
    answer = counter.post("/cases/new/", form(**change))
    assert field in errors(answer)
    assert "食品加工" in answer.content.decode()
    assert not Application.objects.exists()
    assert not Customer.objects.exists()
    assert not Premises.objects.exists()


@pytest.mark.parametrize(
    ("number", "code"),
    [("999999199001010010", "check"), ("999999209901010019", "future"), ("99999919900230001X", "no such day")],
)
def test_a_wrong_identity_number_is_refused(counter: Client, number: str, code: str) -> None:
    change = {"kind": "individual", "identity_kind": "resident_id", "identity_number": number}
    assert "identity_number" in errors(counter.post("/cases/new/", form(**change))), code


def known_person() -> dict[str, str]:
    number = resident_number()
    return {"kind": "individual", "identity_kind": "resident_id", "identity_number": number, "name": "演示张三"}


def test_a_known_person_is_no_organisation(counter: Client) -> None:
    """NC-1: the kind of applicant decides on the documents; the paper must fit it."""
    who = known_person()
    counter.post("/cases/new/", form(**who))
    refused = errors(counter.post("/cases/new/", form(**who | {"kind": "organisation", "room": "9"})))
    assert "An organisation is known by its credit code" in refused["__all__"][0]
    assert Application.objects.count() == 1


@pytest.mark.parametrize("name", ["演示张三", "演示李四"])
def test_the_register_of_a_household_and_the_card_name_one_person(counter: Client, name: str) -> None:
    """NC-1."""
    who = known_person()
    counter.post("/cases/new/", form(**who))
    again = form(**who | {"identity_kind": "household_register", "name": name, "room": "9"})
    answer = counter.post("/cases/new/", again)
    assert Customer.objects.count() == 1
    if name == "演示张三":
        assert answer.status_code == 302
    else:
        assert "name" in errors(answer)


def test_an_identity_number_of_somebody_else_is_noticed(counter: Client) -> None:
    counter.post("/cases/new/", form())
    assert "name" in errors(counter.post("/cases/new/", form(name="演示另一家公司")))


def test_a_second_open_case_for_the_premises_needs_a_reason(counter: Client) -> None:
    place = form()
    counter.post("/cases/new/", place)
    assert "duplicate_reason" in errors(counter.post("/cases/new/", place))
    assert Application.objects.count() == 1
    counter.post("/cases/new/", {**place, "duplicate_reason": "二期另设水表"})
    assert Application.objects.count() == 2


def account_at(place: dict[str, Any]) -> str:
    """Somebody else's account at the place of a form."""
    clerk = colleague(Role.COUNTER_CLERK)
    other = accounts.register_customer(by=clerk, **City().person())
    parts = {name: place[name] for name in ("district", "road", "lane", "number", "room")}
    premises = accounts.register_premises(by=clerk, **parts)
    account = accounts.open_account(
        holder=other, premises=premises, kind_of_use="residential", cycle="monthly", by=clerk
    )
    return account.number


def test_premises_with_an_account_need_a_reason_for_another_connection(counter: Client) -> None:
    fields = form()
    number = account_at(fields)
    assert number in errors(counter.post("/cases/new/", fields))["duplicate_reason"][0]
    counter.post("/cases/new/", {**fields, "duplicate_reason": "消防用水另设表"})
    case = Application.objects.get()
    assert case.duplicate_reason == case.timeline.get().note == "消防用水另设表"


def test_a_place_corrected_to_one_with_an_account_needs_the_reason_too(counter: Client) -> None:
    counter.post("/cases/new/", form())
    case, fields = Application.objects.get(), form()
    account_at(fields)
    names = ("identity_kind", "identity_number", "name", "district", "road", "lane", "number", "room")
    data, clerk = {name: fields[name] for name in names}, colleague(Role.COUNTER_CLERK)
    with pytest.raises(BadInput, match="account already"):
        work(case, "correct_applicant", by=clerk, data=data)
    assert work(
        case, "correct_applicant", by=clerk, data={**data, "duplicate_reason": "消防用水另设表"}
    ).duplicate_reason


def test_a_form_that_shows_personal_data_in_full_is_a_look_on_record(counter: Client) -> None:
    """PIPL art. 51: as behind the button “Show”; who may not take the work sees no form."""
    counter.post("/cases/new/", form())
    case = Application.objects.get()
    for task in ("amend_form", "correct_applicant"):
        counter.get(f"{case.get_absolute_url()}tasks/{task}/")
    assert UnmaskedLook.objects.filter(customer=case.applicant).count() == 2
    counter.force_login(colleague(Role.CASHIER))
    page = counter.get(f"{case.get_absolute_url()}tasks/amend_form/").content.decode()
    assert case.applicant.telephone not in page
    assert UnmaskedLook.objects.count() == 2


def test_an_account_that_is_open_already_is_named(client: Client, tour_to: Callable[..., Any]) -> None:
    """NC-12: not “the case stands elsewhere”."""
    tour = tour_to(Stage.SUPPLY_AGREEMENT)
    clerk = colleague(Role.COUNTER_CLERK)
    case = work(tour.case, "open_account", by=clerk, data={"cycle": "monthly"})
    with pytest.raises(NotHere, match=f"Account {case.account.number} is open already"):
        work(case, "open_account", by=clerk, data={"cycle": "monthly"})
    client.force_login(clerk)
    page = client.get(f"{case.get_absolute_url()}tasks/open_account/").content.decode()
    assert f"Account {case.account.number} is open already" in page
    assert "data-draft" in page
    assert 'name="cycle"' not in page


def test_a_reason_links_to_its_cure_only_for_whom_it_is_theirs(client: Client, case_at: CaseAt) -> None:
    case = case_at(Stage.DRAFT)
    details = case.new_connection
    details.invoice_title = ""
    details.save()
    client.force_login(colleague(Role.COUNTER_CLERK))
    page = client.get(case.get_absolute_url()).content.decode()
    reason = f'The form still lacks: invoice title. {clause("NC-1")} <a href="{case.get_absolute_url()}'
    assert reason in page
    client.force_login(colleague(Role.DUTY_MANAGER))
    assert "Go there" not in client.get(case.get_absolute_url()).content.decode()


@pytest.mark.parametrize(("word", "found"), [("7788", True), ("7789", False), ("788", False), ("1391", True)])
def test_a_case_is_found_by_the_end_of_a_telephone(counter: Client, word: str, found: bool) -> None:
    counter.post("/cases/new/", form(telephone="13912347788", room="1室"))
    case = Application.objects.get()
    assert [row.case for row in counter.get("/search/", {"q": word}).context["rows"]] == [case][: int(found)]


def test_markup_in_a_name_is_shown_as_text(counter: Client) -> None:
    counter.post("/cases/new/", form(name="<b>演示</b><script>x</script>公司"))
    page = counter.get(Application.objects.get().get_absolute_url()).content.decode()
    assert "&lt;b&gt;演示" in page
    assert "<script>x" not in page


@pytest.mark.parametrize("amount", ["0", "-1", "1.005", "NaN", "Infinity", "1e3x", "", "999999999.00"])
def test_a_payment_that_cannot_be_is_refused(client: Client, case_at: CaseAt, amount: str) -> None:
    case = case_at(Stage.PROJECT_FEE)
    client.force_login(colleague(Role.CASHIER))
    answer = client.post(
        f"{case.get_absolute_url()}tasks/take_payment/",
        {"amount": amount, "method": "cash", "reference": "手写单据", "revision": case.revision},
    )
    assert "amount" in errors(answer)
    assert "手写单据" in answer.content.decode()
    assert not Receipt.objects.exists()


def test_too_much_is_kept_as_credit_by_choice(client: Client, case_at: CaseAt) -> None:
    case = case_at(Stage.PROJECT_FEE)
    client.force_login(colleague(Role.CASHIER))
    client.post(
        f"{case.get_absolute_url()}tasks/take_payment/",
        {
            "amount": "130000",
            "method": "transfer",
            "reference": "T-1",
            "keep_credit": "on",
            "revision": case.revision,
        },
    )
    assert case.statement.balance == Decimal("-2000.00")


def bomb() -> bytes:
    kept = io.BytesIO()
    Image.new("1", (20000, 20000)).save(kept, "PNG")
    return kept.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("页面.pdf", b"<html><script>x</script></html>"),
        ("照片.png", b"MZ\x90\x00 this is a program"),
        ("照片.png", b"%PDF-1.7 pretends to be a picture"),
        ("程序.exe", b"MZ\x90\x00"),
        ("空.png", b""),
        ("炸弹.png", bomb()),
        ("太大.pdf", b"%PDF-1.7\n" + b"0" * (21 * 1024 * 1024)),
    ],
)
def test_an_upload_that_is_not_what_it_says_is_refused(
    counter: Client, case_at: CaseAt, name: str, content: bytes
) -> None:
    case = case_at(Stage.DOCUMENT_REVIEW)
    answer = counter.post(
        f"{case.get_absolute_url()}tasks/receive_document/",
        {"kind": "location_map", "scan": SimpleUploadedFile(name, content), "revision": case.revision},
    )
    assert errors(answer)
    assert not case.documents.exists()


def test_a_missing_document_keeps_the_request_from_being_accepted(counter: Client, case_at: CaseAt) -> None:
    case = case_at(Stage.DOCUMENT_REVIEW)
    answer = counter.post(f"{case.get_absolute_url()}steps/accept_documents/", {"revision": case.revision})
    assert answer.status_code == 422
    assert "NC-C1" in answer.content.decode()
    case.refresh_from_db()
    assert case.stage == Stage.DOCUMENT_REVIEW


def test_a_stale_page_gets_409_and_its_words_back(counter: Client, case_at: CaseAt) -> None:
    case = case_at(Stage.DOCUMENT_REVIEW)
    answer = counter.post(
        f"{case.get_absolute_url()}tasks/comment/", {"words": "下午再来", "revision": case.revision - 1}
    )
    assert answer.status_code == 409
    assert "下午再来" in answer.content.decode()


def test_the_register_exports_exactly_what_is_shown(counter: Client, case_at: CaseAt) -> None:
    case = case_at(Stage.SURVEY)
    answer = counter.get("/cases/export/", {"stage": "survey"})
    rows = list(load_workbook(io.BytesIO(answer.content)).active.values)
    assert len(rows) == 2
    page = counter.get("/cases/", {"stage": "survey"}).content.decode()
    shown = re.findall(r'<th scope="col">([^<]*)</th>', page)
    assert list(rows[0]) == shown
    assert rows[1][shown.index("Number")] == case.number
    nothing = counter.get("/cases/export/", {"stage": "filing"})
    assert len(list(load_workbook(io.BytesIO(nothing.content)).active.values)) == 1


@pytest.mark.parametrize("words", ["{number}", "滨江食品", "13900000000", "和平路 128号", "和平路１２８号"])
def test_search_finds_a_case_by_number_name_telephone_or_address(counter: Client, case_at: CaseAt, words: str) -> None:
    case = case_at(Stage.SURVEY)
    answer = counter.get("/search/", {"q": words.format(number=case.number)}, follow=True)
    assert case.number in answer.content.decode()


def test_personal_data_are_masked_and_a_look_is_recorded(counter: Client, case_at: CaseAt) -> None:
    case = case_at(Stage.SURVEY)
    assert case.applicant.identity_number not in counter.get(case.get_absolute_url()).content.decode()
    shown = counter.post(f"{case.get_absolute_url()}unmask/").content.decode()
    assert case.applicant.identity_number in shown
    assert UnmaskedLook.objects.get().looked_by == colleague(Role.COUNTER_CLERK)


def test_the_page_names_what_is_known_of_a_debtor(counter: Client, case_at: CaseAt) -> None:
    case = case_at(Stage.SURVEY)
    answer = counter.get("/cases/new/known/", {"identity_number": case.applicant.identity_number})
    assert case.number in answer.content.decode()


ODD_ADDRESSES = [
    "/cases/%00/",
    "/accounts/%00/",
    "/billing/accounts/%00/",
    "/billing/receipts/%00/",
    "/search/?q=%00",
    "/cases/?text=%00",
    "/cases/export/?text=%00",
    "/cases/new/known/?identity_number=%00",
    "/papers/verify/?code=%00",
    "/billing/?q=%00",
    f"/cases/NC-2026-000001/plans/{'9' * 25}/",
    f"/cases/NC-2026-000001/papers/{'9' * 5000}/",
]


@pytest.mark.embedded
@pytest.mark.parametrize("address", ODD_ADDRESSES)
def test_an_address_of_nothing_is_404(counter: Client, case_at: CaseAt, address: str) -> None:
    """A number that does not exist: 404, not 500."""
    case_at(Stage.DRAFT)
    assert counter.get(address).status_code == 404


@pytest.mark.embedded
def test_row_numbers_without_end_are_no_rows(counter: Client, case_at: CaseAt) -> None:
    case = case_at(Stage.DRAFT)
    endless = "9" * 5000
    assert counter.get("/cases/", {"before": endless}).status_code == 200
    assert counter.post("/notices/read/", {"notice": endless}).status_code == 302
    stale = counter.post(f"{case.get_absolute_url()}steps/confirm_data/", {"revision": endless})
    assert stale.status_code == 409


def test_folders_and_searches_export_what_they_show(counter: Client, case_at: CaseAt) -> None:
    case = case_at(Stage.DRAFT)
    for address in ("/export/?folder=started", f"/search/export/?q={case.premises.room}"):
        rows = list(load_workbook(io.BytesIO(counter.get(address).content)).active.values)
        assert len(rows) == 2, address
        assert case.number in rows[1]
    assert counter.get("/export/?folder=nobody").status_code == 404


def test_the_cashier_sees_what_is_to_be_paid(client: Client, case_at: CaseAt) -> None:
    """NC-3, NC-5: statements that wait for payment, and cases that wait for water bills."""
    client.force_login(colleague(Role.CASHIER))
    fee = case_at(Stage.PROJECT_FEE)
    page = client.get("/").content.decode()
    assert "Cases to be paid" in page
    assert fee.number in page


def test_drafts_are_for_those_whose_step_needs_them_and_are_recorded(client: Client, case_at: CaseAt) -> None:
    """In common: personal data are unmasked only for those whose step needs them, and the look is recorded."""
    case = case_at(Stage.SURVEY)
    address = f"{case.get_absolute_url()}drafts/application_form/"
    client.force_login(colleague(Role.RESPONSIBLE_LEADER))
    assert client.get(address).status_code == 403
    assert not UnmaskedLook.objects.exists()
    client.force_login(colleague(Role.COUNTER_CLERK))
    assert client.get(address).status_code == 200
    assert UnmaskedLook.objects.get().purpose == f"{case.number} application_form"


def test_a_number_of_nothing_opens_an_empty_paper_file(counter: Client) -> None:
    assert counter.get("/takeovers/new/?again=abc").status_code == 200


def test_a_page_that_has_grown_old_is_refused_in_our_words(everybody: None) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(colleague(Role.COUNTER_CLERK))
    answer = client.post("/cases/new/", {})
    assert answer.status_code == 403
    assert "This page had grown old" in answer.content.decode()


def test_what_is_typed_in_full_width_is_known_at_once(counter: Client, case_at: CaseAt) -> None:
    case = case_at(Stage.SURVEY)
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in case.applicant.identity_number)
    assert case.number in counter.get("/cases/new/known/", {"identity_number": wide}).content.decode()
