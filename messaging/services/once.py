"""Idempotency-Key: a request of the platform's back end is carried out once, however often it has to be sent.

The first answer is kept for a day with the change that it is about, in one transaction, and given again to the same
caller for the same key and the same request. Another request under the key is refused. A refusal is not kept: nothing
changed, so that the same request may be tried again.

A request of two transactions (an erasure) begins in the first: its key stands on it before anything changes.
"""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar, cast

from messaging.domain import limits
from messaging.domain.authorization import Actor, Platform
from messaging.domain.errors import KeyReused, Malformed
from messaging.e2ee.encoding import frame
from messaging.ports import TokenClaims, Transaction
from messaging.services.outcome import Outcome

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and the bytes of a body; none with 204."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Once:
    """A request that wants to be carried out once: who asks, under which key, and what. Digests of 32 bytes."""

    caller: bytes
    key: bytes
    request: bytes


_VISIBLE: Final = range(0x21, 0x7F)


def once(claims: TokenClaims, key: str, *parts: bytes) -> Once:
    """`parts`: method, address and body of the request. Raises: Malformed, for a key that is no key."""
    if not 0 < len(key) <= limits.idempotency_key_chars_max or any(ord(mark) not in _VISIBLE for mark in key):
        raise Malformed(f"an Idempotency-Key has 1 to {limits.idempotency_key_chars_max} visible ASCII characters")
    who = claims.key if claims.key is not None else claims.subject.encode()
    how = b"key" if claims.key is not None else b"token"
    return Once(
        _digest(frame("pli/caller", how, claims.issuer.encode(), who)),
        _digest(key.encode()),
        _digest(frame("pli/request", *parts)),
    )


async def carry_out(
    tx: Transaction,
    actor: Actor,
    wanted: Once | None,
    use_case: Callable[[Transaction, Actor], Awaitable[Outcome[T]]],
    encode: Callable[[T], Answer],
    now: int,
) -> Outcome[Answer]:
    """The use case's answer, or the one that was kept. Raises: KeyReused, TooMany, and what the use case raises."""
    if wanted is None or not isinstance(actor, Platform):
        outcome = await use_case(tx, actor)
        return _answered(outcome, encode(outcome.answer))
    kept = await _begun(tx, wanted, now)
    if kept is not None:
        return Outcome(kept)
    outcome = await use_case(tx, actor)
    answer = encode(outcome.answer)
    await tx.answers.finish(wanted.caller, wanted.key, answer.status, answer.body)
    return _answered(outcome, answer)


async def begin(
    tx: Transaction,
    actor: Actor,
    wanted: Once | None,
    first: Callable[[Transaction, Actor], Awaitable[Outcome[None]]],
    now: int,
) -> Outcome[Answer | None]:
    """The first of a request's two transactions; `carry_out` is the second. Where the answer is kept, that, and nothing
    is done. Raises: KeyReused, TooMany, and what `first` raises; then nothing is begun either.
    """
    if wanted is not None and isinstance(actor, Platform):
        kept = await _begun(tx, wanted, now)
        if kept is not None:
            return Outcome(kept)
    return cast("Outcome[Answer | None]", await first(tx, actor))


async def _begun(tx: Transaction, wanted: Once, now: int) -> Answer | None:
    """The kept answer; None where the request is still to be carried out, and its key stands on it."""
    kept = await tx.answers.begin(wanted.caller, wanted.key, wanted.request, now)
    if kept is None:
        return None
    if kept.request != wanted.request:
        raise KeyReused("this Idempotency-Key stood on another request")
    return Answer(kept.status, kept.body) if kept.finished else None


def _answered(outcome: Outcome[Any], answer: Answer) -> Outcome[Answer]:
    return cast("Outcome[Answer]", replace(outcome, answer=answer))


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
