"""Accounts of an existing system: every fault is named, nothing is half loaded, loading again changes nothing."""

import os
import signal
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from openpyxl import Workbook

from accounts import services
from accounts.models import Customer, Meter, MeterAccount, Office, Premises, ReadingBook, Tenure, User
from applications.tour.cast import CREDIT_CODE
from tests.imports import Load, an_account, as_csv, identity
from waterservice.imports import run, staging

ROOT = Path(__file__).resolve().parents[2]
CLOSED = {"状态": "销户", "销户日期": "2025-12-31", "销户抄码": "120"}
MODELS: list[Any] = [Customer, Premises, Meter, MeterAccount, Tenure]
pytestmark = pytest.mark.django_db


def rows() -> list[int]:
    return [model.objects.count() for model in MODELS]


@pytest.mark.embedded
def test_accounts_are_loaded_with_holder_place_meter_tenure_and_history(load: Load, loader: User) -> None:
    told = load("import_accounts", [an_account(1), an_account(2, 备用电话="010-87654321", 发票抬头="某公司")])
    assert (told.code, told.faults) == (0, [])
    assert "new accounts: 2" in told.words
    account = MeterAccount.objects.select_related("holder", "premises", "meter").get(number="00000002")
    assert (account.status, account.opened_on, account.invoice_title) == ("active", date(2020, 1, 2), "某公司")
    assert (account.holder.identity_number, account.holder.second_telephone) == (identity(2), "010-87654321")
    assert account.premises.address == "测试区测试路2号101室"
    assert account.meter is not None
    assert (account.meter.number, account.meter.first_reading) == ("M000002", 5)
    tenure = account.tenures.get()
    assert (tenure.customer, tenure.since, tenure.opening_reading) == (account.holder, date(2020, 1, 2), 5)
    for row in (account, account.holder, account.premises, account.meter, tenure):
        entry = row.history.get()
        assert (entry.history_type, entry.history_user, entry.history_change_reason) == (
            "+",
            loader,
            "import of file.csv",
        )
        assert entry.instance == row
        for field in row._meta.concrete_fields:
            assert getattr(entry, field.attname) == getattr(row, field.attname)


@pytest.mark.embedded
def test_what_was_loaded_satisfies_the_models_own_checks(load: Load) -> None:
    load("import_accounts", [an_account(1), an_account(2, **CLOSED)])
    for model in MODELS:
        for row in model.objects.all():
            row.full_clean()


@pytest.mark.embedded
def test_a_closed_account_comes_with_the_end_of_its_tenure(load: Load) -> None:
    assert load("import_accounts", [an_account(1, **CLOSED)]).faults == []
    tenure = Tenure.objects.get()
    assert (tenure.until, tenure.closing_reading) == (date(2025, 12, 31), 120)
    assert load("import_accounts", [an_account(1, **CLOSED)]).faults == []
    assert load("import_accounts", [an_account(1, **CLOSED | {"销户抄码": "121"})]).places == [(2, "销户抄码")]


@pytest.mark.embedded
def test_nothing_changes_without_apply(load: Load) -> None:
    told = load("import_accounts", [an_account()], apply=False)
    assert (told.code, rows()) == (0, [0] * 5)
    assert "Nothing was changed" in told.words
    assert "--apply" in told.words


