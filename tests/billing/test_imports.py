"""Bills of an existing system: paid and unpaid, loaded whole or not at all, loaded again without harm."""

from collections.abc import Callable
from contextlib import nullcontext
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone

from accounts.history import save_as
from accounts.models import MeterAccount, Tenure, User
from billing import selectors, services
from billing.imports import BillsImport
from billing.models import Bill, BillPayment
from billing.terms import BILL_PAY_DAYS
from tests.billing.conftest import TODAY
from tests.billing.test_locks import at_once
from tests.imports import Cells, Load, a_bill, an_account, identity
from waterservice.imports import run

YUAN = Decimal
PAID = {"已缴金额": "50.00", "缴费日期": "2026-02-10"}


@pytest.fixture
def accounts(load: Load) -> None:
    """Three accounts on record, 00000001 to 00000003."""
    assert load("import_accounts", [an_account(n) for n in (1, 2, 3)]).faults == []


@pytest.mark.embedded
def test_a_bill_is_loaded_as_it_stands_in_the_file(load: Load, accounts: None, loader: User) -> None:
    told = load("import_bills", [a_bill(1, 1), a_bill(1, 2, 缴费期限="2026-03-31"), a_bill(2)])
    assert (told.code, told.faults) == (0, [])
    assert "new bills: 3" in told.words
    bill = Bill.objects.select_related("account", "customer").get(account__number="00000001", period_start="2026-01-01")
    assert (bill.origin, bill.issued_by, bill.settled_at) == (Bill.Origin.IMPORTED, loader, None)
    assert (bill.period_end, bill.opening, bill.closing, bill.usage, bill.carried) == (date(2026, 1, 28), 10, 20, 10, 0)
    assert (bill.water_amount, bill.resource_amount, bill.sewage_amount) == (
        YUAN("20.70"),
        YUAN("15.70"),
        YUAN("13.60"),
    )
    assert (bill.amount, bill.customer) == (YUAN("50.00"), bill.account.holder)
    assert bill.pay_by == bill.issued_on + timedelta(days=BILL_PAY_DAYS.on(bill.issued_on))
    assert Bill.objects.get(period_start="2026-02-01").pay_by == date(2026, 3, 31)
    assert selectors.owed(customer=bill.customer, premises=None) == YUAN("100.00")


@pytest.mark.embedded
def test_what_was_loaded_satisfies_the_models_own_checks(load: Load, accounts: None) -> None:
    load("import_bills", [a_bill(1, **PAID), a_bill(2)])
    for row in (*Bill.objects.all(), *BillPayment.objects.all()):
        row.full_clean()


@pytest.mark.embedded
def test_a_paid_bill_comes_with_a_payment_that_never_passed_our_till(load: Load, accounts: None, loader: User) -> None:
    load("import_bills", [a_bill(1, **PAID), a_bill(2, 已缴金额="20", 缴费日期="2026-02-11", 缴费期限="2026-06-30")])
    paid, part = Bill.objects.with_outstanding().order_by("account__number")
    assert (paid.outstanding, timezone.localtime(paid.settled_at).date()) == (0, date(2026, 2, 10))
    assert (part.outstanding, part.settled_at) == (YUAN("30.00"), None)
    payment = paid.payments.get()
    assert (payment.method, payment.receipt, payment.amount) == (BillPayment.IMPORTED, None, YUAN("50.00"))
    assert (payment.happened_on, payment.recorded_by) == (date(2026, 2, 10), loader)
    assert selectors.takings(timezone.localdate()) == []
    rest = services.pay_bills(bills=[part], method="cash", by=loader)
    assert rest.amount == YUAN("30.00")


@pytest.mark.embedded
def test_a_bill_of_nothing_is_settled(load: Load, accounts: None) -> None:
    nothing = dict.fromkeys(("用水量", "水费", "水资源费", "污水处理费", "应收金额"), "0")
    assert load("import_bills", [a_bill(1, 本次抄码="10", **nothing)]).faults == []
    assert Bill.objects.get().settled_at is not None


