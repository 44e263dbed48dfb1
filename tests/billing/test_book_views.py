"""The screens of reading books: who may enter, what they show and save, keyboard and all."""

import io
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image
from pytest_django import DjangoAssertNumQueries

from accounts.models import MeterAccount, Office, OfficeKind, ReadingBook, Role, User
from billing import services
from billing.models import Bill, Reading
from tests.billing.conftest import TODAY, Make, staff


def enter(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return client


def body(response: Any) -> str:
    return str(response.content.decode())


@pytest.fixture
def account(in_book: Make) -> MeterAccount:
    opened: MeterAccount = in_book()
    return opened


@pytest.fixture
def stranger(db: None) -> User:
    """A clerk of another business office."""
    person = staff("stranger", Role.BUSINESS_CLERK)
    person.office = Office.objects.create(code="YY02", name="城西营业所", kind=OfficeKind.BUSINESS_OFFICE)
    person.save(update_fields=["office"])
    return person


def picture() -> SimpleUploadedFile:
    kept = io.BytesIO()
    Image.new("RGB", (60, 40), "white").save(kept, "PNG")
    return SimpleUploadedFile("meter.png", kept.getvalue(), "image/png")


# -- the list ----------------------------------------------------------------------------------------------


@pytest.mark.embedded
def test_the_books_of_ones_office_stand_there_own_ones_first(
    in_book: Make, book: ReadingBook, office: Office, reader: User, other_reader: User, stranger: User
) -> None:
    ReadingBook.objects.create(code="A01", name="别人的册", cycle="monthly", reader=other_reader, office=office)
    account = in_book()
    in_book()
    services.record_reading(account=account, reading=110, read_on=TODAY, by=reader)
    page = body(enter(reader).get(reverse("billing:books")))
    assert page.index("C01") < page.index("A01")
    assert '<progress class="book-progress" value="1" max="2"' in page
    other = body(enter(other_reader).get(reverse("billing:books")))
    assert other.index("A01") < other.index("C01")
    assert "C01" not in body(enter(stranger).get(reverse("billing:books")))


def test_who_has_nothing_to_do_with_books_stays_outside(
    account: MeterAccount, book: ReadingBook, cashier: User, stranger: User
) -> None:
    address = reverse("billing:book", args=["C01"])
    assert enter(cashier).get(address).status_code == 403
    assert enter(stranger).get(address).status_code == 404
    assert enter(stranger).post(address, {"read_on": TODAY, f"reading-{account.pk}": "110"}).status_code == 404
    assert enter(stranger).post(reverse("billing:book-run", args=["C01"]), {"until": TODAY}).status_code == 404
    auditor = enter(staff("auditor", Role.AUDITOR))
    page = body(auditor.get(address))
    assert account.number in page
    assert "book-reading" not in page
    assert auditor.post(address, {"read_on": TODAY, f"reading-{account.pk}": "110"}).status_code == 403
    assert not Reading.objects.exists()


def test_the_list_takes_the_same_queries_for_more_books(
    account: MeterAccount, office: Office, reader: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for place in range(2, 9):
        cycle = ("monthly", "odd_months", "even_months")[place % 3]
        ReadingBook.objects.create(code=f"C{place:02d}", name="x", cycle=cycle, office=office)
    client = enter(reader)
    with django_assert_max_num_queries(18):
        client.get(reverse("billing:books"))


# -- entry -------------------------------------------------------------------------------------------------


@pytest.mark.embedded
def test_fine_rows_are_saved_and_the_others_kept_as_they_were_typed(
    prices: None, in_book: Make, book: ReadingBook, reader: User
) -> None:
    client, address = enter(reader), reverse("billing:book", args=["C01"])
    fine, bad, empty = in_book(), in_book(), in_book()
    values = {
        "read_on": "2026-06-14",
        f"reading-{fine.pk}": "123",
        f"reading-{bad.pk}": "abc<b>",
        f"remark-{bad.pk}": "看不清",
        f"reading-{empty.pk}": "",
    }
    response = client.post(address, values)
    page = body(response)
    assert response.status_code == 422
    assert "1 reading saved" in page
    assert "1 row is kept" in page
    assert 'value="abc&lt;b&gt;"' in page
    assert 'value="看不清"' in page
    assert f'name="reading-{fine.pk}"' not in page
    assert f'name="reading-{empty.pk}" value=""' in page
    assert (Reading.objects.get().reading, Reading.objects.get().read_on) == (123, date(2026, 6, 14))
    assert client.post(address, {"read_on": "2026-06-14", f"reading-{bad.pk}": "130"}).status_code == 302


def test_a_suspicious_row_is_kept_until_it_is_ticked(
    prices: None, account: MeterAccount, new_bill: Make, book: ReadingBook, reader: User
) -> None:
    new_bill(account, 5, 10)
    client, address = enter(reader), reverse("billing:book", args=["C01"])
    values = {"read_on": TODAY, f"reading-{account.pk}": "900"}
    assert f'name="sure-{account.pk}"' in body(client.post(address, values))
    assert client.post(address, values | {f"sure-{account.pk}": "on"}).status_code == 302
    assert Reading.objects.get().reading == 900


@pytest.mark.parametrize("values", [{"read_on": "yesterday"}, {"read_on": ""}, {}])
def test_a_day_that_cannot_be_read_keeps_all_rows(
    account: MeterAccount, book: ReadingBook, reader: User, values: dict[str, str]
) -> None:
    response = enter(reader).post(reverse("billing:book", args=["C01"]), values | {f"reading-{account.pk}": "110"})
    assert response.status_code == 422
    assert 'value="110"' in body(response)
    assert not Reading.objects.exists()


def test_nothing_typed_is_said(account: MeterAccount, book: ReadingBook, reader: User) -> None:
    response = enter(reader).post(reverse("billing:book", args=["C01"]), {"read_on": TODAY}, follow=True)
    assert "No reading was typed in" in body(response)


@pytest.mark.parametrize("key", ["x", "-1", "²", "99999999"])
def test_a_row_of_no_account_does_no_harm(account: MeterAccount, book: ReadingBook, reader: User, key: str) -> None:
    response = enter(reader).post(reverse("billing:book", args=["C01"]), {"read_on": TODAY, f"reading-{key}": "1"})
    assert response.status_code in (302, 422)
    assert not Reading.objects.exists()


def test_a_row_is_judged_as_it_is_typed(account: MeterAccount, new_bill: Make, book: ReadingBook, reader: User) -> None:
    new_bill(account, 5, 10)
    client, address = enter(reader), reverse("billing:book-check", args=["C01", account.pk])

    def judged(**values: str) -> str:
        typed = {f"{name}-{account.pk}": value for name, value in values.items()}
        return body(client.get(address, typed | {"read_on": "2026-06-15"}))

    assert "<strong>15</strong> m³" in judged(reading="125")
    assert "Looked again" in judged(reading="900")
    below = judged(reading="90")
    assert "110 m³ on 2026-05-28" in below
    assert "rolled over" in below
    assert f'name="rolled-{account.pk}"' in judged(reading="90", rolled="on")
    assert "no reading" in judged(reading="abc")
    assert judged(reading="").strip() == ""
    assert not Reading.objects.exists()
    assert client.get(reverse("billing:book-check", args=["C01", 999999])).status_code == 404


def test_an_earlier_period_is_read_late_and_a_strange_one_is_not_there(
    account: MeterAccount, book: ReadingBook, reader: User
) -> None:
    client, address = enter(reader), reverse("billing:book", args=["C01"])
    page = body(client.get(address, {"period": "2026-05"}))
    assert "2026-05-31" in page
    client.post(address, {"period": "2026-05", "read_on": "2026-05-30", f"reading-{account.pk}": "111"})
    assert Reading.objects.get().read_on == date(2026, 5, 30)
    assert client.get(address, {"period": "May"}).status_code == 404


def test_the_page_of_a_book_does_not_ask_more_for_more_rows(
    in_book: Make, book: ReadingBook, reader: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for figure in range(110, 116):
        services.record_reading(account=in_book(), reading=figure, read_on=TODAY, by=reader)
        in_book()
    client = enter(reader)
    with django_assert_max_num_queries(18):
        client.get(reverse("billing:book", args=["C01"]))


def test_markup_in_a_name_is_shown_as_text(in_book: Make, new_customer: Make, book: ReadingBook, reader: User) -> None:
    in_book(holder=new_customer("<b>王</b>"))
    assert "<b>王" not in body(enter(reader).get(reverse("billing:book", args=["C01"])))


# -- billing -----------------------------------------------------------------------------------------------


@pytest.mark.embedded
def test_a_run_shows_its_progress_and_ends_with_its_result(
    prices: None, in_book: Make, book: ReadingBook, reader: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("billing.book_views.BATCH", 2)
    accounts = [in_book() for _each in range(3)]
    unread = in_book()
    for account in accounts:
        services.record_reading(account=account, reading=130, read_on=TODAY, by=reader)
    client, run = enter(reader), reverse("billing:book-run", args=["C01"])
    preview = body(client.get(reverse("billing:book-billing", args=["C01"])))
    assert "3 accounts · 90 m³ · ¥450.00" in preview
    assert "not read in this period" in preview
    first = client.post(run, {"until": "2026-06-15"})
    assert 'value="2" max="3"' in body(first)
    values = {"until": "2026-06-15", "done": "2", "after": str(accounts[1].pk)}
    last = client.post(run, values)
    assert last.headers["HX-Redirect"] == reverse("billing:book-billing", args=["C01"]) + "?until=2026-06-15"
    result = body(client.get(last.headers["HX-Redirect"]))
    assert "3 bills issued" in result
    assert unread.number in result
    assert Bill.objects.count() == 3
    again = client.post(run, {"until": "2026-06-15"})
    assert "HX-Redirect" in again.headers
    assert Bill.objects.count() == 3


def test_the_result_shows_both_bills_of_an_account_that_changed_hands(
    prices: None, account: MeterAccount, new_customer: Make, book: ReadingBook, reader: User
) -> None:
    seller, day = account.holder, date(2026, 6, 10)
    final = services.record_final_reading(account=account, reading=130, read_on=day, by=reader)
    services.bill_until_handover(account=account, final_reading=final, by=reader)
    services.transfer_account(account=account, to=new_customer("李买家"), on=day, reading=130, by=reader)
    services.record_reading(account=account, reading=137, read_on=TODAY, by=reader)
    client = enter(reader)
    assert "1 accounts · 7 m³ · ¥35.00" in body(client.get(reverse("billing:book-billing", args=["C01"])))
    client.post(reverse("billing:book-run", args=["C01"]), {"until": "2026-06-15"})
    page = body(client.get(reverse("billing:book-billing", args=["C01"])))
    assert "2 bills · 37 m³ · ¥185.00" in page
    assert seller.name in page


@pytest.mark.parametrize("until", ["2026-06-16", "x", ""])
def test_a_run_up_to_a_day_that_has_not_come_is_refused(
    account: MeterAccount, book: ReadingBook, reader: User, until: str
) -> None:
    client = enter(reader)
    assert client.post(reverse("billing:book-run", args=["C01"]), {"until": until}).status_code == 404
    assert client.get(reverse("billing:book-billing", args=["C01"]), {"until": until}).status_code == 422


# -- one account -------------------------------------------------------------------------------------------


@pytest.mark.embedded
def test_the_business_office_changes_a_meter(account: MeterAccount, reader: User, clerk: User, stranger: User) -> None:
    address = reverse("billing:change-meter", args=[account.number])
    values = {
        "on": "2026-06-14",
        "last_reading": "150",
        "number": "N-1",
        "calibre": "20",
        "digits": "5",
        "first_reading": "0",
    }
    assert enter(clerk).post(address, values).status_code == 403
    assert enter(stranger).post(address, values).status_code == 404
    refused = enter(reader).post(address, values | {"last_reading": "99", "maker_number": "typed before"})
    assert refused.status_code == 422
    assert "100 m³ on 2026-01-01" in body(refused)
    assert "typed before" in body(refused)
    response = enter(reader).post(address, values, follow=True)
    assert "N-1 is installed" in body(response)
    account.refresh_from_db()
    assert account.meter is not None
    assert account.meter.number == "N-1"


@pytest.mark.embedded
def test_the_business_office_corrects_a_reading(account: MeterAccount, reader: User, clerk: User) -> None:
    wrong = services.record_reading(account=account, reading=210, read_on=TODAY, by=reader)
    address = reverse("billing:correct-reading", args=[wrong.pk])
    assert enter(clerk).get(address).status_code == 403
    assert "210 m³" in body(enter(reader).get(address))
    values = {"reading": "120", "read_on": "2026-06-15", "reason": " "}
    assert enter(reader).post(address, values).status_code == 422
    page = body(enter(reader).post(address, values | {"reason": "看错"}, follow=True))
    assert "<s>210</s>" in page
    assert "看错" in page
    assert Reading.objects.counting().get().reading == 120


@pytest.mark.embedded
def test_a_holders_photograph_is_handed_in_seen_and_confirmed(
    account: MeterAccount, clerk: User, reader: User, cashier: User
) -> None:
    address = reverse("billing:hand-in-photograph", args=[account.number])
    values = {"kind": "regular", "reading": "130", "read_on": "2026-06-15"}
    assert enter(cashier).post(address, values | {"photograph": picture()}).status_code == 403
    broken = SimpleUploadedFile("meter.png", b"no picture", "image/png")
    assert enter(clerk).post(address, values | {"photograph": broken}).status_code == 422
    assert enter(clerk).post(address, values | {"photograph": picture()}).status_code == 302
    waiting = Reading.objects.get()
    client = enter(reader)
    assert "1 photograph to confirm" in body(client.get(reverse("billing:books")))
    assert "130 m³" in body(client.get(reverse("billing:photographs")))
    client.post(reverse("billing:confirm-reading", args=[waiting.pk]))
    assert Reading.objects.counting().get() == waiting
    assert "any more" in body(client.post(reverse("billing:confirm-reading", args=[waiting.pk]), follow=True))
    shown = client.get(reverse("billing:photograph", args=[waiting.pk]))
    assert shown["Content-Type"] == "image/png"
    shown.close()


def test_every_reading_of_an_account_is_shown_to_who_may_see_bills(
    account: MeterAccount, reader: User, cashier: User
) -> None:
    services.record_reading(account=account, reading=130, read_on=TODAY, by=reader)
    page = body(enter(cashier).get(reverse("billing:readings", args=[account.number])))
    assert "<strong>130</strong>" in page
    assert "Change the meter" not in page
    assert "30 m³ not billed yet" in page
    assert enter(cashier).get(reverse("billing:photograph", args=[Reading.objects.get().pk])).status_code == 404


def test_after_an_expired_session_one_comes_back_to_the_book_and_not_to_a_part_of_it(
    account: MeterAccount, book: ReadingBook, client: Client
) -> None:
    page = reverse("billing:book", args=["C01"])
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{page}?period=2026-06"}
    answer = client.get(reverse("billing:book-check", args=["C01", account.pk]), headers=headers)
    assert answer.headers["HX-Redirect"].endswith("?next=%2Fbilling%2Fbooks%2FC01%2F%3Fperiod%3D2026-06")
