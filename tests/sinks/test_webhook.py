"""Webhooks to real servers: what they get, what they may answer, and where nothing is ever posted to."""

import base64
import json
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from messaging.config import ConfigError
from messaging.domain import limits
from messaging.ports import WebhookRefusedError
from messaging.sinks.webhook import WebhookSink, read_webhooks
from tests.support.consumer import consumer

NEW, OLD = (f"whsec_{base64.b64encode(bytes([n]) * 24).decode()}" for n in (1, 2))
EVENT = '{"id":"aa-1","data":{"reason":"école"}}'.encode()


def sink(folder: Path, url: str, *, secrets: tuple[str, ...] = (NEW, OLD), loopback: bool = True) -> WebhookSink:
    file = folder / "webhooks.json"
    file.write_text(json.dumps([{"name": "crm", "url": url, "secrets": secrets}]))
    return read_webhooks(file, lambda: time.time_ns() // 1_000_000, loopback=loopback)


async def test_a_consumer_verifies_it_with_either_secret(tmp_path: Path) -> None:
    async with consumer() as crm:
        assert await sink(tmp_path, f"http://127.0.0.1:{crm.port}/hook").post("crm", "aa-1", EVENT)
    ((headers, body),) = crm.posts
    assert body == EVENT
    assert headers["webhook-id"] == "aa-1"
    for secret in (NEW, OLD):
        assert Webhook(secret).verify(body, headers)["id"] == "aa-1"
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(body + b" ", headers)


async def test_gone_is_told_apart(tmp_path: Path) -> None:
    async with consumer(410) as crm:
        assert not await sink(tmp_path, f"http://127.0.0.1:{crm.port}/").post("crm", "aa-1", EVENT)


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 404, 429, 500, 503])
async def test_any_other_answer_is_said_and_no_redirect_followed(tmp_path: Path, status: int) -> None:
    async with consumer(status) as crm:
        with pytest.raises(WebhookRefusedError, match=str(status)):
            await sink(tmp_path, f"http://127.0.0.1:{crm.port}/").post("crm", "aa-1", EVENT)
    assert len(crm.posts) == 1


async def test_a_consumer_that_hangs_or_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "webhook_s", 1.0)
    async with consumer(None) as crm:
        with pytest.raises(WebhookRefusedError, match="no answer"):
            await sink(tmp_path, f"http://127.0.0.1:{crm.port}/").post("crm", "aa-1", EVENT)
    with pytest.raises(WebhookRefusedError, match="no connection"):
        await sink(tmp_path, f"http://127.0.0.1:{crm.port}/").post("crm", "aa-1", EVENT)


INSIDE = (
    *(
        "127.0.0.1",
        "10.1.2.3",
        "192.168.0.1",
        "172.16.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "::1",
        "fd00::1",
    ),
    *("fe80::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "::127.0.0.1", "::ffff:0:127.0.0.1"),
)


@pytest.mark.parametrize("inside", INSIDE)
async def test_a_name_that_resolves_to_the_inside_is_refused(
    inside: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where only one of its addresses is."""
    resolves(monkeypatch, ["9.9.9.9", inside])
    with pytest.raises(WebhookRefusedError, match="not public"):
        await sink(tmp_path, "https://crm.example.org/", loopback=False).post("crm", "aa-1", EVENT)


async def test_a_name_that_changes_after_the_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked once: the connection goes to the address that was checked, whatever the name says by then."""
    asked = resolves(monkeypatch, ["192.0.1.1"], then=["127.0.0.1"])
    reached: list[str] = []

    async def connect(remote_host: str, **_: Any) -> Any:
        reached.append(remote_host)
        raise OSError("nobody there")

    monkeypatch.setattr("anyio.connect_tcp", connect)
    with pytest.raises(WebhookRefusedError, match="no connection"):
        await sink(tmp_path, "https://crm.example.org/", loopback=False).post("crm", "aa-1", EVENT)
    assert asked == ["crm.example.org"]
    assert reached == ["192.0.1.1"]


def resolves(monkeypatch: pytest.MonkeyPatch, first: list[str], then: list[str] | None = None) -> list[str]:
    asked: list[str] = []

    def resolve(host: str, port: int, *args: Any, **options: Any) -> list[Any]:
        asked.append(host)
        addresses = first if len(asked) == 1 or then is None else then
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return asked


@pytest.mark.parametrize(
    "url",
    [
        *(
            "http://crm.example.org/",
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://0177.0.0.1/",
        ),
        *(
            "https://[::1]/",
            "https://localhost/",
            "https://user@crm.example.org/",
            "https://crm.example.org:8443/",
            "ftp://a.b",
            "https://a..com/",
        ),
    ],
)
def test_what_is_no_public_address_stops_the_start(url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="the url of crm"):
        sink(tmp_path, url, loopback=False)


def test_a_file_that_is_not_usable_says_so(tmp_path: Path) -> None:
    for secrets in (("whsec_c2hvcnQ=",), ("whsec_",), ("not base64 at all…",)):
        with pytest.raises(ConfigError, match="a secret of crm"):
            sink(tmp_path, "https://crm.example.org/", secrets=secrets)
    with pytest.raises(ConfigError, match="cannot be read"):
        read_webhooks(tmp_path / "none.json", lambda: 0)
    twice = [{"name": "crm", "url": "https://a.example.org/", "secrets": [NEW]}] * 2
    (tmp_path / "twice.json").write_text(json.dumps(twice))
    with pytest.raises(ConfigError, match="one name"):
        read_webhooks(tmp_path / "twice.json", lambda: 0)
