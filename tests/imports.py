"""Files for the import commands, and the commands themselves, as tests use them."""

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Role, RoleAssignment, User
from waterservice.identifiers import resident_check_character

Cells = dict[str, str]
Load = Callable[..., "Told"]


class Told:
    """What a command said, how it ended, and the faults it wrote: (row, column, value, reason)."""

    def __init__(self, code: int, words: str, progress: str, faults: list[list[str]]) -> None:
        self.code, self.words, self.progress, self.faults = code, words, progress, faults

    @property
    def places(self) -> list[tuple[int, str]]:
        return [(int(row), column) for row, column, _value, _reason in self.faults]


def identity(place: int) -> str:
    first = f"99000019800101{place:03d}"
    return first + resident_check_character(first)


def an_account(place: int = 1, **changes: str) -> Cells:
    """A right row of a household's account; `place` makes it another one."""
    return {
        "户号": f"{place:08d}",
        "户名": f"测试{place}",
        "证件类型": "身份证",
        "证件号码": identity(place),
        "联系电话": f"138{place:08d}",
        "区": "测试区",
        "路": "测试路",
        "小区": "",
        "门牌号": f"{place}号",
        "室号": "101",
        "用水性质": "居民",
        "抄表周期": "每月",
        "状态": "",
        "水表编号": f"M{place:06d}",
        "口径": "15",
        "安装日期": "2020-01-01",
        "表底数": "5",
        "开户日期": "2020-01-02",
        **changes,
    }


def a_bill(place: int = 1, month: int = 1, **changes: str) -> Cells:
    """A right row of an unpaid bill of that account: 10 m³, 50.00 yuan, a month of 2026."""
    return {
        "户号": f"{place:08d}",
        "起始日期": f"2026-{month:02d}-01",
        "截止日期": f"2026-{month:02d}-28",
        "上次抄码": f"{10 * month}",
        "本次抄码": f"{10 * month + 10}",
        "用水量": "10",
        "水费": "20.70",
        "水资源费": "15.70",
        "污水处理费": "13.60",
        "应收金额": "50.00",
        "出账日期": f"2026-{month:02d}-28",
        "缴费期限": "",
        "已缴金额": "",
        "缴费日期": "",
        **changes,
    }


def as_csv(rows: Sequence[Cells]) -> bytes:
    written = io.StringIO()
    writer = csv.DictWriter(written, list(dict.fromkeys(name for row in rows for name in row)))
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue().encode("utf-8-sig")


@pytest.fixture
def loader(db: None) -> User:
    """The administrator who answers for an import."""
    user = User.objects.create_user("loader", name="装载员")
    RoleAssignment.objects.create(user=user, role=Role.ADMINISTRATOR)
    return user


@pytest.fixture
def load(loader: User, tmp_path: Path) -> Load:
    """Writes a file of some rows (or its bytes) and runs an import command on it."""

    def run(command: str, content: Sequence[Cells] | bytes | Path, *options: Any, apply: bool = True) -> Told:
        path = content if isinstance(content, Path) else tmp_path / "file.csv"
        if not isinstance(content, Path):
            path.write_bytes(content if isinstance(content, bytes) else as_csv(content))
        out, err, code = io.StringIO(), io.StringIO(), 0
        wanted = ["--apply", "--by", loader.username] if apply else []
        try:
            call_command(command, str(path), *wanted, *options, stdout=out, stderr=err)
        except CommandError as error:
            code = error.returncode
            out.write(str(error))
        kept = path.with_name(f"{path.name}.faults.csv")
        faults = list(csv.reader(io.StringIO(kept.read_text("utf-8-sig"))))[1:] if kept.exists() else []
        return Told(code, out.getvalue(), err.getvalue(), faults)

    return run
