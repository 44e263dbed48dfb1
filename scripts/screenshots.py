"""Takes the pictures of docs/screenshots/: a fresh demo utility, served as `make run` serves it, seen in Chromium."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "screenshots"
PHONE = {"width": 390, "height": 844}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(DEBUG="on", VAR_DIR=folder, DJANGO_SETTINGS_MODULE="waterservice.settings")
        os.environ.pop("DATABASE_URL", None)
        sys.path.insert(0, str(ROOT))
        manage("migrate", "--verbosity", "0")
        manage("demo")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        server = subprocess.Popen(
            [sys.executable, "manage.py", "runserver", f"127.0.0.1:{port}", "--noreload"], cwd=ROOT
        )
        try:
            take(f"http://127.0.0.1:{port}", Path(folder))
        finally:
            server.terminate()
            server.wait()


def manage(*command: str) -> None:
    subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, check=True)


def wait_for(address: str) -> None:
    for _attempt in range(60):
        try:
            urllib.request.urlopen(f"{address}/sign-in/")  # noqa: S310 our own server on this machine
        except OSError:
            time.sleep(0.5)
        else:
            return
    raise SystemExit("The server did not start.")


def take(address: str, folder: Path) -> None:
    import django

    django.setup()
    from playwright.sync_api import Page, sync_playwright

    from accounts.roles import Role
    from applications.demo import people
    from applications.models import Application
    from applications.stages import Stage
    from tests import chromium

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    wait_for(address)
    TARGET.mkdir(parents=True, exist_ok=True)

    def case_at(stage: Stage) -> Application:
        return Application.objects.filter(stage=stage).order_by("pk")[0]

    def sign_in(page: Page, role: Role) -> None:
        page.context.clear_cookies()
        page.goto(f"{address}/sign-in/")
        page.fill("[name=username]", people.member(role).username)
        page.fill("[name=password]", people.PASSWORD)
        page.click("main button")
        page.wait_for_load_state("networkidle")

    def surveyed_over_a_holiday() -> Application:
        """The case whose survey ran over a holiday and a make-up day and then waited for the applicant."""
        waited = Application.objects.filter(suspensions__kind="other", clocks__stage=Stage.SURVEY).order_by("pk")
        return waited[0] if waited else case_at(Stage.SURVEY)

    def shoot(page: Page, name: str, path: str, *, full: bool = False, at: str = "") -> None:
        page.goto(f"{address}{path}")
        page.wait_for_load_state("networkidle")
        if at:
            page.locator("h3", has_text=at).first.evaluate("heading => heading.scrollIntoView({behavior: 'instant'})")
        page.screenshot(path=TARGET / f"{name}.png", full_page=full)

    with sync_playwright() as playwright:
        browser = chromium.launch(playwright, folder)
        page = browser.new_context(**chromium.COUNTER_SCREEN).new_page()
        sign_in(page, Role.ADMINISTRATOR)
        shoot(page, "calendar", "/calendar/", full=True)
        sign_in(page, Role.DEPUTY_GENERAL_MANAGER)
        shoot(page, "statistics", "/statistics/", full=True)
        shoot(page, "overview", "/overview/", full=True)
        sign_in(page, Role.COUNTER_CLERK)
        shoot(page, "home", "/")
        shoot(page, "intake", "/cases/new/")
        supply = case_at(Stage.SUPPLY_AGREEMENT)
        shoot(page, "case", supply.get_absolute_url())
        shoot(page, "papers", f"{supply.get_absolute_url()}?tab=papers")
        shoot(page, "route", f"{supply.get_absolute_url()}?tab=route", full=True)
        sign_in(page, Role.RESPONSIBLE_LEADER)
        shoot(page, "approvals", "/approvals/")
        sign_in(page, Role.CASHIER)
        shoot(page, "money", f"{case_at(Stage.WATER_ON).get_absolute_url()}?tab=money")
        sign_in(page, Role.DESIGNER)
        shoot(page, "budget", f"{case_at(Stage.BUDGET).get_absolute_url()}tasks/save_budget/")
        shoot(page, "time", f"{surveyed_over_a_holiday().get_absolute_url()}?tab=time", at=str(Stage.SURVEY.label))
        page.set_viewport_size(PHONE)
        shoot(page, "phone", case_at(Stage.SURVEY).get_absolute_url())
        browser.close()
    paper = case_at(Stage.WATER_ON).papers.filter(kind="supply_agreement").latest("version")
    picture = TARGET / "agreement"
    subprocess.run(
        ["pdftoppm", "-png", "-r", "70", "-f", "1", "-l", "1", "-singlefile", paper.file.file.path, str(picture)],
        check=True,
    )


if __name__ == "__main__":
    main()
