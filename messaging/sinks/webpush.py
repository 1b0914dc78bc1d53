"""Pushes to browsers (RFC 8030), encrypted for each (RFC 8291), signed with the service's VAPID key (RFC 8292).

A person chose the endpoint, so that it may be anything: `outside` calls it.
"""

from typing import Final

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

from messaging.domain import limits
from messaging.domain.push import Endpoint, parse_endpoint
from messaging.ports import Clock, PushChannel
from messaging.sinks.outside import Outside, RefusedAddressError

_GONE: Final = (404, 410)
_ORDER: Final = int("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551", 16)
"""Of the group of P-256 (FIPS 186)."""
_TOPIC: Final = "pli"
"""The same for all: a newer push takes the place of one that was not delivered yet."""


class PushRefusedError(Exception):
    """The push service did not take it, or may not be called."""


class VapidKey:
    """The key that signs for this service, from 32 random bytes."""

    def __init__(self, seed: bytes) -> None:
        scalar = int.from_bytes(seed, "big") % (_ORDER - 1) + 1
        self.private = ec.derive_private_key(scalar, ec.SECP256R1())

    @property
    def public(self) -> bytes:
        """65 bytes, uncompressed: the `applicationServerKey` of a browser's subscription."""
        return self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


class WebPushSink:
    """`messaging.ports.PushSink`. `contact`: a mailto or https URL of who runs the service, for the push services.
    `loopback`: for tests, endpoints on this machine.
    """

    def __init__(self, key: VapidKey, contact: str, clock: Clock, *, loopback: bool = False) -> None:
        self._vapid = Vapid02(private_key=key.private)
        self._contact = contact
        self._clock = clock
        self._loopback = loopback
        self._outside = Outside()

    async def push(self, channel: PushChannel, content: bytes) -> bool:
        endpoint = parse_endpoint(channel.endpoint, loopback=self._loopback)
        ephemeral = ec.generate_private_key(ec.SECP256R1())
        sealed = http_ece.encrypt(content, private_key=ephemeral, dh=channel.p256dh, auth_secret=channel.auth)
        try:
            status = await self._outside.post(endpoint, sealed, self._headers(endpoint), limits.push_s)
        except RefusedAddressError as error:
            raise PushRefusedError(str(error)) from None
        if status in _GONE:
            return False
        if not 200 <= status < 300:
            raise PushRefusedError(f"status {status}")
        return True

    def _headers(self, endpoint: Endpoint) -> dict[str, str]:
        expires = self._clock() // 1_000 + limits.push_ttl_s // 2
        claims = {"aud": endpoint.origin, "sub": self._contact, "exp": expires}
        signed: dict[str, str] = self._vapid.sign(claims)
        return {
            **signed,
            "content-encoding": "aes128gcm",
            "content-type": "application/octet-stream",
            "ttl": str(limits.push_ttl_s),
            "topic": _TOPIC,
            "urgency": "normal",
        }
