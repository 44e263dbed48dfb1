"""Meter accounts out of a utility's existing system: `manage.py import_accounts`."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.import_columns import COLUMNS, DIGITS, LARGEST_HOUSEHOLD, METER_COLUMNS
from accounts.models import (
    AccountStatus,
    Customer,
    Meter,
    MeterAccount,
    Premises,
    Tenure,
)
from accounts.models.customers import RESIDENT_PAPERS, check_identity
from accounts.models.meters import MOST_DIGITS
from accounts.services import NUMBER_SERIES, NUMBER_WIDTH
from waterservice.identifiers import IdentifierError
from waterservice.imports import Import, Row, Staging
from waterservice.imports.columns import words_of
from waterservice.numbering import go_on_after


def _identity(table: str = "") -> str:
    """SQL: the paper by which a row's number is known; what carries the same number counts as one (`papers_like`)."""
    same = ", ".join(f"'{kind.value}'" for kind in RESIDENT_PAPERS)
    kind = f"{table}identity_kind"
    return f"CASE WHEN {kind} IN ({same}) THEN '{RESIDENT_PAPERS[0].value}' ELSE {kind} END"


FOUND = """
    SELECT r.*, a.id AS account_id, a.premises_id AS account_premises_id, a.holder_id AS account_holder_id,
           c.id AS holder_id, p.id AS premises_id, m.id AS meter_id, b.id AS book_id
    FROM import_rows AS r
    LEFT JOIN accounts_meteraccount AS a ON a.number = r.number
    LEFT JOIN accounts_customer AS c
        ON {known} = {said} AND c.identity_number = r.identity_number
    LEFT JOIN accounts_premises AS p
        ON p.district = r.district AND p.road = r.road AND p.lane = COALESCE(r.lane, '')
        AND p.number = r.house_number AND p.room = COALESCE(r.room, '')
    LEFT JOIN accounts_meter AS m ON m.number = r.meter_number
    LEFT JOIN accounts_readingbook AS b ON b.code = r.book
""".format(known=_identity("c."), said=_identity("r."))
ON_RECORD = """
    import_found AS found
    JOIN accounts_meteraccount AS account ON account.id = found.account_id
    JOIN accounts_customer AS holder ON holder.id = account.holder_id
    JOIN accounts_premises AS place ON place.id = account.premises_id
    LEFT JOIN accounts_meter AS meter ON meter.id = account.meter_id
    LEFT JOIN accounts_readingbook AS known_book ON known_book.id = account.book_id
    LEFT JOIN accounts_tenure AS last ON last.account_id = account.id AND last.until = account.closed_on
"""
# What the file says of an account on record, and where the record says it.
COMPARED = {
    "kind_of_use": "account.kind_of_use",
    "cycle": "account.cycle",
    "status": "account.status",
    "book": "known_book.code",
    "order_in_book": "account.order_in_book",
    "meter_number": "meter.number",
    "calibre": "meter.calibre",
    "installed_on": "meter.installed_on",
    "first_reading": "meter.first_reading",
    "opened_on": "account.opened_on",
    "closed_on": "account.closed_on",
    "closing_reading": "last.closing_reading",
    "invoice_title": "account.invoice_title",
    "tax_number": "account.tax_number",
    "household_size": "account.household_size",
    "household_proof": "account.household_proof",
}
OF_THE_HOLDER = {"holder_name": "name", "telephone": "telephone", "second_telephone": "second_telephone"}
NEW_ACCOUNTS = """
    import_good AS good
    JOIN accounts_customer AS holder
        ON {known} = {said} AND holder.identity_number = good.identity_number
    JOIN accounts_premises AS place
        ON place.district = good.district AND place.road = good.road AND place.lane = COALESCE(good.lane, '')
        AND place.number = good.house_number AND place.room = COALESCE(good.room, '')
    LEFT JOIN accounts_meter AS meter ON meter.number = good.meter_number
    WHERE good.account_id IS NULL
""".format(known=_identity("holder."), said=_identity("good."))


