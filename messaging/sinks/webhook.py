"""Webhooks by the Standard Webhooks convention (https://www.standardwebhooks.com), to endpoints that an operator lists.

The list is a file of JSON (docs/webhooks.md). The first secret of an endpoint is the newest; a post is signed with each
of them, so that a consumer changes to a new one whenever it likes.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import httpx
import msgspec
from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook

from messaging.config import ConfigError
from messaging.domain import limits
from messaging.domain.errors import Malformed
from messaging.domain.push import Endpoint, parse_endpoint
from messaging.ports import Clock, WebhookRefusedError
from messaging.sinks.outside import Outside, RefusedAddressError

_SECRET_BYTES_MIN: Final = 24
_GONE: Final = 410
_REDIRECTED: Final = range(300, 400)


class _Listed(msgspec.Struct, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(pattern="^[a-z0-9-]{1,40}$")]
    url: str
    secrets: Annotated[list[str], msgspec.Meta(min_length=1, max_length=3)]


class WebhookSink:
    """`messaging.ports.WebhookSink`"""

    def __init__(self, endpoints: Mapping[str, tuple[Endpoint, Sequence[Webhook]]], clock: Clock) -> None:
        self._endpoints = endpoints
        self._clock = clock
        self._outside = Outside()

    @property
    def names(self) -> Sequence[str]:
        return list(self._endpoints)

    async def post(self, name: str, webhook_id: str, event: bytes) -> bool:
        endpoint, secrets = self._endpoints[name]
        now = self._clock() // 1_000
        moment, text = datetime.fromtimestamp(now, UTC), event.decode()
        headers = {
            "content-type": "application/cloudevents+json; charset=utf-8",
            "webhook-id": webhook_id,
            "webhook-timestamp": str(now),
            "webhook-signature": " ".join(secret.sign(webhook_id, moment, text) for secret in secrets),
        }
        try:
            status = await self._outside.post(endpoint, event, headers, limits.webhook_s)
        except TimeoutError:
            raise WebhookRefusedError(f"no answer within {limits.webhook_s:g} s") from None
        except RefusedAddressError as error:
            raise WebhookRefusedError(str(error)) from None
        except (httpx.HTTPError, OSError) as error:
            raise WebhookRefusedError(f"no connection ({type(error).__name__})") from None
        if status in _REDIRECTED:
            raise WebhookRefusedError(f"answered {status}: redirects are not followed; write its last address")
        if status != _GONE and not 200 <= status < 300:
            raise WebhookRefusedError(f"answered {status}")
        return status != _GONE


def read_webhooks(file: Path, clock: Clock, *, loopback: bool = False) -> WebhookSink:
    """Raises: ConfigError. `loopback`: for tests, endpoints on this machine."""
    try:
        listed = msgspec.json.decode(file.read_bytes(), type=list[_Listed])
    except (OSError, msgspec.DecodeError) as error:
        raise _unusable(f"{file} cannot be read as a list of webhooks: {error}") from error
    if len({each.name for each in listed}) < len(listed):
        raise _unusable("two of them have one name")
    return WebhookSink({each.name: _usable(each, loopback) for each in listed}, clock)


def _usable(listed: _Listed, loopback: bool) -> tuple[Endpoint, list[Webhook]]:
    try:
        endpoint = parse_endpoint(listed.url, loopback=loopback)
    except Malformed:
        raise _unusable(f"the url of {listed.name} needs https://, a host name (no address), and no port") from None
    try:
        secrets = [Webhook(secret) for secret in listed.secrets]
    except (ValueError, EmptyWebhookSecretError):
        secrets = []
    if not secrets or any(len(secret._whsecret) < _SECRET_BYTES_MIN for secret in secrets):
        raise _unusable(f"a secret of {listed.name} is not whsec_ and at least 24 random bytes in base64")
    return endpoint, secrets


def _unusable(why: str) -> ConfigError:
    return ConfigError("PLI_WEBHOOKS", f"{why}. See docs/webhooks.md.")
