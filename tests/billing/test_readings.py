"""Readings: recorded, confirmed, corrected; what the database itself refuses (NC-13, OT-7)."""

import io
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from PIL import Image

from accounts import services as registry
from accounts.models import BillingCycle, KindOfUse, MeterAccount, User
from billing import selectors, services
from billing.models import Reading
from billing.services.billing_run import bill_account
from tests.billing.conftest import TODAY, Make, refused_by_a_trigger, refused_by_the_database
from waterservice.files import store_upload
from waterservice.models import StoredFile

MAY, JUNE = date(2026, 5, 31), date(2026, 6, 1)


@pytest.fixture
def account(new_account: Make) -> MeterAccount:
    opened: MeterAccount = new_account()
    return opened


@pytest.fixture
def photograph(clerk: User) -> StoredFile:
    picture = io.BytesIO()
    Image.new("RGB", (60, 40), "white").save(picture, "PNG")
    return store_upload(SimpleUploadedFile("meter.png", picture.getvalue(), "image/png"), by=clerk)


def read(account: MeterAccount, by: User, reading: int, on: date = TODAY, **more: Any) -> Reading:
    return services.record_reading(account=account, reading=reading, read_on=on, by=by, **more)


# -- recorded ----------------------------------------------------------------------------------------------


@pytest.mark.embedded
def test_the_first_reading_is_recorded_once(account: MeterAccount, clerk: User) -> None:
    first = read(account, clerk, 105, kind=Reading.Kind.FIRST)
    assert (first.reading, first.reader, first.meter) == (105, clerk, account.meter)
    with pytest.raises(ValidationError):
        read(account, clerk, 106, kind=Reading.Kind.FIRST)


@pytest.mark.embedded
def test_a_meter_does_not_run_backwards(account: MeterAccount, clerk: User) -> None:
    with pytest.raises(ValidationError, match="100"):
        read(account, clerk, 99)
    read(account, clerk, 120, JUNE)
    with pytest.raises(ValidationError, match="120"):
        read(account, clerk, 119)
    read(account, clerk, 120)


@pytest.mark.embedded
def test_a_meter_may_roll_over_and_then_only(account: MeterAccount, clerk: User) -> None:
    read(account, clerk, 99_990, MAY)
    with pytest.raises(ValidationError, match="rolled over"):
        read(account, clerk, 5)
    assert read(account, clerk, 5, rolled_over=True).rolled_over
    with pytest.raises(ValidationError, match="did not roll over"):
        read(account, clerk, 6, rolled_over=True)
    with pytest.raises(ValidationError, match="99999"):
        read(account, clerk, 100_000)


def test_a_reading_lies_between_the_last_one_and_today(account: MeterAccount, clerk: User) -> None:
    with pytest.raises(ValidationError, match="not come yet"):
        read(account, clerk, 120, date(2026, 6, 16))
    with pytest.raises(ValidationError, match="2026-01-01"):
        read(account, clerk, 120, date(2025, 12, 31))
    read(account, clerk, 120, JUNE)
    with pytest.raises(ValidationError, match="2026-06-01"):
        read(account, clerk, 121, MAY)


def test_an_account_without_water_is_not_read(clerk: User, new_customer: Make, new_premises: Make) -> None:
    pending = registry.open_account(
        holder=new_customer(),
        premises=new_premises(),
        kind_of_use=KindOfUse.RESIDENTIAL,
        cycle=BillingCycle.MONTHLY,
        by=clerk,
    )
    with pytest.raises(ValidationError, match=pending.number):
        read(pending, clerk, 0)


def test_an_unknown_kind_of_reading_is_refused(account: MeterAccount, clerk: User) -> None:
    with pytest.raises(ValidationError):
        read(account, clerk, 120, kind="guess")


