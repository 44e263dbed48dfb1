"""Finding customers and accounts."""

import pytest

from accounts import selectors, services
from accounts.models import BillingCycle, Customer, IdentityKind, KindOfUse, MeterAccount, Premises, User
from tests.accounts.conftest import person, resident_number


def test_a_customer_is_found_by_its_paper_in_either_case(clerk: User) -> None:
    number = resident_number("99999919900101018")
    customer = services.register_customer(by=clerk, **person(identity_number=number))
    assert selectors.find_customer(IdentityKind.RESIDENT_ID, f" {number.lower()} ") == customer
    assert selectors.find_customer(IdentityKind.PASSPORT, number) is None


@pytest.mark.parametrize("words", ["00000001", "张三", "13900000001", "和平路 101室", "张三 和平路"])
def test_an_account_is_found_by_number_holder_telephone_or_address(account: MeterAccount, words: str) -> None:
    assert list(selectors.search_accounts(words)) == [account]


def test_every_word_must_be_found(account: MeterAccount) -> None:
    assert not selectors.search_accounts("张三 解放路").exists()


def test_accounts_of_the_person_or_the_place_are_concerned(
    clerk: User, account: MeterAccount, customer: Customer, place: Premises
) -> None:
    stranger = services.register_customer(
        by=clerk, **person(name="演示李四", identity_number=resident_number("99999919850101002"))
    )
    elsewhere = services.register_premises(by=clerk, district="演示区", road="和平路", lane="", number="9号", room="")
    theirs = services.open_account(
        holder=stranger, premises=elsewhere, kind_of_use=KindOfUse.RESIDENTIAL, cycle=BillingCycle.MONTHLY, by=clerk
    )
    assert set(selectors.accounts_concerning(customer=customer, premises=None)) == {account}
    assert set(selectors.accounts_concerning(customer=stranger, premises=place)) == {account, theirs}
    assert not selectors.accounts_concerning(customer=None, premises=None)
