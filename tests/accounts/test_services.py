"""Customers, premises, meters and accounts (NC-12, NC-C4)."""

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts import services
from accounts.models import (
    AccountStatus,
    BillingCycle,
    Customer,
    CustomerKind,
    IdentityKind,
    KindOfUse,
    MeterAccount,
    Premises,
    Tenure,
    User,
)
from accounts.selectors import find_customer
from tests.accounts.conftest import person, resident_number

DAY = date(2026, 3, 2)


@pytest.mark.embedded
def test_a_customer_is_normalised_and_its_history_names_who_wrote_it(clerk: User) -> None:
    customer = services.register_customer(
        by=clerk, **person(name="  演示张三 ", identity_number=resident_number("99999919900101018").lower())
    )
    assert customer.name == "演示张三"
    assert customer.identity_number == customer.identity_number.upper()
    assert customer.history.get().history_user == clerk


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"identity_number": resident_number()[:17] + "0"}, "identity_number"),
        ({"identity_number": resident_number("99999920990101001")}, "identity_number"),
        ({"identity_number": "12345"}, "identity_number"),
        ({"telephone": "110"}, "telephone"),
        ({"second_telephone": "abc"}, "second_telephone"),
        ({"name": "张\u200b三"}, "name"),
        ({"name": ""}, "name"),
        ({"kind": CustomerKind.ORGANISATION}, "__all__"),
        ({"identity_kind": IdentityKind.CREDIT_CODE, "identity_number": "91999999MA0DEM001C"}, "__all__"),
    ],
)
def test_a_customer_that_cannot_be_is_refused(clerk: User, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        services.register_customer(by=clerk, **person(**changes))
    assert field in refused.value.message_dict
    assert not Customer.objects.exists()


def test_permits_of_hong_kong_residents_have_the_same_form(clerk: User) -> None:
    number = resident_number("81000019900101001")
    assert services.register_customer(by=clerk, **person(identity_number=number)).identity_number == number


def test_one_identity_number_is_one_customer(clerk: User, customer: Customer) -> None:
    with pytest.raises(ValidationError):
        services.register_customer(by=clerk, **person(name="演示李四"))


def test_a_number_is_one_person_on_the_identity_card_and_in_the_household_register(
    clerk: User, customer: Customer
) -> None:
    """NC-1: both papers carry the number of GB 11643."""
    register = {"identity_kind": IdentityKind.HOUSEHOLD_REGISTER}
    with pytest.raises(ValidationError, match="on record already"):
        services.register_customer(by=clerk, **person(name="演示李四", **register))
    assert find_customer(IdentityKind.HOUSEHOLD_REGISTER, customer.identity_number) == customer
    right = {"identity_number": customer.identity_number, "name": "演示李四", **register}
    other = services.register_customer(by=clerk, **person(identity_number=resident_number("99999919900101018")))
    with pytest.raises(ValidationError, match="belongs to"):
        services.right_customer(customer=other, shared=False, by=clerk, **right)


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        (IdentityKind.PASSPORT, "!!", None),
        (IdentityKind.PASSPORT, "E123", None),
        (IdentityKind.PASSPORT, "ABCDEF", None),
        (IdentityKind.PASSPORT, "E" + "1" * 20, None),
        (IdentityKind.PASSPORT, "军字123456", None),
        (IdentityKind.PASSPORT, " ｅ1234 5678", "E12345678"),
        (IdentityKind.HOME_RETURN_PERMIT, "h0123456789", "H0123456789"),
        (IdentityKind.TAIWAN_PERMIT, "01234567", "01234567"),
        (IdentityKind.OFFICER_CARD, "军字第0123456号", "军字第0123456号"),
        (IdentityKind.OFFICER_CARD, "军字第号", None),
    ],
)
def test_the_number_of_another_paper_has_letters_and_digits(
    clerk: User, kind: IdentityKind, typed: str, kept: str | None
) -> None:
    """NC-1, NC-C1."""
    paper = person(identity_kind=kind, identity_number=typed)
    if kept is None:
        with pytest.raises(ValidationError) as refused:
            services.register_customer(by=clerk, **paper)
        assert "identity_number" in refused.value.message_dict
    else:
        customer = services.register_customer(by=clerk, **paper)
        assert customer.identity_number == kept
        assert find_customer(kind, typed) == customer


def test_an_update_that_changes_nothing_leaves_no_history(clerk: User, customer: Customer) -> None:
    services.update_customer(customer=customer, by=clerk, telephone=customer.telephone)
    assert customer.history.count() == 1
    services.update_customer(customer=customer, by=clerk, telephone="13900000002")
    assert customer.history.count() == 2


def test_the_same_place_is_found_again(clerk: User, place: Premises) -> None:
    again = services.register_premises(
        by=clerk, district=" 演示区", road="和平路", lane="", number="1号", room="101室 "
    )
    assert again == place
    assert place.address == "演示区和平路1号101室"


