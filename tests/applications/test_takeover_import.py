"""`manage.py import_cases`: a list of paper files, every fault by row and column, nothing changed unless told."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import translation
from openpyxl import Workbook

from accounts.roles import Role
from applications.models import Application, Takeover
from applications.stages import Stage
from applications.takeover import signing
from applications.takeover.columns import columns_of
from applications.tour import cast
from applications.tour.cast import colleague
from tests.applications.paper_files import ABOUTS, KIND, file_data
from waterservice.models import StoredFile

pytestmark = [pytest.mark.embedded, pytest.mark.usefixtures("db", "plain_papers", "everybody")]


@pytest.fixture(autouse=True)
def _on_a_wednesday_morning() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 10, 21, 2, tzinfo=UTC), tick=True):
        yield


def listed(stage: Stage, **options: Any) -> dict[str, str]:
    """A row as a clerk keeps it: the stage, what was stated, the names of the scans."""
    data = {name: str(value) for name, value in file_data(stage, **options).items()}
    return {"stage": stage.value, **data, **{f"scan-{about}": f"{about}.png" for about in ABOUTS}}


def headings(rows: list[dict[str, str]], language: str) -> dict[str, str]:
    known = {column.key: column for column in columns_of(KIND)}
    used = list(dict.fromkeys(key for row in rows for key in row))
    return {key: getattr(known[key], language) for key in used}


def write(folder: Path, rows: list[dict[str, str]], *, language: str = "chinese", encoding: str = "utf-8") -> Path:
    heads = headings(rows, language)
    path = folder / "cases.csv"
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file)
        writer.writerow(heads.values())
        writer.writerows([row.get(key, "") for key in heads] for row in rows)
    for about in ABOUTS:
        (folder / f"{about}.png").write_bytes(cast.scan(about).read())
    return path


def load(path: Path, *arguments: str) -> str:
    out = StringIO()
    call_command("import_cases", str(path), *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def faults(path: Path, *arguments: str) -> list[dict[str, str]]:
    """The faults that a run reports; it must have changed nothing."""
    with pytest.raises(CommandError, match="Nothing was changed"):
        load(path, "--apply", "--by", "tour.counter_clerk", *arguments)
    assert not Takeover.objects.exists()
    assert not StoredFile.objects.exists()
    assert not Application.objects.exists()
    with path.with_name(f"{path.name}.faults.csv").open(encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("language", "encoding"),
    [("chinese", "utf-8"), ("chinese", "gb18030"), ("english", "utf-8-sig"), ("key", "utf-8")],
)
def test_a_list_is_checked_then_entered_and_waits_for_the_duty_manager(
    tmp_path: Path, language: str, encoding: str
) -> None:
    rows = [
        listed(Stage.CONSTRUCTION, reference="纸1"),
        listed(Stage.WATER_ON, reference="纸2"),
        listed(Stage.DRAFT, reference="纸3"),
    ]
    path = write(tmp_path, rows, language=language, encoding=encoding)
    assert "No faults" in load(path)
    assert not Takeover.objects.exists()
    assert not StoredFile.objects.exists()
    assert "3 paper files wait" in load(path, "--apply", "--by", "tour.counter_clerk")
    assert list(Takeover.objects.order_by("id").values_list("reference", "stage", "status")) == [
        ("纸1", "construction", "asked"),
        ("纸2", "water_on", "asked"),
        ("纸3", "draft", "asked"),
    ]
    for takeover in Takeover.objects.all():
        case = signing.grant(takeover=takeover, by=colleague(Role.DUTY_MANAGER))
        assert case.stage == takeover.stage


def test_words_of_either_language_name_choices_and_days_are_written_in_many_ways(tmp_path: Path) -> None:
    row = listed(Stage.DESIGN) | {
        "stage": "设计方案",
        "kind": "单位用户",
        "kind_of_use": "non-residential",
        "business_premises": "是",
        "calibre": "dn50",
        "survey-road_opening": "否",
        "survey-main_calibre": "DN300",
        "survey-surveyed_on": "2026年4月9日",
        "arrears_check-checked_on": "2026/4/6",
    }
    load(write(tmp_path, [row]), "--apply", "--by", "tour.counter_clerk")
    data = Takeover.objects.get().data
    assert data["kind"] == "organisation"
    assert data["calibre"] == "50"
    assert data["survey-road_opening"] == "False"
    assert data["survey-surveyed_on"] == "2026-04-09"
    assert data["business_premises"] == "on"


def test_an_excel_list_is_taken_too(tmp_path: Path) -> None:
    rows = [listed(Stage.SURVEY)]
    write(tmp_path, rows)
    heads = headings(rows, "chinese")
    book = Workbook()
    assert book.active is not None
    book.active.append(list(heads.values()))
    book.active.append([rows[0][key] for key in heads])
    book.save(tmp_path / "cases.xlsx")
    assert "1 paper files wait" in load(tmp_path / "cases.xlsx", "--apply", "--by", "tour.counter_clerk")


FAULTS: list[tuple[dict[str, str | None], str, str]] = [
    ({"stage": "半路"}, "stage", "Enter one of"),
    ({"stage": None}, "stage", "required"),
    ({"reference": None}, "reference", "required"),
    ({"identity_number": "91999999MA0DEM001D"}, "identity_number", "last character"),
    ({"telephone": "12"}, "telephone", ""),
    ({"calibre": "47"}, "calibre", "Enter one of"),
    ({"business_premises": "vielleicht"}, "business_premises", "yes or no"),
    ({"applied_on": "2026-02-30"}, "applied_on", "Enter a day"),
    ({"arrived_on": "2026-10-22"}, "arrived_on", "has not come yet"),
    ({"accepted_on": None}, "accepted_on", "required"),
    ({"survey-nearest_main": None}, "survey-nearest_main", "required"),
    ({"survey-pressure_mpa": "-1"}, "survey-pressure_mpa", "greater than"),
    ({"survey-pressure_mpa": "NaN"}, "survey-pressure_mpa", "number"),
    ({"survey-surveyed_on": "2026-10-21"}, "survey-surveyed_on", "lies behind"),
    ({"budget-total": "1e9"}, "budget-total", "amount"),
    ({"budget-total": "128000.005"}, "budget-total", "two decimals"),
    ({"budget-total": "127999.99"}, "budget-total", "add up"),
    ({"budget-part_pipe_material": "=SUM(A1)"}, "budget-part_pipe_material", "formula"),
    ({"budget_approval-approved_by": None}, "budget_approval-approved_by", "required"),
    ({"project_fee-payments-0-amount": "-5"}, "project_fee-payments-0-amount", "at least"),
    ({"project_fee-payments-0-method": "贝壳"}, "project_fee-payments-0-method", "Enter one of"),
    ({"project_fee-payments-0-receipt": None}, "project_fee-payments-0-receipt", "required"),
    ({"construction_task-unit": "无此单位"}, "construction_task-unit", "Enter one of"),
    ({"construction_task-ends_on": None}, "construction_task-ends_on", "required"),
    ({"water_on-water_on": "2026-10-01"}, "water_on-water_on", "cannot say this yet"),
    ({"scan-file": "fehlt.png"}, "scan-file", "no file"),
    ({"name": "演示\u202e公司"}, "name", "invisible"),
]


@pytest.mark.parametrize(("change", "column", "words"), FAULTS)
def test_each_fault_is_named_by_row_and_column(
    tmp_path: Path, change: dict[str, str | None], column: str, words: str
) -> None:
    good = listed(Stage.CONSTRUCTION, reference="纸1")
    bad = {key: value for key, value in ({**listed(Stage.CONSTRUCTION, reference="纸2"), **change}).items() if value}
    found = faults(write(tmp_path, [good, bad]))
    chinese = {known.key: known.chinese for known in columns_of(KIND)}
    assert {fault["row"] for fault in found} == {"3"}
    assert [fault for fault in found if fault["column"] == chinese[column] and words in fault["reason"]], found


def test_every_fault_of_every_row_is_told_at_once(tmp_path: Path) -> None:
    rows = [
        {**listed(Stage.CONSTRUCTION, reference="纸1"), "survey-nearest_main": "", "budget-total": "viel"},
        {**listed(Stage.CONSTRUCTION, reference="纸2"), "telephone": "1"},
    ]
    found = faults(write(tmp_path, rows))
    assert [fault["row"] for fault in found] == ["2", "2", "3"]


def test_what_only_the_trial_finds_is_told_by_row(tmp_path: Path) -> None:
    unpaid = {**listed(Stage.CONSTRUCTION, reference="纸1"), "project_fee-payments-0-amount": "1000"}
    found = faults(write(tmp_path, [unpaid]))
    assert {(fault["row"], fault["column"]) for fault in found} == {("2", "")}
    assert all("NC-5" in fault["reason"] for fault in found)


def test_the_same_reference_twice_is_a_fault_of_its_column(tmp_path: Path) -> None:
    rows = [listed(Stage.SURVEY, reference="纸1"), listed(Stage.SURVEY, reference="纸1")]
    (found,) = faults(write(tmp_path, rows))
    assert (found["row"], found["value"]) == ("3", "纸1")
    assert found["column"] == next(column.chinese for column in columns_of(KIND) if column.key == "reference")


def test_a_reference_that_is_entered_already_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, [listed(Stage.SURVEY)])
    load(path, "--apply", "--by", "tour.counter_clerk")
    with pytest.raises(CommandError, match="1 faults"):
        load(path, "--apply", "--by", "tour.counter_clerk")
    assert Takeover.objects.count() == 1


@pytest.mark.parametrize(
    ("heading", "words"), [("天气", "no heading"), ("电话", "no heading"), ("Number of the paper file", "twice")]
)
def test_headings_that_cannot_be_are_named(tmp_path: Path, heading: str, words: str) -> None:
    path = write(tmp_path, [listed(Stage.SURVEY)])
    lines = path.read_text().splitlines()
    path.write_text("\n".join([f"{lines[0]},{heading}", *(f"{line},x" for line in lines[1:])]))
    assert any(words in fault["reason"] for fault in faults(path))


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    row = listed(Stage.SURVEY)
    del row["arrived_on"]
    chinese = next(column.chinese for column in columns_of(KIND) if column.key == "arrived_on")
    assert any(chinese in fault["reason"] for fault in faults(write(tmp_path, [row])))


def test_a_number_of_a_spreadsheet_is_no_account_number(tmp_path: Path) -> None:
    row = listed(Stage.WATER_ON)
    write(tmp_path, [row])
    heads = headings([row], "chinese")
    book = Workbook()
    assert book.active is not None
    book.active.append(list(heads.values()))
    book.active.append([12345678 if key == "supply_agreement-account_number" else row[key] for key in heads])
    book.save(tmp_path / "cases.xlsx")
    (found,) = faults(tmp_path / "cases.xlsx")
    assert "leading zeros" in found["reason"]


@pytest.mark.parametrize(
    "arguments", [("--apply",), ("--apply", "--by", "nobody"), ("--apply", "--by", "tour.designer")]
)
def test_applying_needs_somebody_who_may_enter(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    path = write(tmp_path, [listed(Stage.SURVEY)])
    with pytest.raises(CommandError, match="--by"):
        load(path, *arguments)


def test_the_columns_are_documented_in_two_languages_and_each_is_its_own() -> None:
    columns = columns_of(KIND)
    for language in ("chinese", "english"):
        heads = [getattr(column, language) for column in columns]
        assert len(set(heads)) == len(heads)
    out = StringIO()
    with translation.override("zh-hans"):
        call_command("import_cases", "--columns", stdout=out)
    assert "| 纸质卷宗号 |" in out.getvalue()


def test_the_template_has_the_headings_and_is_read_back(tmp_path: Path) -> None:
    call_command("import_cases", "--template", str(tmp_path / "empty.csv"), stdout=StringIO())
    with (tmp_path / "empty.csv").open(encoding="utf-8-sig") as file:
        (heads,) = list(csv.reader(file))
    known = {column.chinese for column in columns_of(KIND)}
    assert set(heads) <= known
    assert len(heads) > 100
