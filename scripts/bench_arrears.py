"""`make bench`: the arrears query and its locks beside the floor, on a PostgreSQL filled by set-based SQL.

SCALE=full fills 2,000,000 accounts and 20,000,000 bills (about 10 GB and ten minutes); without it a hundredth.
"""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FULL = os.environ.get("SCALE") == "full"
ACCOUNTS = 2_000_000 if FULL else 20_000
BILLS_EACH = 10
CHAIN = 5_000  # accounts of one customer: a chain of shops, a property manager
UNPAID_OF = 20  # one bill in so many is unpaid
UNPAID_OF_CHAIN = 500
ROUNDS = 25


def timed(deed: Callable[[], object]) -> float:
    """The median of some rounds, milliseconds."""
    took = []
    for _round in range(ROUNDS):
        start = time.perf_counter()
        deed()
        took.append(time.perf_counter() - start)
    return median(took) * 1000


def fill() -> None:
    """Customers, premises, accounts, bills and payments; account n belongs to customer n, the first ones to a chain."""
    from django.db import connection

    from accounts.models import Customer, MeterAccount, Premises, User
    from billing.models import Bill, BillPayment
    from waterservice.imports.staging import insert_select

    User.objects.create_user("bench", name="Bench")
    numbers = f"generate_series(1, {ACCOUNTS}) AS n"
    steps: list[tuple[type[Any], dict[str, str], str]] = [
        (
            Customer,
            {
                "kind": "'individual'",
                "name": "'测' || n",
                "identity_kind": "'passport'",
                "identity_number": "'E' || lpad(CAST(n AS text), 9, '0')",
                "telephone": "'13800000000'",
                **dict.fromkeys(("second_telephone", "legal_representative", "bank", "bank_account", "address"), "''"),
            },
            numbers,
        ),
        (
            Premises,
            {
                "district": "'测试区'",
                "road": "'测试路' || (n / 1000)",
                "lane": "''",
                "number": "n || '号'",
                "room": "''",
                "address": "'测试区测试路' || (n / 1000) || n || '号'",
            },
            numbers,
        ),
        (
            MeterAccount,
            {
                "number": "lpad(CAST(n AS text), 8, '0')",
                "holder_id": f"CASE WHEN n <= {CHAIN} THEN 1 ELSE n END",
                "premises_id": "n",
                "kind_of_use": "'residential'",
                "cycle": "'monthly'",
                "status": "'closed'",
                "opened_on": "date '2015-01-01'",
                "closed_on": "date '2026-01-01'",
                **dict.fromkeys(("meter_id", "book_id", "order_in_book", "filed_at", "household_size"), "NULL"),
                **dict.fromkeys(("invoice_title", "tax_number", "household_proof"), "''"),
            },
            numbers,
        ),
        (
            Bill,
            {
                "account_id": "n",
                "customer_id": f"CASE WHEN n <= {CHAIN} THEN 1 WHEN m = 0 AND n > 1 THEN n - 1 ELSE n END",
                "period_start": "date '2025-01-01' + m * 30",
                "period_end": "date '2025-01-01' + m * 30 + 29",
                "opening": "m * 10",
                "closing": "m * 10 + 10",
                "carried": "0",
                "usage": "10",
                "water_amount": "20.70",
                "resource_amount": "15.70",
                "sewage_amount": "13.60",
                "amount": "50.00",
                "origin": "'reckoned'",
                "issued_on": "date '2025-01-01' + m * 30 + 29",
                "pay_by": "date '2025-01-01' + m * 30 + 44",
                "issued_by_id": "1",
                "reversed_at": "NULL",
                "settled_at": f"CASE WHEN (n + m * 7) % (CASE WHEN n <= {CHAIN} THEN {UNPAID_OF_CHAIN}"
                f" ELSE {UNPAID_OF} END) > 0 THEN timestamptz '2025-12-01 00:00+08' END",
            },
            f"generate_series(0, {BILLS_EACH - 1}) AS m, {numbers}",  # as they come: month by month
        ),
        (
            BillPayment,
            {
                "bill_id": "id",
                "receipt_id": "NULL",
                "amount": "amount",
                "method": "'imported'",
                "reference": "''",
                "happened_on": "date '2025-12-01'",
                "recorded_at": "settled_at",
                "recorded_by_id": "1",
                "reverses_id": "NULL",
                "reason": "''",
                "sheet_id": "NULL",
            },
            "billing_bill WHERE settled_at IS NOT NULL",
        ),
    ]
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # foreign keys hold by construction
        for model, values, source in steps:
            begun = time.perf_counter()
            cursor.execute(insert_select(model, values, source))
            cursor.execute(f"VACUUM ANALYZE {model._meta.db_table}")
            print(
                f"  {model.__name__:<14} {cursor.rowcount and model._default_manager.count():>12,} rows"
                f" {time.perf_counter() - begun:8.1f} s",
                file=sys.stderr,
            )
        cursor.execute("SET session_replication_role = origin")


def main() -> None:
    os.environ.update(DJANGO_SETTINGS_MODULE="tests.settings")
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection, transaction

    from accounts.models import Customer, Premises
    from billing import selectors, services
    from billing.models import Bill

    if connection.vendor != "postgresql":
        sys.exit("This measures PostgreSQL: scripts/with_postgres.sh scripts/bench_arrears.py")
    call_command("migrate", verbosity=0)
    fill()

    def measure(what: str, customer: Customer, premises: Premises) -> None:
        def read() -> list[Bill]:
            return list(selectors.arrears(customer=customer, premises=premises))

        def read_under_lock() -> None:
            with transaction.atomic():
                services.lock_ledger(customer=customer, premises=premises)
                read()

        plan = selectors.arrears(customer=customer, premises=premises).explain()
        for index in ("bill_unpaid_by_account", "bill_unpaid_by_customer"):
            if index not in plan:
                sys.exit(f"The plan does not use {index}:\n{plan}")
        keys = [bill.pk for bill in read()]
        floor = timed(lambda: list(Bill.objects.filter(pk__in=keys)))
        for words, deed in ((what, read), (f"{what}, with its locks", read_under_lock)):
            cost = timed(deed)
            print(f"{words:<52} {len(keys):>6} bills {cost:9.2f} ms   floor {floor:7.2f} ms   ×{cost / floor:.1f}")

    print(f"{ACCOUNTS:,} accounts, {Bill.objects.count():,} bills")
    middle = ACCOUNTS // 2
    measure("arrears of a person and a place", Customer.objects.get(pk=middle), Premises.objects.get(pk=middle + 7))
    measure(f"arrears of a holder of {CHAIN:,} accounts", Customer.objects.get(pk=1), Premises.objects.get(pk=middle))


if __name__ == "__main__":
    main()
