"""The web client: its pages and files, each under the one address that it has, with strict headers.

All files are read once, at start: what is served is what was there then, by its exact address, and no path of a request
is ever looked up in the file system. Their CSP also governs the workers that are made of them.
"""

import gzip
import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from messaging.domain.errors import NotFound
from messaging.http.exchange import problem_response

_TEXT: Final = MappingProxyType(
    {
        ".html": "text/html; charset=utf-8",
        ".js": "text/javascript; charset=utf-8",
        ".css": "text/css; charset=utf-8",
        ".json": "application/json",
        ".webmanifest": "application/manifest+json",
        ".svg": "image/svg+xml",
        ".txt": "text/plain; charset=utf-8",
    }
)
_BINARY: Final = MappingProxyType(
    {".png": "image/png", ".webp": "image/webp", ".ico": "image/vnd.microsoft.icon", ".woff2": "font/woff2"}
)
_KINDS: Final = _TEXT | _BINARY
"""What is served, and as what; any other file is not."""

_IMMUTABLE: Final = "public, max-age=31536000, immutable"
_REVALIDATED: Final = "no-cache"
_LOADER_KEPT: Final = "public, max-age=600"
"""The one file of ours that is in other people's pages, under an address that never changes."""

_NOT_BUILT: Final = (
    "Le client web n’est pas construit : lancez « make web », puis redémarrez le service.\n"
    "The web client is not built: run `make web`, then restart the service.\n"
)
_POWERS: Final = ", ".join(
    f"{power}=()"
    for power in (
        *("accelerometer", "autoplay", "browsing-topics", "camera", "display-capture", "geolocation", "gyroscope"),
        *("magnetometer", "microphone", "midi", "payment", "serial", "usb", "xr-spatial-tracking"),
    )
)
_HEADERS: Final = MappingProxyType(
    {
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "permissions-policy": _POWERS,
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "origin-agent-cluster": "?1",
    }
)


@dataclass(frozen=True)
class File:
    """One file as it is sent."""

    content: bytes
    is_text: bool
    kind: str
    tag: str
    """A strong ETag, without the encoding's mark."""

    @cached_property
    def packed(self) -> bytes | None:
        """The same by gzip, where that is smaller. Made for who asks first: no start waits for all of them."""
        packed = gzip.compress(self.content, mtime=0) if self.is_text else self.content
        return packed if len(packed) < len(self.content) else None


def read_files(folder: Path) -> dict[str, File]:
    """Every file below `folder` of a kind that is served, by its path with slashes; none where there is no folder."""
    found = sorted(path for path in folder.rglob("*") if path.suffix in _KINDS and path.is_file())
    return {path.relative_to(folder).as_posix(): _file(path) for path in found if not path.is_symlink()}


def _file(path: Path) -> File:
    content = path.read_bytes()
    tag = hashlib.sha256(content).hexdigest()[:32]
    return File(content, path.suffix in _TEXT, _KINDS[path.suffix], tag)


class Pages:
    """The addresses of the web client."""

    def __init__(
        self, files: Mapping[str, File], *, public_url: str, embed_origins: Collection[str], asked: Collection[str] = ()
    ) -> None:
        """`embed_origins`: whose pages may hold the widget. `asked`: addresses of the platform that the inbox and the
        console call.
        """
        self._files = files
        self._asked = asked
        self._embedders = " ".join(sorted(embed_origins)) or "'none'"
        parts = urlsplit(public_url)
        self._socket = f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}"

    def routes(self) -> Iterator[BaseRoute]:
        yield Route("/inbox", _with_slash)
        yield Route("/inbox/{path:path}", self.inbox)
        yield Route("/figures", _with_slash)
        yield Route("/figures/", self.figures)
        yield Route("/console", _with_slash)
        yield Route("/console/{path:path}", self.console)
        yield Route("/widget/", self.widget)
        yield Route("/widget/loader.js", self.loader)
        yield Route("/assets/{path:path}", self.asset)

    async def inbox(self, request: Request) -> Response:
        return self._routed(request, "inbox")

    async def console(self, request: Request) -> Response:
        """The moderators'."""
        return self._routed(request, "console")

    def _routed(self, request: Request, name: str) -> Response:
        """The page, also for what its own router shows below it; or one of the files that belong there."""
        path = request.path_params["path"]
        if "." in path.rpartition("/")[2]:
            return self._answer(request, f"{name}/{path}", _REVALIDATED)
        policy = {"content-security-policy": self._policy("'none'", self._asked)}
        return self._answer(request, f"{name}.html", _REVALIDATED, policy)

    async def widget(self, request: Request) -> Response:
        return self._answer(
            request,
            "widget.html",
            _REVALIDATED,
            {
                "content-security-policy": self._policy(self._embedders),
                "cross-origin-resource-policy": "cross-origin",
            },
        )

    async def figures(self, request: Request) -> Response:
        """The page alone: what it shows, it reads with its reader's token."""
        return self._answer(request, "figures.html", _REVALIDATED)

    async def loader(self, request: Request) -> Response:
        return self._answer(request, "loader.js", _LOADER_KEPT, {"cross-origin-resource-policy": "cross-origin"})

    async def asset(self, request: Request) -> Response:
        return self._answer(request, f"assets/{request.path_params['path']}", _IMMUTABLE)

    def _policy(self, ancestors: str, asked: Collection[str] = ()) -> str:
        """No inline script or style, no eval, nobody else's anything; sinks of script take what `pli` made alone."""
        return "; ".join(
            (
                "default-src 'none'",
                "script-src 'self'",
                "style-src 'self'",
                "img-src 'self' blob:",
                "font-src 'self'",
                " ".join(("connect-src 'self'", self._socket, *sorted(asked))),
                "frame-src 'self'",
                "worker-src 'self'",
                "manifest-src 'self'",
                "base-uri 'none'",
                "form-action 'none'",
                f"frame-ancestors {ancestors}",
                "require-trusted-types-for 'script'",
                "trusted-types pli",
            )
        )

    def _answer(self, request: Request, name: str, cached: str, more: Mapping[str, str] | None = None) -> Response:
        if not self._files:
            return PlainTextResponse(_NOT_BUILT, 404, dict(_HEADERS) | {"cache-control": "no-store"})
        file = self._files.get(name)
        if file is None:
            return problem_response(NotFound("unknown, or not yours"))
        packed = file.packed if _takes_gzip(request) else None
        headers = {
            **_HEADERS,
            "content-security-policy": self._policy("'none'"),
            "cache-control": cached,
            "etag": f'"{file.tag}{"" if packed is None else "-gzip"}"',
            "vary": "accept-encoding",
            **(more or {}),
        }
        if headers["etag"] in _listed(request, "if-none-match"):
            return Response(status_code=304, headers=headers)
        if packed is not None:
            headers["content-encoding"] = "gzip"
        return Response(packed or file.content, headers={**headers, "content-type": file.kind})


async def _with_slash(request: Request) -> Response:
    return RedirectResponse(f"{request.url.path}/", 308)


def _takes_gzip(request: Request) -> bool:
    return "gzip" in (each.partition(";")[0].strip() for each in _listed(request, "accept-encoding"))


def _listed(request: Request, header: str) -> list[str]:
    return [each.strip() for each in request.headers.get(header, "").split(",")]
