import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import translation

pytestmark = [pytest.mark.django_db, pytest.mark.embedded]


def lines(*arguments: str) -> list[str]:
    written = StringIO()
    with translation.override("en"):
        call_command("workdays", *arguments, stdout=written)
    return written.getvalue().splitlines()


def test_the_last_line_is_the_due_date() -> None:
    assert lines("2026-09-30", "7") == ["2026-10-15"]
    assert lines("2026-09-30", "7", "--calendar-days") == ["2026-10-08"]


def test_an_explanation_counts_day_by_day() -> None:
    told = lines("2026-09-30", "7", "--explain")
    assert len(told) == 16
    assert told[0].split() == ["2026-10-01", "Thu", "not", "counted", "National", "Day"]
    assert told[9].split() == ["2026-10-10", "Sat", "counted", "Make-up", "day", "for", "National", "Day"]
    assert sum(" counted" in line and "not counted" not in line for line in told) == 7


def test_calendar_days_count_all_and_say_what_moved_the_end() -> None:
    told = lines("2026-09-24", "7", "--calendar-days", "--explain")
    assert told[-1] == "2026-10-08"
    assert told[6].endswith("counted  National Day  the last day is a day off, so the end moves on")
    assert told[7].endswith("not counted  National Day")
    assert told[-2].endswith("not counted  Working day  the next working day: the period ends here")
    assert [line.split()[0] for line in told if "not counted" not in line][:-1] == [
        f"2026-09-{day}" for day in range(25, 31)
    ] + ["2026-10-01"]


def test_an_estimate_says_so() -> None:
    assert lines("2049-05-31", "3")[0].startswith("Provisional")
    assert "(estimated)" in lines("2049-05-31", "3", "--explain")[0]


@pytest.mark.parametrize(
    ("start", "days", "words"),
    [
        ("2026-02-30", "7", "2026-02-30"),
        ("tomorrow", "7", "tomorrow"),
        ("2026-09-30", "0", "1 to 3660 days"),
        ("2026-09-30", "10000", "1 to 3660 days"),
        ("2003-12-31", "7", "covers 2004-01-01"),
        ("2050-12-30", "7", "ends after 2050-12-31"),
        ("2026-09-30", "a week", "a week is no number of days"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(start: str, days: str, words: str) -> None:
    with pytest.raises(CommandError, match=words):
        lines(start, days)


def test_calendar_days_that_end_on_a_working_day_end_there() -> None:
    assert lines("2026-09-07", "3", "--calendar-days", "--explain")[-2].endswith("counted  Working day")


def test_refusals_speak_the_language_of_the_rest() -> None:
    with translation.override("zh-hans"), pytest.raises(CommandError, match="期限"):
        call_command("workdays", "2026-09-30", "0")


def test_a_database_that_holds_nothing_yet_is_no_hindrance(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "manage.py", "workdays", "2026-09-30", "7"],
        cwd=settings.BASE_DIR,
        env={
            **{name: value for name, value in os.environ.items() if name != "DATABASE_URL"},
            "DEBUG": "on",
            "VAR_DIR": str(tmp_path),
            "DJANGO_SETTINGS_MODULE": "waterservice.settings",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (0, "2026-10-15\n")
    assert "migrate" in ran.stderr
    assert "Traceback" not in ran.stderr
