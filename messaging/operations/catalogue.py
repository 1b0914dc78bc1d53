"""Every operation that the admin socket of a running service knows."""

from types import MappingProxyType
from typing import Any, Final

from messaging.operations import key_ring, platform_keys, proving, restoring, retaining
from messaging.operations.doctor import inside as doctor
from messaging.operations.operation import Operation

_ALL: Final[tuple[Operation[Any, Any], ...]] = (
    *doctor.OPERATIONS,
    *key_ring.OPERATIONS,
    *platform_keys.OPERATIONS,
    *proving.OPERATIONS,
    *restoring.OPERATIONS,
    *retaining.OPERATIONS,
)

CATALOGUE: Final = MappingProxyType({operation.name: operation for operation in _ALL})