@pytest.mark.embedded
def test_a_bill_without_our_readings_counts_as_the_last_one(new_bill: Make, account: MeterAccount, clerk: User) -> None:
    """As after an import: the bill ended on 2026-05-28 with 150 m³, and no reading of ours stands behind it."""
    new_bill(account, 5, 50)
    for day, figure in [(date(2026, 5, 27), 160), (JUNE, 149)]:
        with pytest.raises(ValidationError):
            read(account, clerk, figure, day)
    read(account, clerk, 158, JUNE)
    standing = selectors.standing(account)
    assert standing is not None
    assert (standing.start, standing.opening, standing.used) == (date(2026, 5, 29), 150, 8)


# -- photographs of holders --------------------------------------------------------------------------------


@pytest.mark.embedded
def test_a_photograph_counts_once_the_business_office_has_confirmed_it(
    account: MeterAccount, clerk: User, reader: User, photograph: StoredFile
) -> None:
    waiting = read(account, clerk, 130, JUNE, photograph=photograph)
    assert waiting.waits
    assert list(Reading.objects.counting()) == []
    read(account, reader, 120, MAY)  # what waits does not stand in the way
    services.confirm_reading(reading=waiting, by=reader)
    assert [row.reading for row in Reading.objects.counting().in_order()] == [120, 130]
    with pytest.raises(ValidationError, match="any more"):
        services.confirm_reading(reading=waiting, by=reader)


def test_nobody_confirms_their_own_upload_and_only_the_business_office_confirms(
    account: MeterAccount, clerk: User, reader: User, other_reader: User, manager: User, photograph: StoredFile
) -> None:
    own = read(account, reader, 130, photograph=photograph)
    for person in (reader, clerk, manager):
        with pytest.raises(ValidationError):
            services.confirm_reading(reading=own, by=person)
    assert services.confirm_reading(reading=own, by=other_reader).confirmed_by == other_reader


def test_a_photograph_that_a_later_reading_belies_is_not_confirmed(
    account: MeterAccount, clerk: User, reader: User, photograph: StoredFile
) -> None:
    waiting = read(account, clerk, 130, MAY, photograph=photograph)
    read(account, reader, 125, JUNE)
    with pytest.raises(ValidationError):
        services.confirm_reading(reading=waiting, by=reader)
    services.correct_reading(wrong=waiting, reading=126, read_on=JUNE, reason="照片不清", by=reader)
    assert not Reading.objects.to_confirm().exists()
    assert [row.reading for row in Reading.objects.counting().in_order()] == [125, 126]


def test_a_photograph_of_a_meter_that_was_changed_is_not_confirmed(
    account: MeterAccount, clerk: User, reader: User, photograph: StoredFile
) -> None:
    waiting = read(account, clerk, 130, photograph=photograph)
    services.change_meter(
        account=account, last_reading=131, number="N-1", calibre=15, first_reading=0, on=TODAY, by=reader
    )
    with pytest.raises(ValidationError, match="changed meanwhile"):
        services.confirm_reading(reading=waiting, by=reader)


# -- the final reading -------------------------------------------------------------------------------------


@pytest.mark.embedded
def test_a_final_reading_is_the_business_offices_or_a_photograph(
    account: MeterAccount, clerk: User, reader: User, photograph: StoredFile
) -> None:
    with pytest.raises(ValidationError, match="photograph"):
        services.record_final_reading(account=account, reading=130, read_on=TODAY, by=clerk)
    waiting = services.record_final_reading(
        account=account, reading=130, read_on=TODAY, by=clerk, photograph=photograph
    )
    assert (waiting.kind, waiting.waits) == (Reading.Kind.FINAL, True)
    taken = services.record_final_reading(account=account, reading=131, read_on=TODAY, by=reader)
    assert not taken.waits


# -- corrected ---------------------------------------------------------------------------------------------


