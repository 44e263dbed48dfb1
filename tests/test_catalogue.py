"""The Chinese of the screens: every sentence has its translation, and each fits the sentence that it stands for."""

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import cast

import pytest
from django.conf import settings
from django.db.models import TextChoices
from django.utils import translation

from accounts.roles import OfficeKind, Role
from applications.stages import Kind, Stage

ROOT = Path(settings.BASE_DIR)
CATALOGUE = Path("locale/zh_Hans/LC_MESSAGES/django.po")
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[ds]|\{\w*\}")
LATIN = re.compile(r"[A-Za-z]")


def blocks(path: Path, *options: str) -> list[str]:
    """The entries of a catalogue that fit msgattrib's options, without its header."""
    command = ["msgattrib", "--no-wrap", "--no-obsolete", *options, str(path)]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [block for block in text.split("\n\n") if block.strip() and '\nmsgid ""\nmsgstr ""\n"' not in f"\n{block}"]


def fields(block: str, keyword: str) -> list[str]:
    """What follows `keyword` in an entry: one string, several where plural forms differ, none where it is absent."""
    lines = re.findall(rf'^{keyword}(?:_plural|\[\d\])? (".*"(?:\n".*")*)$', block, re.MULTILINE)
    return ["".join(cast(str, ast.literal_eval(part)) for part in line.split("\n")) for line in lines]


def keys(entries: Iterable[str]) -> set[tuple[str, ...]]:
    return {(*fields(entry, "msgctxt"), *fields(entry, "msgid")) for entry in entries}


def test_every_sentence_is_translated() -> None:
    assert blocks(ROOT / CATALOGUE, "--untranslated") == []


def test_no_translation_is_a_guess() -> None:
    assert blocks(ROOT / CATALOGUE, "--only-fuzzy") == []


def test_translations_keep_the_placeholders() -> None:
    entries = blocks(ROOT / CATALOGUE)
    assert entries
    wrong = [
        entry
        for entry in entries
        if {frozenset(PLACEHOLDER.findall(text)) for text in fields(entry, "msgid")[-1:]}
        != {frozenset(PLACEHOLDER.findall(text)) for text in fields(entry, "msgstr")}
    ]
    assert wrong == []


def test_catalogue_holds_every_sentence_of_the_program(tmp_path: Path) -> None:
    for folder in ROOT.iterdir():
        if folder.name == "templates" or (folder.name != "tests" and (folder / "__init__.py").exists()):
            shutil.copytree(folder, tmp_path / folder.name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "manage.py", tmp_path)
    (tmp_path / CATALOGUE).parent.mkdir(parents=True)
    subprocess.run(
        [sys.executable, "manage.py", "makemessages", "--locale", "zh_Hans", "--no-location"],
        cwd=tmp_path,
        env={
            **os.environ,
            "DEBUG": "on",
            "VAR_DIR": str(tmp_path / "var"),
            "DJANGO_SETTINGS_MODULE": "waterservice.settings",
        },
        check=True,
        capture_output=True,
    )
    collected = keys(blocks(tmp_path / CATALOGUE))
    known = keys(blocks(ROOT / CATALOGUE))
    assert len(collected) > 500
    assert collected - known == set(), "run `make messages` and translate what is new"
    assert known - collected == set(), "run `make messages`: the program no longer says this"


def test_compiled_catalogue_is_that_of_the_source(tmp_path: Path) -> None:
    compiled = tmp_path / "django.mo"
    subprocess.run(["msgfmt", "--check-format", "-o", str(compiled), str(ROOT / CATALOGUE)], check=True)
    assert compiled.read_bytes() == (ROOT / CATALOGUE).with_suffix(".mo").read_bytes(), "run `make setup`"


@pytest.mark.parametrize("choices", [Kind, Stage, Role, OfficeKind])
def test_chinese_names_of_stages_and_roles_are_chinese(choices: type[TextChoices]) -> None:
    with translation.override("zh-hans"):
        labels = [str(label) for label in choices.labels]
    assert [label for label in labels if not label or LATIN.search(label)] == []


def test_chinese_names_of_stages_differ() -> None:
    with translation.override("zh-hans"):
        labels = [str(label) for label in Stage.labels]
    assert len(set(labels)) == len(labels)