@pytest.mark.embedded
def test_loading_again_changes_nothing_and_what_was_paid_meanwhile_is_settled(load: Load, accounts: None) -> None:
    file = [a_bill(1, 1), a_bill(1, 2), a_bill(2)]
    load("import_bills", file)
    again = load("import_bills", file)
    assert (again.code, Bill.objects.count(), BillPayment.objects.count()) == (0, 3, 0)
    assert "unchanged: 3" in again.words
    paid = load("import_bills", [a_bill(1, 1, **PAID), a_bill(1, 2, 已缴金额="20", 缴费日期="2026-03-01"), a_bill(2)])
    assert "bills on record with a new payment: 2" in paid.words
    more = load("import_bills", [a_bill(1, 1, **PAID), a_bill(1, 2, **PAID), a_bill(2)])
    assert "bills on record with a new payment: 1" in more.words
    amounts = list(BillPayment.objects.order_by("pk").values_list("amount", flat=True))
    assert sorted(amounts) == [YUAN("20.00"), YUAN("30.00"), YUAN("50.00")]
    assert list(Bill.objects.unpaid().values_list("account__number", flat=True)) == ["00000002"]


@pytest.mark.embedded
def test_what_was_paid_at_our_till_meanwhile_stays_paid(load: Load, accounts: None, loader: User) -> None:
    load("import_bills", [a_bill(1)])
    services.pay_bills(bills=list(Bill.objects.all()), method="cash", by=loader)
    settled = Bill.objects.get().settled_at
    for file in ([a_bill(1)], [a_bill(1, **PAID)]):  # the other system has not heard of it yet, or has
        told = load("import_bills", file)
        assert (told.code, BillPayment.objects.count()) == (0, 1)
    assert Bill.objects.get().settled_at == settled


@pytest.mark.embedded
def test_a_bill_is_owed_by_who_held_the_account_then_unless_the_file_says(
    load: Load, accounts: None, loader: User
) -> None:
    account = MeterAccount.objects.get(number="00000001")
    old, newcomer = account.holder, MeterAccount.objects.get(number="00000002").holder
    tenure = account.tenures.get()
    tenure.until, tenure.closing_reading = date(2026, 2, 5), 20
    save_as(tenure, by=loader)
    account.holder = newcomer
    save_as(account, by=loader)
    save_as(Tenure(account=account, customer=newcomer, since=date(2026, 2, 6), opening_reading=20), by=loader)
    told = load("import_bills", [a_bill(1, 1), a_bill(1, 2), a_bill(1, 3, 欠费人证件号码=identity(3).lower())])
    assert told.faults == []
    owing = list(Bill.objects.order_by("period_start").values_list("customer__identity_number", flat=True))
    assert owing == [old.identity_number, newcomer.identity_number, identity(3)]


# -- faults, one by one ----------------------------------------------------------------------------------

FAULTS: list[tuple[Cells, str, str]] = [
    ({"户号": "00000009"}, "户号", "No such account"),
    ({"户号": "9"}, "户号", "6 to 12 digits"),
    ({"起始日期": "2026-02-30"}, "起始日期", "Enter a day"),
    ({"截止日期": "2026-01-31"}, "截止日期", "before it begins"),
    ({"截止日期": ""}, "截止日期", "can't be empty"),
    ({"截止日期": "2026-12-01"}, "截止日期", "not come yet"),
    ({"上次抄码": "-20", "用水量": "50"}, "上次抄码", "negative"),
    ({"本次抄码": "3e1"}, "本次抄码", "whole number"),
    ({"用水量": "11"}, "用水量", "give 10 m³"),
    ({"调整水量": "5"}, "用水量", "give 15 m³"),
    ({"水费": "1e9"}, "水费", "Enter an amount"),
    ({"水费": "NaN"}, "水费", "Enter an amount"),
    ({"水费": "-20.70"}, "水费", "at least"),
    ({"水费": "20.705"}, "水费", "two decimals"),
    ({"水费": "=1+1"}, "水费", "formula"),
    ({"水费": "20.71"}, "应收金额", "add up to ¥50.01"),
    ({"应收金额": "49.99"}, "应收金额", "add up to ¥50.00"),
    ({"应收金额": ""}, "应收金额", "can't be empty"),
    ({"出账日期": "2026-12-01"}, "出账日期", "not come yet"),
    ({"缴费期限": "2026-02-27"}, "缴费期限", "before it was issued"),
    ({"欠费人证件号码": identity(9)}, "欠费人证件号码", "No customer"),
    ({"已缴金额": "50.01", "缴费日期": "2026-03-01"}, "已缴金额", "More was paid"),
    ({"已缴金额": "-1", "缴费日期": "2026-03-01"}, "已缴金额", "at least"),
    ({"已缴金额": "50"}, "缴费日期", "when it was paid"),
    ({"缴费日期": "2026-03-01"}, "缴费日期", "Nothing was paid"),
    ({"已缴金额": "50", "缴费日期": "2026-12-01"}, "缴费日期", "not come yet"),
    ({"起始日期": "2026-01-01"}, "起始日期", "Row 2 has the same"),
    ({"起始日期": "2026-01-28"}, "起始日期", "up to 2026-01-28"),
]