@pytest.mark.embedded
def test_a_wrong_reading_is_corrected_by_another_and_stays_on_record(
    account: MeterAccount, clerk: User, reader: User
) -> None:
    wrong = read(account, clerk, 210, JUNE)
    right = services.correct_reading(wrong=wrong, reading=120, reason="看错一位", by=reader)
    assert (right.read_on, right.kind, right.reason) == (JUNE, wrong.kind, "看错一位")
    assert [row.reading for row in Reading.objects.counting()] == [120]
    assert Reading.objects.count() == 2
    read(account, clerk, 125)
    last = services.correct_reading(wrong=Reading.objects.latest("pk"), reading=126, reason="again", by=reader)
    services.correct_reading(wrong=last, reading=127, reason="and again", by=reader)
    standing = selectors.standing(account)
    assert standing is not None
    assert (standing.value, standing.used) == (127, 27)


def test_a_first_reading_can_be_corrected_more_than_once(account: MeterAccount, clerk: User, reader: User) -> None:
    row = read(account, clerk, 150, kind=Reading.Kind.FIRST)
    for figure in (105, 106):
        row = services.correct_reading(wrong=row, reading=figure, reason="x", by=reader)
    assert Reading.objects.counting().get().reading == 106


def test_what_is_built_upon_or_billed_is_not_corrected(
    prices: None, account: MeterAccount, clerk: User, reader: User
) -> None:
    first, second = read(account, clerk, 120, MAY), read(account, clerk, 130, JUNE)
    with pytest.raises(ValidationError, match="later reading"):
        services.correct_reading(wrong=first, reading=121, reason="x", by=reader)
    corrected = services.correct_reading(wrong=second, reading=131, reason="x", by=reader)
    with pytest.raises(ValidationError, match="newer one"):
        services.correct_reading(wrong=second, reading=132, reason="x", by=reader)
    assert bill_account(account=account, since=JUNE, until=TODAY, by=reader) is not None
    with pytest.raises(ValidationError, match="billed"):
        services.correct_reading(wrong=corrected, reading=132, reason="x", by=reader)


@pytest.mark.parametrize(
    "changes",
    [
        {"reason": " "},
        {"reading": 119},
        {"reading": 100_000},
        {"read_on": date(2026, 6, 16)},
        {"read_on": date(2026, 5, 1)},
    ],
)
def test_a_correction_is_no_way_round_the_rules(
    account: MeterAccount, clerk: User, reader: User, changes: dict[str, Any]
) -> None:
    read(account, clerk, 120, MAY)
    wrong = read(account, clerk, 500, JUNE)
    values: dict[str, Any] = {"reading": 130, "reason": "x"} | changes
    with pytest.raises(ValidationError):
        services.correct_reading(wrong=wrong, by=reader, **values)
    assert Reading.objects.count() == 2


# -- the database itself ------------------------------------------------------------------------------------


def copy_of(row: Reading, **changes: Any) -> Reading:
    copy = Reading.objects.get(pk=row.pk)
    copy.pk, copy._state.adding = None, True
    for name, value in changes.items():
        setattr(copy, name, value)
    return copy


@pytest.mark.embedded
@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"reading": 119}, "reading_in_order"),
        ({"reading": 121, "rolled_over": True}, "reading_in_order"),
        ({"read_on": MAY}, "reading_in_order"),
        ({"reading": 100_000}, "reading_fits_the_meter"),
        ({"kind": "guess"}, "reading_kind_known"),
        ({"source": "photograph"}, "reading_photograph_is_there"),
        ({"reason": "x"}, "reading_corrected_for_a_reason"),
    ],
)
def test_the_database_refuses_a_reading_that_cannot_be(
    account: MeterAccount, clerk: User, changes: dict[str, Any], constraint: str
) -> None:
    row = read(account, clerk, 120, JUNE)
    with refused_by_the_database(constraint):
        copy_of(row, **changes).save()


