"""Files as they come out of Excel and older systems: encodings, delimiters, workbooks that are refused."""

import re
from datetime import date, datetime
from pathlib import Path
from zipfile import ZipFile

import pytest
from openpyxl import Workbook
from openpyxl.styles import Font

from waterservice.imports import tables
from waterservice.imports.tables import Figure, TableError, open_table


def read(path: Path) -> tuple[str, list[str], list[tuple[int, list[str]]]]:
    with open_table(path) as table:
        return table.written, table.headings, list(table.rows)


def write(folder: Path, content: bytes, name: str = "f.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("encoding", "written"),
    [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("gbk", "GB 18030"), ("gb18030", "GB 18030")],
)
@pytest.mark.parametrize(("delimiter", "word"), [(",", "comma"), (";", "semicolon"), ("\t", "tab")])
def test_encoding_and_delimiter_are_found(
    tmp_path: Path, encoding: str, written: str, delimiter: str, word: str
) -> None:
    text = f'户号{delimiter}户名\r\n00000001{delimiter}"张{delimiter}三"\r\n\r\n00000002{delimiter}李四\r\n'
    told = read(write(tmp_path, text.encode(encoding)))
    assert told == (
        f"{written}, {word}",
        ["户号", "户名"],
        [(2, ["00000001", f"张{delimiter}三"]), (4, ["00000002", "李四"])],
    )


def test_gb_18030_holds_rare_names_that_gbk_does_not(tmp_path: Path) -> None:
    path = write(tmp_path, "户号,户名\n1,㐂𠮷\n".encode("gb18030"))
    assert read(path)[2] == [(2, ["1", "㐂𠮷"])]


def test_text_that_fits_no_encoding_is_refused_by_line(tmp_path: Path) -> None:
    path = write(tmp_path, "户号\n".encode() + b"1\n" * 5 + b"\xff\xff\n")
    with pytest.raises(TableError, match="neither UTF-8 nor GBK") as refusal:
        read(path)
    assert refusal.value.line == 7


def test_utf_8_with_its_mark_never_falls_back_to_gbk(tmp_path: Path) -> None:
    path = write(tmp_path, b"\xef\xbb\xbf" + "户号\n张三\n".encode() + "张三\n".encode("gbk"))
    with pytest.raises(TableError, match="neither"):
        read(path)


def test_a_damaged_utf_8_file_is_not_taken_for_gbk(tmp_path: Path) -> None:
    names = "".join(f"{n},张三丰李四光\n" for n in range(20)).encode()
    path = write(tmp_path, b"number,name\n" + names + "王".encode()[:-1])
    path.read_bytes().decode("gb18030")  # it would pass
    with pytest.raises(TableError, match="neither") as refusal:
        read(path)
    assert refusal.value.line == 22


def test_a_character_may_lie_across_two_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "CHUNK", 5)
    assert read(write(tmp_path, "户号,户名\n1,张三丰\n".encode()))[2] == [(2, ["1", "张三丰"])]
    with pytest.raises(TableError, match="neither"):
        read(write(tmp_path, b"\xef\xbb\xbf" + "户号\n张".encode()[:-1]))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("户号\n1\n".encode("utf-16"), "UTF-16"),
        (b"a,b\n1,\x00\n", "no text"),
        (b"", "empty"),
        (b"\n\n", "empty"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(TableError, match=words):
        read(write(tmp_path, content))


@pytest.mark.parametrize("text", ['a,b\n1,"x\n2,y\n', 'a,b\n1,"x"y\n2,z\n', f"a,b\n1,{'x' * 200_000}\n"])
def test_quotation_marks_that_do_not_match_end_the_reading(tmp_path: Path, text: str) -> None:
    with pytest.raises(TableError, match="pairs"):
        read(write(tmp_path, text.encode()))


@pytest.mark.parametrize("name", ["f.xlsm", "f.xls", "f.ods", "f"])
def test_other_kinds_of_file_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(TableError, match=re.escape(name)):
        read(write(tmp_path, b"PK", name))


# -- workbooks -------------------------------------------------------------------------------------------


def workbook(folder: Path, *rows: list[object], name: str = "f.xlsx") -> Path:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    path = folder / name
    book.save(path)
    return path


def test_cells_of_a_workbook_become_text(tmp_path: Path) -> None:
    path = workbook(
        tmp_path,
        ["户号", "x"],
        ["00000001", 0.1 + 0.2],
        [],
        [12, date(2026, 3, 1)],
        [True, datetime(2026, 3, 1, 12, 30)],  # noqa: DTZ001 a cell has no zone
        ["=A1", "#N/A"],
    )
    written, headings, rows = read(path)
    assert (written, headings) == ("xlsx", ["户号", "x"])
    assert rows == [
        (2, ["00000001", "0.3"]),
        (4, ["12", "2026-03-01"]),
        (5, ["TRUE", "2026-03-01 12:30:00"]),
        (6, ["=A1", "#N/A"]),
    ]
    assert [type(cell) is Figure for cell in (rows[0][1][0], rows[0][1][1], rows[1][1][0], rows[2][1][0])] == [
        False,
        True,
        True,
        True,
    ]


def test_macros_are_refused_whatever_the_file_is_called(tmp_path: Path) -> None:
    path = workbook(tmp_path, ["户号"], ["1"])
    with ZipFile(path, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"macro")
    with pytest.raises(TableError, match="macros"):
        read(path)


def test_a_second_filled_sheet_is_not_passed_over(tmp_path: Path) -> None:
    book = Workbook()
    book.active.append(["户号"])
    second = book.create_sheet("其他")
    second["A1"].font = Font(bold=True)
    path = tmp_path / "f.xlsx"
    book.save(path)
    assert read(path)[1] == ["户号"], "an empty sheet does not matter"
    second.append(["2"])
    book.save(path)
    with pytest.raises(TableError, match="其他"):
        read(path)


def test_an_empty_or_broken_workbook_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="empty"):
        read(workbook(tmp_path))
    with pytest.raises(TableError, match="can't be opened"):
        read(write(tmp_path, b"no zip", "g.xlsx"))
    with ZipFile(tmp_path / "h.xlsx", "w") as archive:
        archive.writestr("hello.txt", "hello")
    with pytest.raises(TableError, match="can't be opened"):
        read(tmp_path / "h.xlsx")


def test_a_workbook_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = workbook(tmp_path, ["户号"], ["1"])
    monkeypatch.setattr(tables, "UNPACKED_MOST", 100)
    with pytest.raises(TableError, match="too large"):
        read(path)
