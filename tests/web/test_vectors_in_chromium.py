"""Every frozen vector in a real Chromium, from the built bundle, under a policy as strict as the service's."""

import json
import queue
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.support.chromium import open_page
from tests.support.web import run_node

VECTORS = sorted((Path(__file__).parents[1] / "vectors").glob("*.json"))
POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'; img-src data:; require-trusted-types-for 'script'"
WAIT_S = 120
OPENING_MS_MAX = 3
"""What is promised, with the decoding of the case; the page gives the best of several rounds."""


class Page(SimpleHTTPRequestHandler):
    """Serves the bundle and the vectors, and takes the result."""

    def __init__(self, *args: Any, results: "queue.Queue[Any]", **kwargs: Any) -> None:
        self.results = results
        super().__init__(*args, **kwargs)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def do_GET(self) -> None:
        if self.path != "/vectors.json":
            super().do_GET()
            return
        files = "[" + ",".join(path.read_text(encoding="utf-8") for path in VECTORS) + "]"
        self._answer(files.encode())

    def do_POST(self) -> None:
        self.results.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self._answer(b"{}")

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, "queue.Queue[Any]"]]:
    built = tmp_path / "built"
    run_node("src/e2ee/testing/bundle.ts", str(built))
    results: queue.Queue[Any] = queue.Queue()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Page, directory=str(built), results=results))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/browser.html", results
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.slow
@pytest.mark.browser
def test_a_browser_decides_every_vector_as_python_does(served: tuple[str, "queue.Queue[Any]"], tmp_path: Path) -> None:
    url, results = served

    with open_page(url, tmp_path / "profile"):
        found = results.get(timeout=WAIT_S)

    assert found["wrong"] == []
    # Debian's Chromium has a strict Ed25519 of its own: it is used, and what it saves is the reader's time.
    assert found["usesWebCrypto"]
    assert found["openingMs"] <= OPENING_MS_MAX
    assert found["ran"] == sum(len(json.loads(path.read_text(encoding="utf-8"))["cases"]) for path in VECTORS)