@pytest.mark.embedded
def test_the_database_compares_the_first_reading_with_the_meter(account: MeterAccount, clerk: User) -> None:
    row = Reading(account=account, meter=account.meter, kind="regular", reader=clerk, reading=99, read_on=JUNE)
    with refused_by_the_database("reading_in_order"):
        row.save()
    row.reading, row.read_on = 101, date(2025, 12, 31)
    with refused_by_the_database("reading_in_order"):
        row.save()


@pytest.mark.embedded
@pytest.mark.parametrize(
    "change", ["reading = 121", "read_on = '2026-06-02'", "rolled_over = true", "remark = 'x'", "kind = 'final'"]
)
def test_the_database_lets_nobody_edit_a_reading(account: MeterAccount, clerk: User, change: str) -> None:
    row = read(account, clerk, 120, JUNE)
    with refused_by_a_trigger("append_only"), connection.cursor() as cursor:
        cursor.execute(f"UPDATE billing_reading SET {change} WHERE id = {row.pk}")  # noqa: S608


@pytest.mark.embedded
def test_the_database_lets_nobody_delete_a_reading(account: MeterAccount, clerk: User) -> None:
    row = read(account, clerk, 120, JUNE)
    with refused_by_a_trigger("append_only"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM billing_reading WHERE id = %s", [row.pk])


@pytest.mark.embedded
def test_the_database_knows_confirmation_once_by_another(
    account: MeterAccount, clerk: User, reader: User, other_reader: User, photograph: StoredFile
) -> None:
    waiting = read(account, clerk, 130, MAY, photograph=photograph)
    with refused_by_the_database("reading_confirmed_by_another"), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE billing_reading SET confirmed_by_id = reader_id, confirmed_at = recorded_at WHERE id = %s",
            [waiting.pk],
        )
    services.confirm_reading(reading=waiting, by=reader)
    with refused_by_the_database("reading_stays"), connection.cursor() as cursor:
        cursor.execute("UPDATE billing_reading SET confirmed_by_id = %s WHERE id = %s", [other_reader.pk, waiting.pk])


@pytest.mark.embedded
def test_the_database_looks_at_the_order_when_a_photograph_is_confirmed(
    account: MeterAccount, clerk: User, reader: User, photograph: StoredFile
) -> None:
    waiting = read(account, clerk, 130, MAY, photograph=photograph)
    read(account, reader, 120, JUNE)
    with refused_by_the_database("reading_in_order"), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE billing_reading SET confirmed_by_id = %s, confirmed_at = recorded_at WHERE id = %s",
            [reader.pk, waiting.pk],
        )


@pytest.mark.embedded
def test_a_billed_reading_stays_with_its_bill(
    prices: None, account: MeterAccount, new_account: Make, new_bill: Make, reader: User
) -> None:
    row = read(account, reader, 120)
    assert bill_account(account=account, since=JUNE, until=TODAY, by=reader) is not None
    for other in (None, new_bill(new_account()).pk):
        with refused_by_the_database("reading_stays"), connection.cursor() as cursor:
            cursor.execute("UPDATE billing_reading SET bill_id = %s WHERE id = %s", [other, row.pk])


def test_readings_are_added_and_never_changed(account: MeterAccount, clerk: User) -> None:
    row = read(account, clerk, 120)
    row.reading = 121
    for deed in (row.save, row.delete, Reading.objects.all().delete, lambda: Reading.objects.update(reading=1)):
        with pytest.raises(TypeError):
            deed()


# -- a fixed number of queries --------------------------------------------------------------------------------


def test_where_many_accounts_stand_takes_five_queries(
    new_account: Make, new_bill: Make, clerk: User, django_assert_num_queries: Any
) -> None:
    accounts = [new_account() for _each in range(4)]
    for account in accounts:
        new_bill(account, 5, 20)
        read(account, clerk, 130, JUNE)
        read(account, clerk, 135)
    with django_assert_num_queries(5):
        found = selectors.standings(accounts)
    assert [each.used for each in found.values()] == [15] * 4
    assert [each.recent for each in found.values()] == [(20,)] * 4