class AccountsImport(Import):
    """Accounts with holder, premises and meter. It adds; what is on record with other data is a fault."""

    columns = COLUMNS
    tables = (MeterAccount, Meter, Customer, Premises, Tenure)

    def finish(self, row: Row) -> None:
        values = row.values
        if values.get("identity_kind") and values.get("identity_number"):
            try:
                values["identity_number"] = check_identity(values["identity_kind"], values["identity_number"])
            except (ValidationError, IdentifierError) as fault:
                values["identity_number"] = None
                row.fault("identity_number", words_of(fault))
        self._check_meter(row)
        self._check_days(row)
        size = row.values.get("household_size")
        if size is not None and not 1 <= size <= LARGEST_HOUSEHOLD:
            row.fault("household_size", _("A household has 1 to 99 people; leave it empty where it is not known."))
        if size and not row.cells.get("household_proof"):
            row.fault("household_proof", _("Say which paper shows it."))

    def _check_meter(self, row: Row) -> None:
        said = row.cells
        status = row.values.get("status") or (None if said.get("status") else AccountStatus.ACTIVE)
        if status == AccountStatus.ACTIVE and not said.get("meter_number"):
            row.fault("meter_number", _("An active account has a meter."))
        for name in METER_COLUMNS:
            if said.get("meter_number") and not said.get(name):
                row.fault(name, _("A meter has a calibre, a day of installation and a first reading."))
            elif said.get(name) and not said.get("meter_number"):
                row.fault(name, _("This belongs to a meter, and the row names none."))
        for name in ("closed_on", "closing_reading"):
            if status == AccountStatus.CLOSED and not said.get(name):
                row.fault(name, _("A closed account has its last day and its last reading."))
            elif status not in (AccountStatus.CLOSED, None) and said.get(name):
                row.fault(name, _("Only a closed account has this."))

    def _check_days(self, row: Row) -> None:
        today = timezone.localdate()
        for name in ("opened_on", "closed_on", "installed_on"):
            day = row.values.get(name)
            if day is not None and day > today:
                row.fault(name, _("This day has not come yet."))
        opened, closed = row.values.get("opened_on"), row.values.get("closed_on")
        if opened and closed and closed < opened:
            row.fault("closed_on", _("The account was closed before it was opened."))

    def check(self, staging: Staging) -> None:
        staging.find(FOUND)
        for name, reason in (
            ("number", _("Row {} has the same account number.")),
            ("meter_number", _("Row {} has the same meter number.")),
        ):
            staging.fault_where(
                name,
                "found.line > found.first_line",
                reason,
                source=f"(SELECT line, {name}, min(line) OVER (PARTITION BY {name}) AS first_line"
                f" FROM import_found WHERE {name} IS NOT NULL) AS found",
                told="found.first_line",
            )
        for name, record in OF_THE_HOLDER.items():
            staging.fault_where(
                name,
                f"found.{name} <> found.first_said",
                _("Row {} says otherwise of the same identity number."),
                source=f"(SELECT line, {name}, first_value({name}) OVER same AS first_said,"
                f" first_value(line) OVER same AS first_line FROM import_found"
                f" WHERE {name} IS NOT NULL AND identity_number IS NOT NULL"
                f" WINDOW same AS (PARTITION BY {_identity()}, identity_number ORDER BY line)) AS found",
                told="found.first_line",
            )
            staging.fault_where(
                name,
                f"found.{name} <> known.{record}",
                _("The customer on record with this identity number has: {}"),
                source="import_found AS found JOIN accounts_customer AS known ON known.id = found.holder_id",
                told=f"known.{record}",
            )
        staging.fault_where(
            "book", "found.book IS NOT NULL AND found.book_id IS NULL", _("No reading book has this code.")
        )
        staging.fault_where(
            "meter_number",
            "found.account_id IS NULL AND found.meter_id IS NOT NULL",
            _("A meter with this number is on record already."),
        )
        self._compare_with_the_record(staging)

    def _compare_with_the_record(self, staging: Staging) -> None:
        staging.fault_where(
            "identity_number",
            "found.holder_id IS NULL OR found.holder_id <> account.holder_id",
            _("This account is on record with the holder: {}"),
            source=ON_RECORD,
            told="holder.name",
        )
        staging.fault_where(
            "house_number",
            "found.premises_id IS NULL OR found.premises_id <> account.premises_id",
            _("This account is on record at: {}"),
            source=ON_RECORD,
            told="place.address",
        )
        for name, record in COMPARED.items():
            staging.fault_where(
                name,
                f"found.{name} IS NOT NULL AND ({record} IS NULL OR found.{name} <> {record})",
                _("The account on record has: {}"),
                source=ON_RECORD,
                told=record,
            )

    def counts(self, staging: Staging) -> list[tuple[str, int]]:
        good = "SELECT count(*) FROM import_good WHERE account_id IS"
        return [
            (_("new accounts"), staging.count(f"{good} NULL")),
            (_("unchanged"), staging.count(f"{good} NOT NULL")),
        ]

    def apply(self, staging: Staging, *, by: AbstractBaseUser, reason: str) -> None:
        latest = {model: staging.count(f"SELECT COALESCE(max(id), 0) FROM {table(model)}") for model in self.tables}
        new = "import_good WHERE account_id IS NULL"
        staging.insert(
            Customer,
            {
                "kind": "CASE WHEN max(identity_kind) = 'credit_code' THEN 'organisation' ELSE 'individual' END",
                "name": "max(holder_name)",
                "identity_kind": "max(identity_kind)",
                "identity_number": "identity_number",
                "telephone": "max(telephone)",
                "second_telephone": "COALESCE(max(second_telephone), '')",
                **dict.fromkeys(("legal_representative", "bank", "bank_account", "address"), "''"),
            },
            f"{new} AND holder_id IS NULL GROUP BY {_identity()}, identity_number",
        )
        staging.insert(
            Premises,
            {
                "district": "district",
                "road": "road",
                "lane": "COALESCE(lane, '')",
                "number": "house_number",
                "room": "COALESCE(room, '')",
                "address": "district || road || COALESCE(lane, '') || house_number || COALESCE(room, '')",
            },
            f"{new} AND premises_id IS NULL"
            " GROUP BY district, road, COALESCE(lane, ''), house_number, COALESCE(room, '')",
        )
        staging.insert(
            Meter,
            {
                "number": "meter_number",
                "calibre": "calibre",
                "installed_on": "installed_on",
                "removed_on": "NULL",
                "first_reading": "first_reading",
                "digits": f"CASE WHEN first_reading < 100000 THEN {DIGITS} ELSE {MOST_DIGITS} END",
                **dict.fromkeys(("maker_number", "model", "position"), "''"),
            },
            f"{new} AND meter_number IS NOT NULL",
        )
        staging.insert(
            MeterAccount,
            {
                "number": "good.number",
                "holder_id": "holder.id",
                "premises_id": "place.id",
                "meter_id": "meter.id",
                "kind_of_use": "good.kind_of_use",
                "cycle": "good.cycle",
                "status": "COALESCE(good.status, 'active')",
                "book_id": "good.book_id",
                "order_in_book": "good.order_in_book",
                "opened_on": "good.opened_on",
                "filed_at": "NULL",
                "closed_on": "good.closed_on",
                "invoice_title": "COALESCE(good.invoice_title, '')",
                "tax_number": "COALESCE(good.tax_number, '')",
                "household_size": "good.household_size",
                "household_proof": "COALESCE(good.household_proof, '')",
            },
            NEW_ACCOUNTS,
        )
        staging.insert(
            Tenure,
            {
                "account_id": "account.id",
                "customer_id": "account.holder_id",
                "since": "account.opened_on",
                "until": "account.closed_on",
                "opening_reading": "COALESCE(good.first_reading, 0)",
                "closing_reading": "good.closing_reading",
            },
            "import_good AS good JOIN accounts_meteraccount AS account ON account.number = good.number"
            " WHERE good.account_id IS NULL AND account.status <> 'pending'",
        )
        for model, highest in latest.items():
            record_new(staging, model, above=highest, by=by, reason=reason)
        longest = f"SELECT COALESCE(max(CAST(number AS bigint)), 0) FROM {new} AND length(number) = %s"
        go_on_after(NUMBER_SERIES, staging.count(longest, [NUMBER_WIDTH]))


def table(model: type[models.Model]) -> str:
    """The name of a model's table."""
    return model._meta.db_table


def record_new(staging: Staging, model: Any, *, above: int, by: AbstractBaseUser, reason: str) -> None:
    """A history entry for each row with a primary key above one: what a save of each would have written."""
    history = model.history.model
    tracked = ", ".join(field.column for field in history.tracked_fields)
    staging.run(
        f"INSERT INTO {table(history)} ({tracked}, history_date, history_type, history_user_id, history_change_reason)"
        f" SELECT {tracked}, %s, '+', %s, %s FROM {table(model)} WHERE id > %s",
        [timezone.now(), by.pk, reason, above],
    )