@pytest.mark.embedded
def test_account_numbers_are_text_of_eight_digits_in_a_row(clerk: User, customer: Customer, place: Premises) -> None:
    def open_one() -> MeterAccount:
        return services.open_account(
            holder=customer,
            premises=place,
            kind_of_use=KindOfUse.RESIDENTIAL,
            cycle=BillingCycle.MONTHLY,
            by=clerk,
        )

    assert [open_one().number, open_one().number] == ["00000001", "00000002"]


def test_a_pending_account_becomes_active_with_its_meter_and_starts_a_tenure(
    clerk: User, account: MeterAccount
) -> None:
    assert account.status == AccountStatus.PENDING
    with pytest.raises(ValidationError):
        services.activate_account(account=account, on=DAY, by=clerk)
    services.set_meter(account=account, number="M1", calibre=15, first_reading=7, by=clerk, installed_on=DAY)
    active = services.activate_account(account=account, on=DAY, by=clerk)
    assert active.status == AccountStatus.ACTIVE
    tenure = Tenure.objects.get()
    assert (tenure.customer, tenure.since, tenure.opening_reading) == (account.holder, DAY, 7)
    with pytest.raises(ValidationError):
        services.activate_account(account=account, on=DAY, by=clerk)


def test_an_account_has_one_meter_and_a_meter_one_account(
    clerk: User, account: MeterAccount, customer: Customer, place: Premises
) -> None:
    services.set_meter(account=account, number="M1", calibre=15, first_reading=0, by=clerk, installed_on=DAY)
    services.activate_account(account=account, on=DAY, by=clerk)
    with pytest.raises(ValidationError):
        services.set_meter(account=account, number="M2", calibre=15, first_reading=0, by=clerk, installed_on=DAY)
    other = services.open_account(
        holder=customer, premises=place, kind_of_use=KindOfUse.RESIDENTIAL, cycle=BillingCycle.MONTHLY, by=clerk
    )
    with pytest.raises(ValidationError):
        services.set_meter(account=other, number="M1", calibre=15, first_reading=0, by=clerk, installed_on=DAY)


def test_the_meter_of_an_account_that_waits_for_water_is_corrected(clerk: User, account: MeterAccount) -> None:
    """NC-12: what was mended or measured anew before water on is what the account has."""
    first = services.set_meter(account=account, number="M1", calibre=15, first_reading=0, by=clerk, installed_on=DAY)
    same = services.set_meter(account=account, number="M1", calibre=20, first_reading=2, by=clerk, installed_on=DAY)
    assert (same.pk, same.calibre, same.first_reading) == (first.pk, 20, 2)
    other = services.set_meter(account=account, number="M2", calibre=20, first_reading=3, by=clerk, installed_on=DAY)
    account.refresh_from_db()
    first.refresh_from_db()
    assert account.meter == other
    assert first.removed_on == DAY


def test_filing_corrects_and_marks_the_file(clerk: User, account: MeterAccount) -> None:
    filed = services.file_account(account=account, by=clerk, kind_of_use=KindOfUse.SHARED_RESIDENTIAL)
    assert filed.filed_at is not None
    assert filed.kind_of_use == KindOfUse.SHARED_RESIDENTIAL


@pytest.mark.parametrize(
    "columns",
    [
        {"number": "12"},
        {"number": "1234567A"},
        {"status": AccountStatus.ACTIVE},
        {"status": AccountStatus.CLOSED},
        {"household_size": 0},
        {"household_size": 100},
    ],
)
def test_the_database_itself_refuses_an_account_that_cannot_be(account: MeterAccount, columns: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        MeterAccount.objects.filter(pk=account.pk).update(**columns)


def test_an_account_has_one_holder_at_a_time(account: MeterAccount, customer: Customer) -> None:
    Tenure.objects.create(account=account, customer=customer, since=DAY, opening_reading=0)
    with pytest.raises(IntegrityError), transaction.atomic():
        Tenure.objects.create(account=account, customer=customer, since=DAY, opening_reading=0)


def test_a_household_is_recorded_with_its_proof_and_its_history(account: MeterAccount, clerk: User) -> None:
    known = services.set_household_size(account=account, size=5, proof=" 户口簿 ", by=clerk)
    assert (known.household_size, known.household_proof) == (5, "户口簿")
    services.set_household_size(account=account, size=None, proof="已搬离", by=clerk)
    past = account.history.order_by("history_id").values_list("household_size", "history_user")
    assert list(past)[-2:] == [(5, clerk.pk), (None, clerk.pk)]
    for size, proof in [(5, " "), (0, "x"), (100, "x")]:
        with pytest.raises(ValidationError):
            services.set_household_size(account=account, size=size, proof=proof, by=clerk)
