"""A platform's pages, on an origin of their own, for tests of the widget: good ones and bad ones."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from types import MappingProxyType
from typing import Final

_PAGE: Final = """<!doctype html>
<html lang="fr"><head><meta charset="utf-8"><title>{title}</title><link rel="icon" href="data:,"></head>
<body><main><h1>{title}</h1><button type="button" id="own">Autre chose</button></main>
{script}</body></html>
"""


class HostPages:
    """What each path answers; `origin` is where."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.pages: dict[str, str] = {"/ailleurs": _PAGE.format(title="Ailleurs", script="")}

    def hold(self, path: str, service: str, options: Mapping[str, str], *, token: str | None, calls: str = "") -> str:
        """A page that boots the widget of the service at this address with these options; returns its address. `token`:
        what it gives, null where nobody is signed in; `calls`: what it does before the loader is there."""
        script = f"""<script>
            window.Pli = function () {{ (window.Pli.q = window.Pli.q || []).push(arguments) }};
            {calls}
            window.Pli('boot', {{ ...{json.dumps(dict(options))}, token: () => {json.dumps(token)} }});
            window.Pli('show');
        </script><script async src="{service}/widget/loader.js"></script>"""
        self.pages[path] = _PAGE.format(title="Annonce", script=script)
        return f"{self.origin}{path}"


@contextlib.asynccontextmanager
async def host_pages(headers: Mapping[str, str] = MappingProxyType({})) -> AsyncIterator[HostPages]:
    """Serves until it is left."""
    more = "".join(f"{name}: {value}\r\n" for name, value in headers.items())

    open_lines = set[asyncio.StreamWriter]()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_lines.add(writer)
        with contextlib.closing(writer), contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            page = served.pages.get(head.split()[1].decode())
            body = (page or "").encode()
            status = "404 Not Found" if page is None else "200 OK"
            kind = f"content-type: text/html; charset=utf-8\r\ncontent-length: {len(body)}\r\n"
            writer.write(f"HTTP/1.1 {status}\r\n{kind}{more}connection: close\r\n\r\n".encode() + body)
            await writer.drain()
        open_lines.discard(writer)

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    served = HostPages(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    async with server:
        yield served
    await asyncio.sleep(0)  # who came in the last moment begins
    for line in open_lines:  # a browser opens some before it has anything to ask
        line.close()
