"""The web client's addresses: what is served, what is not, and under which headers."""

import gzip
import os
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from messaging.http.pages import Pages, read_files

HASHED = "assets/inbox-1a2b3c4d.js"
BUILT = {
    "inbox.html": "<!doctype html><title>Boîte</title>" + " " * 2_000,
    "console.html": "<!doctype html><title>Modération</title>",
    "widget.html": "<!doctype html><title>Pli</title>",
    "figures.html": "<!doctype html><title>Chiffres</title>",
    "loader.js": "Pli();",
    "inbox/sw.js": "self;",
    "inbox/manifest.webmanifest": "{}",
    HASHED: "export {};" * 300,
    "assets/font-5e6f.woff2": "font",
    "assets/notes.md": "not for the web",
    ".vite/manifest.json": "{}",
}
EMBEDDER = "https://www.example.org"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "secret.js").write_text("stamp key")
    static = tmp_path / "static"
    for name, text in BUILT.items():
        (static / name).parent.mkdir(parents=True, exist_ok=True)
        (static / name).write_text(text)
    (static / "assets" / "link.js").symlink_to(tmp_path / "secret.js")
    return static


def client_of(folder: Path, *, embed: tuple[str, ...] = (EMBEDDER,), asked: tuple[str, ...] = ()) -> httpx.AsyncClient:
    pages = Pages(read_files(folder), public_url="https://messages.example.org", embed_origins=embed, asked=asked)
    app = Starlette(routes=list(pages.routes()))
    app.router.redirect_slashes = False
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://messages.example.org")