def test_apply_needs_somebody_who_answers_for_it(loader: User, tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(as_csv([an_account()]))
    User.objects.filter(pk=loader.pk).update(is_active=False)
    for by in ([], ["--by", "nobody"], ["--by", "loader"]):
        with pytest.raises(CommandError, match="--by") as refusal:
            call_command("import_accounts", str(path), "--apply", *by)
        assert refusal.value.returncode == 2


@pytest.mark.embedded
def test_loading_the_same_file_again_changes_nothing(load: Load) -> None:
    file = [an_account(1), an_account(2), an_account(3, 状态="待通水", 水表编号="", 口径="", 安装日期="", 表底数="")]
    load("import_accounts", file)
    before = rows(), MeterAccount.history.count()
    told = load("import_accounts", [*file, an_account(4)])
    assert (told.code, told.faults) == (0, [])
    assert "unchanged: 3" in told.words
    assert rows() == [count + 1 for count in before[0]]
    assert MeterAccount.history.count() == before[1] + 1


@pytest.mark.embedded
def test_customers_and_places_on_record_are_used_again(load: Load, loader: User) -> None:
    known = services.register_customer(
        by=loader,
        kind="individual",
        name="测试1",
        identity_kind="resident_id",
        identity_number=identity(1),
        telephone="13800000001",
    )
    same_person = {"户名": "测试1", "证件号码": identity(1).lower(), "联系电话": "13800000001"}
    told = load("import_accounts", [an_account(1), an_account(2, **same_person, 门牌号="1号")])
    assert told.faults == []
    assert {account.holder_id for account in MeterAccount.objects.all()} == {known.pk}
    assert rows() == [1, 1, 2, 2, 2]


@pytest.mark.embedded
def test_one_resident_number_under_two_papers_is_one_holder_and_one_place_in_any_width(
    load: Load, loader: User
) -> None:
    """The household register carries the number of the identity card; １号 is 1号."""
    again = {"户名": "测试1", "证件类型": "户口簿", "证件号码": identity(1), "联系电话": "13800000001"}
    told = load("import_accounts", [an_account(1), an_account(2, **again, 门牌号="１ 号")])
    assert told.faults == []
    assert rows() == [1, 1, 2, 2, 2]
    other = an_account(3, **again | {"户名": "别人", "证件号码": identity(1)})
    assert load("import_accounts", [other]).faults


@pytest.mark.embedded
def test_new_accounts_are_numbered_beyond_the_loaded_ones(load: Load, loader: User) -> None:
    load("import_accounts", [an_account(7), an_account(8, 户号="123456789012"), an_account(9, 户号="900000")])
    opened = services.open_account(
        holder=Customer.objects.all()[0],
        premises=Premises.objects.all()[0],
        kind_of_use="residential",
        cycle="monthly",
        by=loader,
    )
    assert opened.number == "00000008"


def test_an_organisation_is_known_by_its_credit_code(load: Load) -> None:
    firm = {
        "户名": "某某有限公司",
        "证件类型": "统一社会信用代码",
        "证件号码": CREDIT_CODE,
        "用水性质": "非居民",
    }
    assert load("import_accounts", [an_account(1, **firm)]).faults == []
    assert Customer.objects.get().kind == "organisation"


# -- faults, one by one ----------------------------------------------------------------------------------

FAULTS = [
    ({"户号": "12345"}, "户号", "6 to 12 digits"),
    ({"户号": ""}, "户号", "can't be empty"),
    ({"户名": ""}, "户名", "can't be empty"),
    ({"户名": '=HYPERLINK("x")'}, "户名", "formula"),
    ({"户名": "张\u200b三"}, "户名", "invisible"),
    ({"证件类型": "会员卡"}, "证件类型", "Enter one of"),
    ({"证件号码": identity(1)[:-1] + ("1" if identity(1)[-1] != "1" else "2")}, "证件号码", "last character is wrong"),
    ({"证件号码": "110101900101001"}, "证件号码", "15 digits"),
    ({"证件类型": "营业执照"}, "证件号码", "credit code"),
    ({"联系电话": "12345"}, "联系电话", "mobile"),
    ({"联系电话": ""}, "联系电话", "can't be empty"),
    ({"备用电话": "x"}, "备用电话", "mobile"),
    ({"路": ""}, "路", "can't be empty"),
    ({"门牌号": "长" * 31}, "门牌号", "At most 30"),
    ({"用水性质": "桑拿"}, "用水性质", "Enter one of"),
    ({"抄表周期": "每年"}, "抄表周期", "Enter one of"),
    ({"状态": "暂停"}, "状态", "Enter one of"),
    ({"册本号": "没有"}, "册本号", "No reading book"),
    ({"册内序号": "-1"}, "册内序号", "negative"),
    ({"水表编号": "", "口径": "", "安装日期": "", "表底数": ""}, "水表编号", "has a meter"),
    ({"水表编号": "", "口径": "", "安装日期": "", "状态": "待通水"}, "表底数", "names none"),
    ({"口径": "17"}, "口径", "Enter one of"),
    ({"口径": ""}, "口径", "A meter has"),
    ({"安装日期": "2020-13-01"}, "安装日期", "Enter a day"),
    ({"安装日期": "2999-01-01"}, "安装日期", "too far"),
    ({"表底数": "1.5"}, "表底数", "whole number"),
    ({"表底数": "-5"}, "表底数", "negative"),
    ({"开户日期": ""}, "开户日期", "can't be empty"),
    (CLOSED | {"销户日期": ""}, "销户日期", "its last day"),
    (CLOSED | {"销户抄码": ""}, "销户抄码", "its last reading"),
    ({"销户日期": "2024-01-01"}, "销户日期", "Only a closed account"),
    ({"销户抄码": "120"}, "销户抄码", "Only a closed account"),
    (CLOSED | {"销户日期": "2019-01-01"}, "销户日期", "before it was opened"),
    ({"家庭人口": "0", "人口证明": "户口簿"}, "家庭人口", "1 to 99"),
    ({"家庭人口": "6"}, "人口证明", "which paper"),
    ({"户号": "00000001"}, "户号", "Row 2 has the same account number"),
    ({"水表编号": "M000001"}, "水表编号", "Row 2 has the same meter number"),
    ({"证件号码": identity(1), "联系电话": "13800000001"}, "户名", "Row 2 says otherwise"),
    ({"证件号码": identity(1), "户名": "测试1"}, "联系电话", "Row 2 says otherwise"),
]


@pytest.mark.embedded
@pytest.mark.parametrize(("changes", "column", "words"), FAULTS)
def test_one_fault_is_named_and_nothing_is_applied(
    load: Load, changes: dict[str, str], column: str, words: str
) -> None:
    told = load("import_accounts", [an_account(1), an_account(2, **changes)])
    assert told.code == 1
    ((row, heading, value, reason),) = told.faults
    assert (row, heading) == ("3", column)
    assert value.lstrip("'") == "".join(
        sign for sign in changes.get(column, an_account(2).get(column, "")) if sign != "\u200b"
    )
    assert words in reason
    assert column in told.words
    assert rows() == [0] * 5


@pytest.mark.embedded
def test_every_fault_of_a_row_and_of_the_file_is_told_at_once(load: Load) -> None:
    told = load(
        "import_accounts",
        [an_account(1, 户号="x", 联系电话="y"), an_account(2), an_account(2, 水表编号="M9", 口径="1")],
    )
    assert told.places == [(2, "户号"), (2, "联系电话"), (4, "户号"), (4, "口径")]


@pytest.mark.embedded
@pytest.mark.parametrize(
    ("changes", "column", "on_record"),
    [
        ({"用水性质": "非居民"}, "用水性质", "residential"),
        ({"表底数": "6"}, "表底数", "5"),
        ({"开户日期": "2020-01-03"}, "开户日期", "2020-01-02"),
        ({"门牌号": "9号"}, "门牌号", "测试区测试路1号101室"),
        ({"发票抬头": "他人"}, "发票抬头", ""),
        ({"户名": "改名"}, "户名", "测试1"),
        ({"联系电话": "13911111111"}, "联系电话", "13800000001"),
        ({"水表编号": "M777777"}, "水表编号", "M000001"),
        ({"证件号码": identity(77)}, "证件号码", "测试1"),
    ],
)
def test_an_account_on_record_with_other_data_is_a_fault(
    load: Load, changes: dict[str, str], column: str, on_record: str
) -> None:
    load("import_accounts", [an_account(1)])
    told = load("import_accounts", [an_account(1, **changes)])
    assert (told.code, told.places) == (1, [(2, column)])
    assert on_record in told.faults[0][3]


def test_a_meter_on_record_goes_to_no_second_account(load: Load) -> None:
    load("import_accounts", [an_account(1)])
    told = load("import_accounts", [an_account(2, 水表编号="M000001")])
    assert told.places == [(2, "水表编号")]


def test_a_known_reading_book_is_used(load: Load) -> None:
    office = Office.objects.create(code="Y1", name="营业所", kind="business_office")
    book = ReadingBook.objects.create(code="B01", name="一册", cycle="monthly", office=office)
    assert load("import_accounts", [an_account(1, 册本号="B01", 册内序号="12")]).faults == []
    account = MeterAccount.objects.get()
    assert (account.book, account.order_in_book) == (book, 12)


@pytest.mark.embedded
def test_skip_faulty_loads_the_rest_and_the_mended_file_loads_later(load: Load) -> None:
    bad = an_account(2, 联系电话="?")
    told = load("import_accounts", [an_account(1), bad, an_account(3)], "--skip-faulty")
    assert (told.code, told.places) == (1, [(3, "联系电话")])
    assert MeterAccount.objects.count() == 2
    told = load("import_accounts", [an_account(1), an_account(2), an_account(3)])
    assert (told.code, MeterAccount.objects.count()) == (0, 3)


# -- the file as a whole ---------------------------------------------------------------------------------


@pytest.mark.embedded
@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        (as_csv([an_account()]).replace("户名".encode(), "姓 氏".encode()), 1, "not known"),
        (as_csv([{"户号": "00000001"}]), 1, "missing"),
        (as_csv([an_account()]).split(b"\r\n")[0], 1, "no rows"),
        (as_csv([an_account()]).replace(b"2020-01-02", b"2020-01-02,more"), 2, "more cells"),
        (as_csv([an_account(1), an_account(2)]) + b'00000003,"', 4, "pairs"),
        (as_csv([an_account(1)]) + b"\xff\xff\r\n", 3, "neither UTF-8 nor GBK"),
    ],
)
def test_faults_of_the_file_itself_apply_nothing(load: Load, content: bytes, line: int, words: str) -> None:
    told = load("import_accounts", content, "--skip-faulty")
    assert told.code == 1
    assert any(
        row == line and words in fault[3] for (row, _column), fault in zip(told.places, told.faults, strict=True)
    )
    assert MeterAccount.objects.count() == 0


