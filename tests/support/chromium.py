"""A real Chromium that opens one page, for tests of what runs in browsers."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

FLAGS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SHELL: Final = "chromium-headless-shell"
"""Chromium without what a person has around a page: it costs a sixth less, and is preferred where it is."""
NAMES: Final = ("chromium", "chromium-browser", "google-chrome")


def has_shell() -> bool:
    return shutil.which(SHELL) is not None


def chromium_path(*, full: bool = False) -> str:
    """Where Chromium is; `scripts/system_packages.sh chromium` installs it. `full`: as people have it, with
    notifications, and with pages that are kept when they are left.
    """
    names = NAMES if full else (SHELL, *NAMES)
    found = next(filter(None, map(shutil.which, names)), None)
    assert found is not None, "no Chromium here: scripts/system_packages.sh chromium"
    return found


@contextmanager
def open_page(url: str, profile: Path) -> Iterator[None]:
    """Has `url` open in a Chromium of its own until the block ends; `profile` is an empty folder. In a full one: the
    shell is started by a script that would be ended alone.
    """
    process = subprocess.Popen(
        [chromium_path(full=True), *FLAGS, f"--user-data-dir={profile}", url],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
