"""Water bills out of a utility's existing system, paid and unpaid: `manage.py import_bills`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection, models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.import_columns import check_account_number
from accounts.models import Customer, MeterAccount
from billing.models import Bill, BillPayment
from billing.models.bills import COMPONENTS
from billing.terms import BILL_PAY_DAYS
from waterservice.calendar import calendar
from waterservice.imports import Column, Import, Row, Staging
from waterservice.money import ZERO, yuan


def _of(name: str, model: type[models.Model] = Bill) -> models.Field[Any, Any]:
    field: models.Field[Any, Any] = model._meta.get_field(name)  # type: ignore[assignment]
    return field


COLUMNS: Sequence[Column] = (
    Column(
        "account",
        _of("number", MeterAccount),
        "户号",
        "account number",
        gettext_lazy("of an account on record"),
        required=True,
        code=True,
        check=check_account_number,
        also=("用户编号", "用户号"),
    ),
    Column(
        "period_start",
        _of("period_start"),
        "起始日期",
        "from",
        gettext_lazy("first day; periods of an account may not overlap"),
        required=True,
        also=("period start", "账期起"),
    ),
    Column(
        "period_end",
        _of("period_end"),
        "截止日期",
        "to",
        gettext_lazy("last day, counted"),
        required=True,
        also=("period end", "账期止"),
    ),
    Column("opening", _of("opening"), "上次抄码", "opening reading", gettext_lazy("m³"), required=True, also=("起码",)),
    Column("closing", _of("closing"), "本次抄码", "closing reading", gettext_lazy("m³"), required=True, also=("止码",)),
    Column(
        "carried",
        _of("carried"),
        "调整水量",
        "carried",
        gettext_lazy("m³ that the readings don't show (meter changed or rolled over); 0 if empty"),
    ),
    Column(
        "usage",
        _of("usage"),
        "用水量",
        "usage",
        gettext_lazy("closing − opening + carried"),
        required=True,
        also=("水量",),
    ),
    Column("water_amount", _of("water_amount"), "水费", "water", gettext_lazy("yuan"), required=True),
    Column(
        "resource_amount",
        _of("resource_amount"),
        "水资源费",
        "water resource charge",
        gettext_lazy("yuan"),
        required=True,
        also=("水资源税",),
    ),
    Column("sewage_amount", _of("sewage_amount"), "污水处理费", "sewage", gettext_lazy("yuan"), required=True),
    Column(
        "amount",
        _of("amount"),
        "应收金额",
        "amount",
        gettext_lazy("yuan: the sum of the three"),
        required=True,
        also=("合计", "应缴金额"),
    ),
    Column("issued_on", _of("issued_on"), "出账日期", "issued on", required=True),
    Column("pay_by", _of("pay_by"), "缴费期限", "pay by", gettext_lazy("if empty: the days of the policy from issue")),
    Column(
        "debtor",
        _of("identity_number", Customer),
        "欠费人证件号码",
        "owed by",
        gettext_lazy("identity number on record; if empty, who held the account on the last day"),
        code=True,
        check=str.upper,
    ),
    Column("paid", _of("amount", BillPayment), "已缴金额", "paid", gettext_lazy("yuan paid in all; 0 if empty")),
    Column(
        "paid_on",
        _of("happened_on", BillPayment),
        "缴费日期",
        "paid on",
        gettext_lazy("day of the last payment; needed when anything was paid"),
    ),
)

FOUND = """
    SELECT r.*, a.id AS account_id, a.status AS account_status, b.id AS bill_id, b.origin AS bill_origin,
           CASE WHEN r.debtor IS NOT NULL
                THEN (SELECT min(c.id) FROM accounts_customer AS c WHERE c.identity_number = r.debtor)
                ELSE COALESCE(
                    (SELECT t.customer_id FROM accounts_tenure AS t
                     WHERE t.account_id = a.id AND t.since <= r.period_end ORDER BY t.since DESC LIMIT 1),
                    a.holder_id)
           END AS customer_id,
           CASE WHEN b.id IS NULL THEN 0 ELSE COALESCE(
                (SELECT sum(p.amount) FROM billing_billpayment AS p WHERE p.bill_id = b.id), 0)
           END AS on_record,
           CASE WHEN b.id IS NULL THEN 0 ELSE COALESCE(
                (SELECT sum(p.amount) FROM billing_billpayment AS p
                 WHERE p.bill_id = b.id AND p.method = 'imported'), 0)
           END AS taken_before
    FROM import_rows AS r
    LEFT JOIN accounts_meteraccount AS a ON a.number = r.account
    LEFT JOIN billing_bill AS b ON b.account_id = a.id AND b.period_start = r.period_start
        AND b.reversed_at IS NULL