def test_a_file_cut_off_in_the_middle_is_not_loaded_as_far_as_it_goes(load: Load) -> None:
    content = as_csv([an_account(1), an_account(2)])
    told = load("import_accounts", content[: content.index(b"00000002") + 20], "--skip-faulty")
    assert told.code == 1
    assert MeterAccount.objects.count() <= 1  # the cut row itself is faulty


def test_no_more_rows_than_a_file_may_have(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "MOST_ROWS", 2)
    told = load("import_accounts", [an_account(n) for n in (1, 2, 3)], "--skip-faulty")
    assert (told.code, MeterAccount.objects.count()) == (1, 0)
    assert "Split it" in told.faults[0][3]


@pytest.mark.embedded
def test_a_workbook_is_read_like_csv(load: Load, tmp_path: Path) -> None:
    book = Workbook()
    row = an_account(1)
    book.active.append(list(row))
    book.active.append(
        [{"口径": 15, "安装日期": date(2020, 1, 1), "表底数": 5}.get(name, cell) for name, cell in row.items()]
    )
    path = tmp_path / "accounts.xlsx"
    book.save(path)
    assert load("import_accounts", path).faults == []
    assert MeterAccount.objects.get().meter is not None
    book.active.cell(2, 1).value = 123456
    book.save(path)
    told = load("import_accounts", path)
    assert "leading zeros" in told.faults[0][3]