@pytest.mark.embedded
@pytest.mark.parametrize(("changes", "column", "words"), FAULTS)
def test_one_fault_is_named_and_nothing_is_applied(
    load: Load, accounts: None, changes: Cells, column: str, words: str
) -> None:
    told = load("import_bills", [a_bill(1, 1, 调整水量=""), a_bill(1, 2, **changes)])
    assert told.code == 1
    ((row, heading, value, reason),) = told.faults
    assert (row, heading, value.lstrip("'")) == ("3", column, (a_bill(1, 2) | changes)[column])
    assert words in reason
    assert Bill.objects.count() == 0


@pytest.mark.embedded
def test_usage_that_the_readings_do_not_show_is_carried(load: Load, accounts: None) -> None:
    rolled_over = {"上次抄码": "99995", "本次抄码": "5", "调整水量": "100000"}
    assert load("import_bills", [a_bill(1, **rolled_over)]).faults == []
    assert (Bill.objects.get().usage, Bill.objects.get().carried) == (10, 100_000)


@pytest.mark.embedded
def test_a_period_that_a_bill_on_record_covers_is_refused(load: Load, accounts: None) -> None:
    load("import_bills", [a_bill(1, 1)])
    told = load("import_bills", [a_bill(1, 2, 起始日期="2026-01-15")])
    assert told.places == [(2, "起始日期")]
    assert "2026-01-01" in told.faults[0][3]


@pytest.mark.embedded
@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ({"截止日期": "2026-01-27"}, ["截止日期"]),
        ({"上次抄码": "9", "本次抄码": "19"}, ["上次抄码", "本次抄码"]),
        ({"水费": "20.00", "应收金额": "49.30"}, ["水费", "应收金额"]),
        ({"出账日期": "2026-01-29"}, ["出账日期"]),
        ({"缴费期限": "2026-05-05"}, ["缴费期限"]),
        ({"欠费人证件号码": identity(3)}, ["欠费人证件号码"]),
    ],
)
def test_a_bill_on_record_with_other_figures_is_a_fault(
    load: Load, accounts: None, changes: Cells, places: list[str]
) -> None:
    load("import_bills", [a_bill(1, 1)])
    told = load("import_bills", [a_bill(1, 1, **changes)])
    assert [column for _row, column in told.places] == places
    assert Bill.objects.get().amount == YUAN("50.00")


@pytest.mark.embedded
def test_no_import_takes_a_payment_back(load: Load, accounts: None) -> None:
    load("import_bills", [a_bill(1, 1, **PAID)])
    told = load("import_bills", [a_bill(1, 1, 已缴金额="20", 缴费日期="2026-02-10")])
    assert told.places == [(2, "已缴金额")]
    assert "50" in told.faults[0][3]
    assert load("import_bills", [a_bill(1, 1)]).faults == [], "a file without payments says nothing of them"


