"""The inbox as an installed application: its manifest, and the pictures that the build draws of its icon."""

import json
import re
import struct
from pathlib import Path

import pytest

from messaging.web import STATIC

pytestmark = [pytest.mark.slow, pytest.mark.browser]

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"


def size_of(address: str) -> str:
    """As a manifest says it."""
    head = (STATIC / address.removeprefix("/")).read_bytes()[:24]
    assert head.startswith(PNG), address
    width, height = struct.unpack(">II", head[16:])
    return f"{width}x{height}"


def test_the_manifest_says_what_a_phone_needs_to_install_the_inbox() -> None:
    manifest = json.loads((STATIC / "inbox" / "manifest.webmanifest").read_text(encoding="utf-8"))
    assert (manifest["start_url"], manifest["scope"], manifest["id"]) == ("/inbox/",) * 3
    assert (manifest["display"], manifest["name"], manifest["lang"]) == ("standalone", "Pli", "fr")
    assert all(re.fullmatch(r"#[0-9a-f]{6}", manifest[each]) for each in ("background_color", "theme_color"))
    icons = manifest["icons"]
    assert {(each["sizes"], each["purpose"]) for each in icons} == {
        (size, purpose) for size in ("192x192", "512x512") for purpose in ("any", "maskable")
    }
    for each in icons:
        assert (each["type"], size_of(each["src"])) == ("image/png", each["sizes"])


def test_the_page_names_its_manifest_and_the_picture_for_an_iphone() -> None:
    page = (STATIC / "inbox.html").read_text(encoding="utf-8")
    links = dict(re.findall(r'<link rel="(apple-touch-icon|manifest)" href="([^"]+)"', page))
    assert links == {"apple-touch-icon": "/inbox/apple-touch-icon.png", "manifest": "/inbox/manifest.webmanifest"}
    assert size_of(links["apple-touch-icon"]) == "180x180"


def test_no_picture_is_checked_in() -> None:
    web = Path(__file__).parents[2] / "clients" / "web"
    assert [each for each in (web / "public").rglob("*") if each.suffix not in {"", ".svg", ".webmanifest"}] == []
