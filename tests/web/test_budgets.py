"""What a browser fetches before a page of the web client can be used, packed as the service sends it."""

import gzip
import re

import pytest

from messaging import web

pytestmark = [pytest.mark.slow, pytest.mark.browser]

FILE = re.compile(r'(?:src|href)="/(assets/[^"]+\.(?:js|css))"')
IMPORT = re.compile(r'(?:from|import)\s*["`]\./([\w.-]+\.js)["`]')


@pytest.mark.parametrize(("page", "bytes_max"), [("inbox.html", 150_000), ("widget.html", 100_000)])
def test_a_page_boots_within_its_budget(page: str, bytes_max: int) -> None:
    """What is loaded later (`import()`) does not count: the cryptography of keys and the word list."""
    open_files = FILE.findall((web.STATIC / page).read_text(encoding="utf-8"))
    assert open_files, "the page loads nothing"
    fetched: dict[str, int] = {}
    while open_files:
        name = open_files.pop()
        if name in fetched:
            continue
        content = (web.STATIC / name).read_bytes()
        fetched[name] = len(gzip.compress(content, mtime=0))
        if name.endswith(".js"):
            open_files += [f"assets/{each}" for each in IMPORT.findall(content.decode())]
    assert sum(fetched.values()) <= bytes_max, fetched
