"""Every operation that the admin socket of a running service knows."""

from types import MappingProxyType
from typing import Any, Final

from messaging.operations import (
    auditing,
    corrections,
    figures,
    key_ring,
    moderation_keys,
    platform_keys,
    proving,
    restoring,
    retaining,
    webhooks,
)
from messaging.operations.doctor import inside as doctor
from messaging.operations.operation import Operation

_ALL: Final[tuple[Operation[Any, Any], ...]] = (
    *doctor.OPERATIONS,
    *auditing.OPERATIONS,
    *corrections.OPERATIONS,
    *figures.OPERATIONS,
    *key_ring.OPERATIONS,
    *moderation_keys.OPERATIONS,
    *platform_keys.OPERATIONS,
    *proving.OPERATIONS,
    *restoring.OPERATIONS,
    *retaining.OPERATIONS,
    *webhooks.OPERATIONS,
)

CATALOGUE: Final = MappingProxyType({operation.name: operation for operation in _ALL})
