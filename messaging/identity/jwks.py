"""Tokens of the platform: JWT (RFC 7519) signed by keys of a JWKS (RFC 7517), from a file or an https address.

Accepted: EdDSA, ES256, RS256, with a `kid` of the set; exact issuer and audience; `sub`, `iat` and `exp` required.
The set is read again when a token names an unknown key, at most every 30 s, so that a rotation needs no restart; where
it could not be read, at most every 5 s, and each time the log says so. A key that is taken out of it holds for 5 min,
or for an hour where the set cannot be read.
"""

import asyncio
import base64
import contextlib
import logging
from pathlib import Path
from typing import Annotated, Any, Final

import httpx
import jwt
import msgspec

from messaging.domain.errors import Busy, TokenExpired, Unauthenticated
from messaging.ports import Clock, MailboxClaim, TokenClaims

log = logging.getLogger("pli.identity")

_ALGORITHMS: Final = ("EdDSA", "ES256", "RS256")
_REREAD_MS: Final = 30_000
_RETRY_MS: Final = 5_000
_FRESH_MS: Final = 5 * 60_000
_KEPT_MS: Final = 60 * 60_000
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
        """When these were read."""
        self._tried_at: int | None = None
        """When a token last had the set read, whether it could be or not."""
        self._failed = False
        """Whether the last try failed: who signed an unknown key cannot be said then."""
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

    async def begin(self) -> None:
        """Reads the set once before anybody comes: what is wrong with it is in the log from the start."""
        async with self._lock:
            with contextlib.suppress(Busy):
                await self._read_or_tell()

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
        if self._is_known(kid):
            if self._is_older(_FRESH_MS) and not self._lock.locked():  # one reads it again, and no other one waits
                with contextlib.suppress(Busy):
                    await self._read_if_due(kid)
        else:
            await self._read_if_due(kid)
        if self._is_known(kid):
            return self._keys[kid]
        if self._failed:
            raise _cannot_be_read()
        raise Unauthenticated("the token is signed by an unknown key")

    def _is_known(self, kid: str) -> bool:
        return kid in self._keys and not self._is_older(_KEPT_MS)

    def _is_older(self, age_ms: int) -> bool:
        return self._read_at is None or self._clock() - self._read_at >= age_ms

    async def _read_if_due(self, kid: str) -> None:
        async with self._lock:
            if (not self._is_known(kid) or self._is_older(_FRESH_MS)) and self._may_read():
                try:
                    await self._read_or_tell()
                finally:
                    # Its end, however long it took: those that wait here are not to wait for a try each.
                    self._tried_at = self._clock()

    def _may_read(self) -> bool:
        pause_ms = _RETRY_MS if self._failed else _REREAD_MS
        return self._tried_at is None or self._clock() - self._tried_at >= pause_ms

    async def _read_or_tell(self) -> None:
        try:
            await self._read()
        except Busy as error:
            why = type(error.__cause__).__name__
            then = "tokens that it signs are refused" if self._is_older(_KEPT_MS) else "its keys hold for an hour"
            log.warning("%s cannot be read as a JWK set (%s): %s", self._source, why, then)
            raise

    async def _read(self) -> None:
        self._failed = True
        try:
            async with asyncio.timeout(_FETCH_S):  # of the whole: httpx has one for each of its steps
                text = await self._text()
            # PyJWT takes any JSON for an object: what is none is an AttributeError there.
            self._keys = {str(key.key_id): key for key in jwt.PyJWKSet.from_json(text).keys}
        except (
            OSError,
            httpx.HTTPError,
            jwt.PyJWTError,
            ValueError,
            TypeError,
            AttributeError,
            RecursionError,
        ) as error:
            raise _cannot_be_read() from error
        self._failed, self._read_at = False, self._clock()

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


def _cannot_be_read() -> Busy:
    return Busy("the keys of the platform cannot be read now", retry_after_ms=_RETRY_MS)
