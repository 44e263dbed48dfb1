"""A list of paper files: every row read by the same forms and tried as the duty manager's signature would.

Nothing is entered unless every row is without fault; what is entered then waits for the duty manager.
"""

import csv
import hashlib
import os
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from applications.engine.doors import errors_by_field
from applications.forms.base import LineTableField
from applications.models import Takeover
from applications.stages import Stage
from applications.takeover import signing
from applications.takeover.columns import FileColumn, columns_of, matched, shown_in_lists
from applications.takeover.reading import Stated, read
from waterservice.files import accept_upload, store_upload
from waterservice.imports.tables import open_table
from waterservice.models import StoredFile
from waterservice.text import without_invisible

TOLD_EVERY = 50
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class CellFault:
    """What is wrong in a row: the heading of its column (none, where it concerns the whole row) and why."""

    line: int
    heading: str
    value: str
    reason: str


@dataclass
class Row:
    """One row of the list: what it states by the names of the forms, and the names of its scans."""

    line: int
    stage: Stage | None = None
    data: dict[str, str] = field(default_factory=dict)
    scans: list[tuple[str, str]] = field(default_factory=list)
    faults: list[CellFault] = field(default_factory=list)


@dataclass(frozen=True)
class Outcome:
    rows: int
    faults: list[CellFault]
    entered: int


class CaseList:
    """A list of paper files of one kind, with the folder in which its scans lie."""

    def __init__(self, kind: str, path: Path, scans: Path) -> None:
        self.kind, self.path, self.folder = kind, path, scans
        self.columns = columns_of(kind)
        self.headings = {column.key: column.chinese for column in self.columns}

    def load(self, *, by: User, apply: bool, tell: Callable[[str], None]) -> Outcome:
        """Check every row; enter them all if none has a fault and they shall be. Raises TableError."""
        rows, faults = self._read()
        if faults:
            return Outcome(len(rows), faults, 0)
        with transaction.atomic():
            for count, row in enumerate(rows, start=1):
                faults += self._try(row, by)
                if count % TOLD_EVERY == 0:
                    tell(_("{count} of {rows} rows checked").format(count=count, rows=len(rows)))
            transaction.set_rollback(True)
        if faults or not apply:
            return Outcome(len(rows), faults, 0)
        with transaction.atomic():
            for row in rows:
                self._enter(row, by, store_upload)
        return Outcome(len(rows), [], len(rows))

    # -- reading -----------------------------------------------------------------------------------

    def _read(self) -> tuple[list[Row], list[CellFault]]:
        with open_table(self.path) as table:
            found, wrong = matched(self.columns, table.headings)
            if wrong:
                return [], [CellFault(1, "", "", words) for words in wrong]
            rows = [self._row(line, cells, found) for line, cells in table.rows]
        return rows, [fault for row in rows for fault in row.faults]

    def _row(self, line: int, cells: list[str], columns: list[FileColumn | None]) -> Row:
        row = Row(line)
        for column, cell in zip(columns, cells, strict=False):
            if column is None or not cell.strip():
                continue
            try:
                said = column.read(cell)
            except ValidationError as fault:
                self._fault(row, column.key, cell, " ".join(fault.messages))
                continue
            if column.key == "stage":
                row.stage = Stage(said)
            elif column.key.startswith("scan-"):
                row.scans.append((column.key.removeprefix("scan-"), said))
            else:
                row.data[column.key] = said
        if row.stage is None:
            if not any(fault.heading == self.headings["stage"] for fault in row.faults):
                self._fault(row, "stage", "", _("This field is required."))
        else:
            self._check(row, row.stage)
        return row

    def _fault(self, row: Row, key: str, value: str, reason: str) -> None:
        shown = without_invisible(value)[:200]
        row.faults.append(CellFault(row.line, self.headings.get(key, ""), shown, reason))

    def _check(self, row: Row, stage: Stage) -> None:
        """What the forms find wrong or missing, and what is said of a stage that the file has not reached."""
        wrong = {fault.heading for fault in row.faults}
        stated = read(self.kind, stage, row.data, strict=True)
        for fault in stated.faults:
            if not self._is_table(stated, fault.key) and self.headings.get(fault.key, "") not in wrong:
                self._fault(row, fault.key, row.data.get(fault.key, ""), fault.message)
        for key, message in _faults_in_tables(stated, row.data):
            if self.headings[key] not in wrong:
                self._fault(row, key, row.data.get(key, ""), message)
        for column in self.columns:
            if column.key in row.data and column.stage is not None and column.stage not in stated.sections:
                words = _("At “{stage}” the file cannot say this yet.").format(stage=stage.label)
                self._fault(row, column.key, row.data[column.key], words)
        for about, name in row.scans:
            try:
                self._upload(name)
            except ValidationError as fault:
                self._fault(row, f"scan-{about}", name, " ".join(fault.messages))

    @staticmethod
    def _is_table(stated: Stated, key: str) -> bool:
        return any(
            form.add_prefix(name) == key
            for form in stated.sections.values()
            for name, cell in form.fields.items()
            if isinstance(cell, LineTableField)
        )

    def _upload(self, name: str) -> UploadedFile:
        """The scan of that name in the folder, checked. Raises ValidationError."""
        path = self.folder / Path(name).name
        if not path.is_file():
            raise ValidationError(_("There is no file “%(name)s” in the folder of the scans."), params={"name": name})
        upload = SimpleUploadedFile(path.name, path.read_bytes())
        accept_upload(upload)
        return upload

    # -- trying and entering -----------------------------------------------------------------------

    def _try(self, row: Row, by: User) -> Iterator[CellFault]:
        """Enter a row and try the signature: what stands in the way, by column where one is to blame."""
        try:
            with transaction.atomic():
                takeover = self._enter(row, by, stand_in)
        except ValidationError as fault:
            for name, messages in errors_by_field(fault).items():
                for message in messages:
                    yield CellFault(row.line, self.headings.get(name, ""), row.data.get(name, ""), message)
            return
        for reason in signing.trial(takeover, by=by):
            yield CellFault(row.line, "", "", str(reason))

    def _enter(self, row: Row, by: User, store: Callable[..., StoredFile]) -> Takeover:
        assert row.stage is not None
        scans = [(about, self._upload(name)) for about, name in row.scans]
        return signing.enter(by=by, kind=self.kind, stage=row.stage, data=row.data, scans=scans, store=store)


