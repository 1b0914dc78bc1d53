"""`pli platform-keys`: who may speak for the platform's back end, and for what."""

from typing import Final

from msgspec import Struct

from messaging.domain.errors import NotFound
from messaging.domain.ids import KeyId
from messaging.domain.scope import Scope
from messaging.operations.operation import Nothing, Operation, OperationFailed, Workplace
from messaging.services import platform_keys


class NewKey(Struct):
    name: str
    scopes: list[Scope]


class Made(Struct):
    key: str
    """The whole key. It is shown this once."""


class Key(Struct):
    key: str
    """Its id, 32 hex digits; not what opens anything."""
    name: str
    scopes: list[Scope]
    made_at: int
    revoked_at: int | None


class Keys(Struct):
    keys: list[Key]


class Revoked(Struct):
    key: str
    """The id of the key to revoke, 32 hex digits."""


async def _add(at: Workplace, wanted: NewKey) -> Made:
    """Raises: Malformed, TooMany."""
    scopes, now = frozenset(wanted.scopes), at.clock()
    return Made(await at.run(lambda tx: platform_keys.add(tx, wanted.name, scopes, at.entropy, now)))


async def _list(at: Workplace, _: Nothing) -> Keys:
    rows = await at.read(platform_keys.listed)
    return Keys([Key(r.key.hex(), r.name, sorted(r.scopes), r.made_at, r.revoked_at) for r in rows])


async def _revoke(at: Workplace, wanted: Revoked) -> Nothing:
    """Raises: OperationFailed."""
    now = at.clock()
    try:
        key = KeyId(bytes.fromhex(wanted.key))
        await at.run(lambda tx: platform_keys.revoke(tx, key, now))
    except (ValueError, NotFound):
        raise OperationFailed("There is no such key, or it was revoked before. See `pli platform-keys list`.") from None
    return Nothing()


ADD: Final = Operation("platform_keys.add", NewKey, Made, _add)
LIST: Final = Operation("platform_keys.list", Nothing, Keys, _list)
REVOKE: Final = Operation("platform_keys.revoke", Revoked, Nothing, _revoke)

OPERATIONS: Final = (ADD, LIST, REVOKE)