def test_a_bill_of_our_own_is_paid_at_our_till(
    load: Load, new_account: Callable[..., Any], new_bill: Callable[..., Any]
) -> None:
    account = new_account()
    bill = new_bill(account)
    row = a_bill(1, 1, 户号=account.number, 上次抄码="100", 本次抄码="110", 出账日期=bill.issued_on.isoformat())
    assert load("import_bills", [row]).faults == []
    told = load("import_bills", [row | PAID])
    assert told.places == [(2, "已缴金额")]
    assert Bill.objects.get().settled_at is None


@pytest.mark.embedded
def test_a_bill_that_took_the_place_of_a_reversed_one_is_loaded_paid(
    load: Load, prices: None, in_book: Callable[..., Any], reader: User, office_manager: User
) -> None:
    account = in_book()
    services.record_reading(account=account, reading=120, read_on=TODAY, by=reader)
    wrong = services.bill_account(account=account, since=date(2026, 6, 1), until=TODAY, by=reader)
    assert wrong is not None
    reversal = services.ask_bill_reversal(bill=wrong, reason="外系统已出账", by=reader)
    services.decide_bill_reversal(reversal=reversal, grant=True, by=office_manager)
    row = a_bill(1, 1, 户号=account.number, 上次抄码="100", 本次抄码="110", 起始日期=wrong.period_start.isoformat())
    told = load("import_bills", [row | PAID])
    assert (told.code, told.faults) == (0, [])
    wrong.refresh_from_db()
    assert (wrong.settled_at, wrong.payments.count()) == (None, 0)
    assert Bill.objects.counting().get().settled_at is not None
    assert load("import_bills", [row | PAID]).faults == [], "loaded again it is unchanged"


def test_an_account_that_waits_for_water_has_no_bill(load: Load) -> None:
    load("import_accounts", [an_account(1, 状态="待通水")])
    assert load("import_bills", [a_bill(1)]).places == [(2, "户号")]


def test_one_faulty_row_of_many_stops_them_all(load: Load, accounts: None) -> None:
    rows = [
        a_bill(n % 3 + 1, 1, 起始日期=f"{2000 + n // 3 // 12}-{n // 3 % 12 + 1:02d}-01")
        | {"截止日期": f"{2000 + n // 3 // 12}-{n // 3 % 12 + 1:02d}-28"}
        for n in range(900)
    ]
    rows[613]["污水处理费"] = "1e9"
    told = load("import_bills", rows)
    assert (told.code, told.places) == (1, [(615, "污水处理费")])
    assert Bill.objects.count() == 0


# -- two at once -----------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locked", [True, False])
def test_nobody_issues_a_bill_while_one_is_loaded(
    load: Load,
    new_account: Callable[..., Any],
    new_bill: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    locked: bool,
) -> None:
    """A bill issued between check and load would overlap; without the lock only a trigger stops the load."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer: its immediate transaction is the lock")
    account = new_account()
    if not locked:
        monkeypatch.setattr(run, "_lock", lambda tables: None)
    outcomes: list[Any] = []
    apply = BillsImport.apply

    def issue() -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '200ms'")
        return new_bill(account)  # 2026-01-01 to 28

    def meanwhile(self: BillsImport, *args: Any, **kwargs: Any) -> None:
        outcomes.extend(at_once(issue))
        apply(self, *args, **kwargs)

    monkeypatch.setattr(BillsImport, "apply", meanwhile)
    refused = nullcontext() if locked else pytest.raises(IntegrityError, match="bill_overlaps_none")
    with refused:
        load("import_bills", [a_bill(1, 1, 户号=account.number, 起始日期="2026-01-15")])
    assert [type(outcome) for outcome in outcomes] == [OperationalError if locked else Bill]
    assert Bill.objects.get().origin == ("imported" if locked else "reckoned")


@pytest.mark.django_db(transaction=True)
def test_an_import_waits_for_who_works_on_an_account(load: Load, new_account: Callable[..., Any]) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer: its immediate transaction is the lock")
    account = new_account()

    def lock() -> None:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '200ms'")
            run._lock(BillsImport.tables)

    with transaction.atomic():
        services.lock_accounts([account.pk])
        (outcome,) = at_once(lock)
    assert isinstance(outcome, OperationalError)
