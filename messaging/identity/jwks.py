"""Tokens of the platform: JWT (RFC 7519) signed by keys of a JWKS (RFC 7517), from a file or an https address.

Accepted: EdDSA, ES256, RS256, with a `kid` of the set; exact issuer and audience; `sub`, `iat` and `exp` required.
The set is read again when a token names an unknown key, at most every 30 s, so that a rotation needs no restart.
"""

import asyncio
import base64
from pathlib import Path
from typing import Annotated, Any, Final

import httpx
import jwt
import msgspec

from messaging.domain.errors import Busy, TokenExpired, Unauthenticated
from messaging.ports import Clock, MailboxClaim, TokenClaims

_ALGORITHMS: Final = ("EdDSA", "ES256", "RS256")
_REREAD_MS: Final = 30_000
_FETCH_S: Final = 5.0
_LEEWAY_S: Final = 30
_TOKEN_BYTES_MAX: Final = 8_192
_MAILBOXES_MAX: Final = 64


class _Header(msgspec.Struct):
    """What the service reads of a token before it is verified."""

    kid: str = ""


class _Quota(msgspec.Struct):
    """What the platform lets this person do less often than anybody may."""

    openings_per_day: Annotated[int, msgspec.Meta(ge=0)] | None = None


class _Claims(msgspec.Struct):
    """What the service reads of a token's payload; the rest is the platform's business."""

    iss: str
    sub: str
    iat: int
    exp: int
    scope: str = ""
    pli_mailboxes: list[MailboxClaim] = []
    pli_quota: _Quota | None = None


class JwksVerifier:
    """A `TokenVerifier` over one key set."""

    def __init__(self, source: str | Path, issuer: str, audience: str, clock: Clock) -> None:
        self._source = source
        self._issuer = issuer
        self._audience = audience
        self._clock = clock
        self._keys: dict[str, jwt.PyJWK] = {}
        self._read_at: int | None = None
        self._lock = asyncio.Lock()

    async def verify(self, token: str) -> TokenClaims:
        """The claims of a valid token. Raises: Unauthenticated, TokenExpired; Busy if the key set cannot be read."""
        if len(token) > _TOKEN_BYTES_MAX:
            raise Unauthenticated("the token is too long")
        key = await self._key(_key_id(token))
        try:
            payload = jwt.decode(
                token,
                key=key,
                algorithms=list(_ALGORITHMS),
                audience=self._audience,
                issuer=self._issuer,
                leeway=_LEEWAY_S,
                options={"require": ["exp", "iat", "sub", "iss", "aud"], "verify_exp": False, "verify_iat": False},
            )
        except jwt.PyJWTError as error:
            raise Unauthenticated("the token does not verify") from error
        return self._claims(payload)

    async def key_ids(self) -> list[str]:
        """Reads the set now, whatever was read before: the ids of its keys. Raises: Busy, with the reason as cause."""
        async with self._lock:
            await self._read()
        return sorted(self._keys)

    def _claims(self, payload: dict[str, Any]) -> TokenClaims:
        try:
            claims = msgspec.convert(payload, _Claims)
        except msgspec.ValidationError as error:
            raise Unauthenticated("the token lacks claims of the expected form") from error
        now = self._clock()
        if claims.exp * 1_000 <= now - _LEEWAY_S * 1_000:
            raise TokenExpired("the token expired")
        if claims.iat * 1_000 > now + _LEEWAY_S * 1_000:
            raise Unauthenticated("the token is not valid yet")
        if len(claims.pli_mailboxes) > _MAILBOXES_MAX:
            raise Unauthenticated("the token names too many mailboxes")
        return TokenClaims(
            issuer=claims.iss,
            subject=claims.sub,
            issued_at=claims.iat * 1_000,
            expires_at=claims.exp * 1_000,
            platform="platform" in claims.scope.split(),
            reporting="reporting" in claims.scope.split(),
            mailboxes=tuple(claims.pli_mailboxes),
            openings_per_day=None if claims.pli_quota is None else claims.pli_quota.openings_per_day,
        )

    async def _key(self, kid: str) -> jwt.PyJWK:
        if kid not in self._keys:
            async with self._lock:
                if kid not in self._keys and self._may_read():
                    await self._read()
        try:
            return self._keys[kid]
        except KeyError:
            raise Unauthenticated("the token is signed by an unknown key") from None

    def _may_read(self) -> bool:
        return self._read_at is None or self._clock() - self._read_at >= _REREAD_MS

    async def _read(self) -> None:
        try:
            text = await self._text()
            keys = {str(key.key_id): key for key in jwt.PyJWKSet.from_json(text).keys}
        except (OSError, httpx.HTTPError, jwt.PyJWTError, ValueError) as error:
            raise Busy("the keys of the platform cannot be read now", retry_after_ms=_REREAD_MS) from error
        self._keys, self._read_at = keys, self._clock()

    async def _text(self) -> str:
        if isinstance(self._source, Path):
            return await asyncio.to_thread(self._source.read_text)
        async with httpx.AsyncClient(timeout=_FETCH_S, follow_redirects=False) as client:
            answer = await client.get(self._source)
            answer.raise_for_status()
            return answer.text


def _key_id(token: str) -> str:
    """Of the key that a token says it is signed with. Raises: Unauthenticated, where its header is none.

    Of the header alone: to have PyJWT look for it takes as long as to verify the whole.
    """
    header = token.partition(".")[0]
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)), type=_Header).kid
    except (ValueError, RecursionError, msgspec.MsgspecError) as error:
        raise Unauthenticated("the token does not verify") from error