@pytest.fixture
async def client(folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(folder) as made:
        yield made


def policy(answer: httpx.Response) -> dict[str, str]:
    directives = (each.partition(" ") for each in answer.headers["content-security-policy"].split("; "))
    return {name: value for name, _, value in directives}


async def test_the_page_of_figures_asks_this_service_alone_and_nobody_frames_it(folder: Path) -> None:
    async with client_of(folder, asked=("https://www.example.org/jeton",)) as client:
        answer = await client.get("/figures/")
    assert answer.text == BUILT["figures.html"]
    said = policy(answer)
    assert (said["connect-src"], said["frame-ancestors"]) == ("'self' wss://messages.example.org", "'none'")
    assert (said["script-src"], said["style-src"], said["default-src"]) == ("'self'", "'self'", "'none'")


@pytest.mark.parametrize("page", ["inbox", "console"])
@pytest.mark.parametrize("path", ["", "fil/0123abcd", "reglages", "a/b/c"])
async def test_the_inbox_and_the_console_are_one_page_each(client: httpx.AsyncClient, page: str, path: str) -> None:
    answer = await client.get(f"/{page}/{path}")
    assert answer.text == BUILT[f"{page}.html"]
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    ("path", "kind", "cached"),
    [
        ("/widget/", "text/html; charset=utf-8", "no-cache"),
        ("/widget/loader.js", "text/javascript; charset=utf-8", "public, max-age=600"),
        ("/inbox/sw.js", "text/javascript; charset=utf-8", "no-cache"),
        ("/inbox/manifest.webmanifest", "application/manifest+json", "no-cache"),
        (f"/{HASHED}", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"),
        ("/assets/font-5e6f.woff2", "font/woff2", "public, max-age=31536000, immutable"),
    ],
)
async def test_files_are_what_they_are_and_kept_as_long_as_they_may(
    client: httpx.AsyncClient, path: str, kind: str, cached: str
) -> None:
    answer = await client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == kind
    assert answer.headers["cache-control"] == cached
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_pages_run_our_own_scripts_alone(client: httpx.AsyncClient) -> None:
    for path in ("/inbox/", "/console/", "/widget/", f"/{HASHED}", "/inbox/sw.js"):
        answer = await client.get(path)
        said = policy(answer)
        assert said["default-src"] == "'none'"
        assert said["script-src"] == said["style-src"] == "'self'"
        assert said["require-trusted-types-for"] == "'script'"
        assert said["connect-src"] == "'self' wss://messages.example.org"
        assert said["base-uri"] == said["form-action"] == "'none'"
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert "camera=()" in answer.headers["permissions-policy"]


async def test_only_the_widget_may_be_framed_and_only_by_whom_we_know(folder: Path) -> None:
    async with client_of(folder) as client:
        assert policy(await client.get("/widget/"))["frame-ancestors"] == EMBEDDER
        for page in ("/inbox/", "/console/"):
            assert policy(await client.get(page))["frame-ancestors"] == "'none'"
        assert policy(await client.get("/widget/loader.js"))["frame-ancestors"] == "'none'"
    async with client_of(folder, embed=()) as client:
        assert policy(await client.get("/widget/"))["frame-ancestors"] == "'none'"


async def test_the_inbox_and_the_console_may_ask_the_platform_and_at_two_addresses_only(folder: Path) -> None:
    asked = ("https://www.example.org/jeton", "https://www.example.org/attestation")
    async with client_of(folder, asked=asked) as client:
        allowed = f"'self' wss://messages.example.org {asked[1]} {asked[0]}"
        for page in ("/inbox/", "/console/"):
            assert policy(await client.get(page))["connect-src"] == allowed
        assert policy(await client.get("/widget/"))["connect-src"] == "'self' wss://messages.example.org"


async def test_other_sites_load_the_loader_alone(client: httpx.AsyncClient) -> None:
    assert (await client.get("/widget/loader.js")).headers["cross-origin-resource-policy"] == "cross-origin"
    for path in ("/inbox/", "/inbox/sw.js", f"/{HASHED}"):
        assert (await client.get(path)).headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.hostile
@pytest.mark.parametrize(
    "path",
    [
        "/assets/../../secret.js",
        "/assets/..%2f..%2fsecret.js",
        "/assets/%2e%2e/%2e%2e/secret.js",
        "/assets/..\\..\\secret.js",
        "/assets//etc/passwd",
        "/assets/link.js",
        "/assets/notes.md",
        "/assets/",
        "/assets/inbox.html",
        "/inbox/../../secret.js",
        "/inbox/inbox.html",
        "/console/console.html",
        "/console/sw.js",
        "/inbox/x\0.js",
        "/widget/other.js",
        "/widget",
        "/.vite/manifest.json",
        "/inbox/.vite/manifest.json",
    ],
)
async def test_nothing_else_is_served(client: httpx.AsyncClient, path: str) -> None:
    """As a raw path: a client library would tidy it up."""
    url = httpx.URL("https://messages.example.org", raw_path=path.replace("\0", "%00").encode())
    answer = await client.get(url)
    assert answer.status_code == 404
    assert "stamp key" not in answer.text


async def test_the_address_without_its_slash_leads_on(client: httpx.AsyncClient) -> None:
    for page in ("/inbox", "/console", "/figures"):
        answer = await client.get(page)
        assert (answer.status_code, answer.headers["location"]) == (308, f"{page}/")


async def test_heads_are_those_of_the_file(client: httpx.AsyncClient) -> None:
    got, head = await client.get("/inbox/"), await client.head("/inbox/")
    assert head.status_code == 200
    assert head.headers == got.headers
    assert (await client.post("/inbox/")).status_code == 405


async def test_what_the_browser_has_is_not_sent_again(client: httpx.AsyncClient) -> None:
    first = await client.get("/inbox/")
    again = await client.get("/inbox/", headers={"if-none-match": f'"other", {first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["content-security-policy"] == first.headers["content-security-policy"]
    assert (await client.get("/inbox/", headers={"if-none-match": '"other"'})).status_code == 200


async def test_text_is_packed_for_who_takes_it(client: httpx.AsyncClient) -> None:
    packed = await client.get(f"/{HASHED}", headers={"accept-encoding": "br, gzip;q=0.8"})
    plain = await client.get(f"/{HASHED}", headers={"accept-encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"])
    assert packed.text == plain.text == BUILT[HASHED]
    assert packed.headers["etag"] != plain.headers["etag"]
    assert packed.headers["vary"] == plain.headers["vary"] == "accept-encoding"
    assert "content-encoding" not in (await client.get("/assets/font-5e6f.woff2")).headers


async def test_a_service_without_the_web_client_says_how_to_build_it(tmp_path: Path) -> None:
    async with client_of(tmp_path / "static") as client:
        for path in ("/inbox/", "/widget/", "/widget/loader.js", "/assets/x.js"):
            answer = await client.get(path)
            assert answer.status_code == 404
            assert "make web" in answer.text
            assert answer.headers["cache-control"] == "no-store"


def test_files_are_packed_the_same_each_time(folder: Path) -> None:
    packed = read_files(folder)["inbox.html"].packed
    os.utime(folder / "inbox.html", (1, 1))
    assert packed is not None
    assert read_files(folder)["inbox.html"].packed == packed
    assert gzip.decompress(packed).decode() == BUILT["inbox.html"]
