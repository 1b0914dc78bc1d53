"""Bearers of both kinds: the platform's signed tokens, and the scoped keys of its back end."""

from messaging.pipeline import Pipeline
from messaging.ports import Clock, TokenClaims, TokenVerifier
from messaging.services import platform_keys

_ALWAYS_MS = 1 << 52


class KeysAndTokens:
    """A `TokenVerifier` that looks keys up in the store and leaves the rest to another one."""

    def __init__(self, pipeline: Pipeline, tokens: TokenVerifier, issuer: str | None, clock: Clock) -> None:
        self._pipeline = pipeline
        self._tokens = tokens
        self._issuer = issuer or ""
        self._clock = clock

    async def verify(self, token: str) -> TokenClaims:
        """A key speaks for the issuer of the tokens: people are known by what that one calls them."""
        if not token.startswith(platform_keys.PREFIX):
            return await self._tokens.verify(token)
        key = await self._pipeline.read(lambda tx: platform_keys.identify(tx, token))
        return TokenClaims(self._issuer, key.hex(), self._clock(), _ALWAYS_MS, True, (), key=key)
