"""What holds for the project as a whole: its packages, its layers, its settings and what it serves."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.db import connection
from django.test import Client
from pytest_django import Settings

ROOT = Path(django_settings.BASE_DIR)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PAGES = [
    path
    for path in [*(ROOT / "templates").rglob("*.html"), *ROOT.glob("*/templates/**/*.html")]
    if "documents" not in path.parts  # papers are printed, no browser's policy holds there
]
PRODUCTION = {
    "PATH": os.environ["PATH"],
    "SECRET_KEY": "Xq3vJ8-yT0mZr5Wb1KcPn7LhFs2Dg9Ea4Uo6Ri_NtYjVwHkBxQm",
    "ALLOWED_HOSTS": "hall.example.cn",
    "DATABASE_URL": "postgres://hall:password@db.example.cn/hall",
    "BEHIND_TLS_PROXY": "on",
}


def manage(*arguments: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Runs manage.py in a process of its own, which sees only this environment."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


# --- packages ---


def test_psycopg2_talks_to_postgresql() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("this run is on SQLite")
    assert connection.Database.__name__ == "psycopg2"
    assert "psycopg" not in sys.modules


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt", "requirements-node.txt"])
def test_python_locks_are_hashed_and_name_no_registry(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    pins = re.findall(r"^[\w.-]+==\S+.*$", text, re.MULTILINE)
    assert pins
    assert all(pin.endswith("\\") for pin in pins), "a pin without hashes"
    assert not re.search(r"https?://|--(extra-)?index-url|--find-links", text)


@pytest.mark.parametrize(
    ("lock", "extras"), [("requirements.txt", ["demo"]), ("requirements-dev.txt", ["demo", "dev"])]
)
def test_lock_holds_every_package_the_project_asks_for(lock: str, extras: list[str]) -> None:
    asked = list(PROJECT["project"]["dependencies"])
    for extra in extras:
        asked += PROJECT["project"]["optional-dependencies"][extra]
    names = {re.split(r"[\[<>=~!; ]", requirement)[0] for requirement in asked}
    pinned = set(re.findall(r"^([\w.-]+)==", (ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE))
    assert names - pinned == set(), "make lock"


def test_npm_lock_is_hashed_and_names_no_registry() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    fetched = [package for name, package in packages.items() if name]
    assert fetched
    assert all(package["integrity"].startswith("sha512-") for package in fetched)
    assert not any("resolved" in package for package in fetched)


# --- layers, migrations, scripts ---


def test_imports_point_down() -> None:
    linter = Path(sys.executable).parent / "lint-imports"
    run = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout


def test_every_app_of_ours_has_its_place_in_the_layers() -> None:
    ours = {app for app in django_settings.INSTALLED_APPS if (ROOT / app).is_dir()}
    layers = " | ".join(PROJECT["tool"]["importlinter"]["contracts"][0]["layers"])
    assert ours == set(layers.split(" | ")) == set(PROJECT["tool"]["mypy"]["packages"])


@pytest.mark.embedded
@pytest.mark.django_db
def test_migrations_are_complete() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.parametrize("script", sorted([*ROOT.glob("scripts/*.sh"), ROOT / ".ci/run"]), ids=lambda p: p.name)
def test_shell_scripts_parse_and_may_be_run(script: Path) -> None:
    subprocess.run(["bash", "-n", script], check=True)
    assert os.access(script, os.X_OK)


# --- settings ---


def test_production_settings_pass_the_deployment_check(tmp_path: Path) -> None:
    run = manage("check", "--deploy", "--fail-level", "WARNING", environment=PRODUCTION | {"VAR_DIR": str(tmp_path)})
    assert run.returncode == 0, run.stderr


def test_another_kind_of_database_is_refused(tmp_path: Path) -> None:
    changed = {"VAR_DIR": str(tmp_path), "DATABASE_URL": "mysql://hall@db.example.cn/hall"}
    run = manage("check", environment=PRODUCTION | changed)
    assert run.returncode != 0
    assert "names a PostgreSQL database" in run.stderr


def test_key_is_drawn_once_and_for_its_owner_only(tmp_path: Path) -> None:
    bare = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path)}
    ask = ("shell", "--no-imports", "-c", "from django.conf import settings; print(settings.SECRET_KEY)")
    keys = {manage(*ask, environment=bare).stdout.strip() for _ in range(2)}
    assert len(keys) == 1
    assert len(keys.pop()) >= 50
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["secret_key"]
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


@pytest.mark.django_db
def test_answers_carry_the_content_security_policy(client: Client) -> None:
    policy = client.get("/").headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


# --- what is served ---


def test_static_files_survive_the_manifest(settings: Settings, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    assert "vendor/tabler.min.css" in (tmp_path / "staticfiles.json").read_text(encoding="utf-8")


def test_pages_name_static_files_and_icons_that_exist() -> None:
    icons = set(json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["icons"])
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for name in re.findall(r"{%\s*static\s+['\"]([^'\"]+)['\"]", text):
            assert finders.find(name), f"{page.relative_to(ROOT)} names {name}"
        for icon in re.findall(r"icons\.svg['\"]\s*%}#([\w-]+)", text):
            assert icon in icons, f"{page.relative_to(ROOT)} shows {icon}: add it to package.json, make setup"


def test_pages_keep_script_and_style_in_files() -> None:
    inline = re.compile(
        r"<style|\sstyle=|\s(?:hx-)?on[a-z:-]+=|<script(?![^>]*\ssrc=)(?![^>]*application/json)",
        re.IGNORECASE,
    )
    faults = [
        f"{page.relative_to(ROOT)}: {fault.group()}"
        for page in PAGES
        for fault in inline.finditer(page.read_text(encoding="utf-8"))
    ]
    assert faults == [], "the content security policy blocks these"


def test_make_run_shows_the_programs_own_pages_of_faults_over_plain_http(tmp_path: Path) -> None:
    """What one sees on one's own machine is what will be served: no English page of Django's for a wrong number."""
    assert "export LOCAL=" in (ROOT / "scripts" / "run.sh").read_text(encoding="utf-8")
    code = "from django.conf import settings as s; print(s.DEBUG, s.SESSION_COOKIE_SECURE, s.ALLOWED_HOSTS)"
    ours = {"LOCAL": "on", "VAR_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "waterservice.settings"}
    said = subprocess.run(
        [sys.executable, "-c", code],
        env={"PATH": os.environ["PATH"], **ours},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.split()[:2] == ["False", "False"]
    assert "127.0.0.1" in said.stdout