"""
PARTS = tuple(f"{name}_amount" for name in COMPONENTS)
ON_RECORD = "import_found AS found JOIN billing_bill AS bill ON bill.id = found.bill_id"
COMPARED = (
    "period_end",
    "opening",
    "closing",
    "carried",
    "usage",
    *PARTS,
    "amount",
    "issued_on",
    "pay_by",
)
# What the file says was paid and no payment on record stands for, yuan.
MORE_PAID = "ROUND(COALESCE(paid, 0) - on_record, 2)"


class BillsImport(Import):
    """Bills of accounts on record. It adds bills and payments; a bill on record with other figures is a fault."""

    columns = COLUMNS
    computed: ClassVar[Mapping[str, models.Field[Any, Any]]] = {
        "due": _of("pay_by"),
        "settled_at": _of("settled_at"),
    }
    tables = (MeterAccount,)  # its lock is the lock of its bills

    def finish(self, row: Row) -> None:
        self._check_period(row)
        self._check_sums(row)
        self._check_payment(row)

    def _check_period(self, row: Row) -> None:
        values, today = row.values, timezone.localdate()
        start, end, issued = values.get("period_start"), values.get("period_end"), values.get("issued_on")
        if start and end and end < start:
            row.fault("period_end", _("The period ends before it begins."))
        for name in ("period_end", "issued_on", "paid_on"):
            day = values.get(name)
            if day is not None and day > today:
                row.fault(name, _("This day has not come yet."))
        if issued is None:
            return
        pay_by = values.get("pay_by") or _pay_by(issued)
        if pay_by < issued:
            row.fault("pay_by", _("The bill was to be paid before it was issued."))
        values["due"] = pay_by

    def _check_sums(self, row: Row) -> None:
        values = row.values
        if not row.cells.get("carried"):
            values["carried"] = 0
        opening, closing, usage, carried = (values.get(name) for name in ("opening", "closing", "usage", "carried"))
        if opening is not None and closing is not None and usage is not None and carried is not None:
            measured = closing - opening + carried
            if usage != measured:
                row.fault("usage", _("The readings give %(usage)s m³.") % {"usage": measured})
        parts = [values[name] for name in PARTS if values.get(name) is not None]
        amount = values.get("amount")
        if amount is not None and len(parts) == len(PARTS) and sum(parts, ZERO) != amount:
            row.fault("amount", _("The components add up to %(sum)s.") % {"sum": yuan(sum(parts, ZERO))})

    def _check_payment(self, row: Row) -> None:
        values = row.values
        amount, paid, paid_on = values.get("amount"), values.get("paid"), values.get("paid_on")
        if row.cells.get("paid") and paid is None:
            return
        paid = paid or ZERO
        if amount is not None and paid > amount:
            row.fault("paid", _("More was paid than the bill asks. Put the rest on the next bill."))
        if paid and not row.cells.get("paid_on"):
            row.fault("paid_on", _("Say when it was paid."))
        if not paid and row.cells.get("paid_on"):
            row.fault("paid_on", _("Nothing was paid, so there is no such day."))
        if amount is not None and paid == amount:
            values["settled_at"] = _midnight(paid_on or values.get("issued_on"))

    def check(self, staging: Staging) -> None:
        staging.find(FOUND)
        staging.fault_where("account", "found.account IS NOT NULL AND found.account_id IS NULL", _("No such account."))
        staging.fault_where(
            "account", "found.account_status = 'pending'", _("This account has no water yet and can't be billed.")
        )
        staging.fault_where(
            "debtor",
            "found.debtor IS NOT NULL AND found.customer_id IS NULL",
            _("No customer is on record with this identity number."),
        )
        self._check_periods(staging)
        self._compare_with_the_record(staging)

    def _check_periods(self, staging: Staging) -> None:
        in_order = """(
            SELECT line, period_start, period_end,
                   min(line) OVER (PARTITION BY account, period_start) AS first_line,
                   max(period_end) OVER (PARTITION BY account ORDER BY period_start, line
                                         ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS covered
            FROM import_found
            WHERE account IS NOT NULL AND period_start IS NOT NULL AND period_end IS NOT NULL) AS found"""
        staging.fault_where(
            "period_start",
            "found.line > found.first_line",
            _("Row {} has the same account and period."),
            source=in_order,
            told="found.first_line",
        )
        staging.fault_where(
            "period_start",
            "found.line = found.first_line AND found.covered >= found.period_start",
            _("Another row of this account covers the days up to {} already."),
            source=in_order,
            told="found.covered",
        )
        staging.fault_where(
            "period_start",
            "found.bill_id IS NULL AND bill.period_start <= found.period_end AND bill.period_end >= found.period_start",
            _("A bill on record covers part of this period already; it begins on {}."),
            source="import_found AS found JOIN billing_bill AS bill"
            " ON bill.account_id = found.account_id AND bill.reversed_at IS NULL",
            told="bill.period_start",
        )

    def _compare_with_the_record(self, staging: Staging) -> None:
        for name in COMPARED:
            staging.fault_where(
                name,
                f"found.{name} IS NOT NULL AND found.{name} <> bill.{name}",
                _("The bill on record has: {}"),
                source=ON_RECORD,
                told=f"bill.{name}",
            )
        staging.fault_where(
            "debtor",
            "found.debtor IS NOT NULL AND found.customer_id <> bill.customer_id",
            _("The bill on record is owed by: {}"),
            source=f"{ON_RECORD} JOIN accounts_customer AS debtor ON debtor.id = bill.customer_id",
            told="debtor.name",
        )
        staging.fault_where(
            "paid",
            f"found.bill_origin = 'reckoned' AND {MORE_PAID} > 0",
            _("This program issued the bill, so it is paid at its till. Paid there so far: {}"),
            told="found.on_record",
        )
        staging.fault_where(
            "paid",
            "found.paid IS NOT NULL AND ROUND(found.taken_before - found.paid, 2) > 0",
            _("An earlier file said that more was paid: {}. No import takes a payment back."),
            told="found.taken_before",
        )

    def counts(self, staging: Staging) -> list[tuple[str, int]]:
        good = "SELECT count(*) FROM import_good WHERE bill_id IS"
        return [
            (_("new bills"), staging.count(f"{good} NULL")),
            (_("bills on record with a new payment"), staging.count(f"{good} NOT NULL AND {MORE_PAID} > 0")),
            (_("unchanged"), staging.count(f"{good} NOT NULL AND {MORE_PAID} <= 0")),
        ]

    def apply(self, staging: Staging, *, by: AbstractBaseUser, reason: str) -> None:
        # PostgreSQL asks for the payments of a settled bill when the transaction ends, SQLite before it is settled.
        looks_at_the_end = connection.vendor == "postgresql"
        staging.insert(
            Bill,
            {
                **{name: name for name in ("account_id", "customer_id", *COMPARED, "period_start")},
                "settled_at": "settled_at" if looks_at_the_end else "CASE WHEN amount = 0 THEN settled_at END",
                "pay_by": "due",
                "origin": "'imported'",
                "reversed_at": "NULL",
                "issued_by_id": "%s",
            },
            "import_good WHERE bill_id IS NULL",
            [by.pk],
        )
        staging.insert(
            BillPayment,
            {
                "bill_id": "bill.id",
                "receipt_id": "NULL",
                "amount": MORE_PAID,
                "method": "'imported'",
                "reference": "''",
                "happened_on": "paid_on",
                "recorded_at": "%s",
                "recorded_by_id": "%s",
                "reverses_id": "NULL",
                "sheet_id": "NULL",
                "reason": "''",
            },
            "import_good AS good JOIN billing_bill AS bill"
            " ON bill.account_id = good.account_id AND bill.period_start = good.period_start"
            " AND bill.reversed_at IS NULL"
            f" WHERE {MORE_PAID} > 0",
            [timezone.now(), by.pk],
        )
        staging.run(
            "UPDATE billing_bill SET settled_at = good.settled_at FROM import_good AS good"
            " WHERE billing_bill.account_id = good.account_id AND billing_bill.period_start = good.period_start"
            " AND billing_bill.reversed_at IS NULL"
            " AND billing_bill.settled_at IS NULL AND good.settled_at IS NOT NULL"
        )


@lru_cache(maxsize=2**12)
def _pay_by(issued: date) -> date:
    """The last day to pay a bill of which the file doesn't say: by policy, never a day off."""
    return calendar().add_calendar_days(issued, BILL_PAY_DAYS.on(issued))


def _midnight(day: Any) -> datetime | None:
    return timezone.make_aware(datetime.combine(day, time.min)) if day is not None else None
