"""Chromium as tests and screenshots use it: the machine's own, with the same Chinese font everywhere."""

import os
import shutil
from pathlib import Path
from xml.sax.saxutils import escape

from django.conf import settings
from playwright.sync_api import Browser, Playwright

ARGUMENTS = [
    "--no-sandbox",  # which refuses to work for root, and tests in a container are root's
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",  # a camera that shows a clock, and nobody who must be asked for it
    "--use-fake-ui-for-media-stream",
]
COUNTER_SCREEN = {
    "locale": "zh-CN",
    "timezone_id": "Asia/Shanghai",
    "viewport": {"width": 1280, "height": 720},
}
# Fonts of the machine, then those that papers are printed with: a server usually has no Chinese one.
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>{fonts}</dir>
  <cachedir>{cache}</cachedir>
  <alias binding="strong"><family>sans-serif</family><prefer><family>Noto Sans SC</family></prefer></alias>
  <alias binding="strong"><family>system-ui</family><prefer><family>Noto Sans SC</family></prefer></alias>
</fontconfig>
"""


def path() -> str | None:
    """The machine's own Chromium or Chrome; None for the one that `playwright install` fetched.

    $CHROMIUM names another. Ubuntu's snap doesn't count: it cannot see the profile Playwright gives it.
    """
    for name in (os.environ.get("CHROMIUM"), "chromium", "google-chrome-stable", "google-chrome"):
        if name and (found := shutil.which(name)) and not found.startswith("/snap/"):
            return found
    return None


def launch(playwright: Playwright, folder: Path) -> Browser:
    """Starts a headless Chromium whose font settings live in `folder`; the caller closes it."""
    configuration = folder / "fonts.conf"
    configuration.write_text(FONTS.format(fonts=escape(str(settings.FONT_DIR)), cache=escape(str(folder))))
    return playwright.chromium.launch(
        executable_path=path(),
        args=ARGUMENTS,
        env={**os.environ, "FONTCONFIG_FILE": str(configuration)},
    )