def stand_in(upload: UploadedFile, *, by: User) -> StoredFile:
    """A scan while a list is only checked: its row, rolled back later, and no file."""
    accepted = accept_upload(upload)
    stored = StoredFile(
        file=f"check/{uuid.uuid4().hex}",
        original_name=accepted.name,
        content_type=accepted.content_type,
        size=len(accepted.content),
        sha256=hashlib.sha256(accepted.content).hexdigest(),
        created_by_id=by.pk,
    )
    stored.save()
    return stored


def _faults_in_tables(stated: Stated, data: dict[str, str]) -> Iterator[tuple[str, str]]:
    """What is wrong in the cells of numbered groups of columns, each by its own name."""
    for form in stated.sections.values():
        for name, table in form.fields.items():
            if not isinstance(table, LineTableField):
                continue
            prefix = form.add_prefix(name)
            places = sorted({int(key[len(prefix) + 1 :].split("-")[0]) for key in data if key.startswith(f"{prefix}-")})
            for place in places:
                cells: dict[str, Any] = {
                    column: data.get(f"{prefix}-{place}-{column}", "") for column in table.row_form.base_fields
                }
                for column, messages in table.row_form(cells).errors.items():
                    for message in messages:
                        yield f"{prefix}-{place}-{column}", str(message)


def write_faults(faults: list[CellFault], path: Path) -> None:
    """All faults by row and column as CSV that Excel opens; readable by its owner alone."""
    private = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(private, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([_("row"), _("column"), _("value"), _("reason")])
        for fault in faults:
            texts = (fault.heading, fault.value, fault.reason)
            writer.writerow([fault.line, *(f"'{text}" if text.startswith(FORMULA_STARTS) else text for text in texts)])


def write_template(kind: str, path: Path) -> None:
    """An empty list with the Chinese headings, to be filled in."""
    headings = [column.chinese for column in columns_of(kind) if shown_in_lists(column)]
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerow(headings)