def test_the_faults_are_for_excel_and_for_their_owner_alone(load: Load, tmp_path: Path) -> None:
    load("import_accounts", [an_account(1, 户名="=1+1")])
    path = tmp_path / "file.csv.faults.csv"
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert path.stat().st_mode & 0o777 == 0o600
    assert ",'=1+1," in path.read_text("utf-8-sig")


def test_the_faults_never_go_into_the_file_itself(load: Load, tmp_path: Path) -> None:
    told = load("import_accounts", [an_account(1)], "--faults", str(tmp_path / "file.csv"))
    assert told.code == 2
    assert MeterAccount.objects.count() == 0


def test_progress_is_told_while_rows_are_read(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "LOOKED_EVERY", 1)
    monkeypatch.setattr(run, "TOLD_EVERY", 0)
    told = load("import_accounts", [an_account(n) for n in range(1, 4)])
    assert "2 rows" in told.progress
    assert "rows/s" in told.progress


@pytest.mark.embedded
def test_stopped_at_any_moment_all_or_nothing_is_loaded(
    ctrl_c: None, load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C before each statement in turn; what it says at the end is what the database holds."""
    real, seen, stop_at = staging.Staging.run, 0, 0

    def stopped(self: Any, *args: Any) -> Any:
        nonlocal seen
        seen += 1
        if seen == stop_at:
            signal.raise_signal(signal.SIGINT)
        return real(self, *args)

    monkeypatch.setattr(staging.Staging, "run", stopped)
    while True:
        seen, stop_at = 0, stop_at + 1
        told = load("import_accounts", [an_account(1)])
        if told.code == 0:
            break
        assert (told.code, rows()) == (130, [0] * 5)
        assert "Nothing was changed" in told.words
    assert rows() == [1] * 5
    assert "Applied" in told.words
    assert stop_at > 40


def test_the_columns_are_documented_as_the_command_prints_them(capsys: pytest.CaptureFixture[str]) -> None:
    told = (ROOT / "docs" / "imports.md").read_text(encoding="utf-8")
    for command in ("import_accounts", "import_bills"):
        call_command(command, "--columns")
        assert capsys.readouterr().out.strip() in told


def test_no_file_is_no_import(tmp_path: Path) -> None:
    for arguments in ([], [str(tmp_path / "none.csv")], [os.devnull]):
        with pytest.raises(CommandError) as refusal:
            call_command("import_accounts", *arguments)
        assert refusal.value.returncode == 2
