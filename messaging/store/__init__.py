"""The truth of the service, on SQLite (one process) or PostgreSQL, behind the protocols of `messaging.ports`."""

from messaging.store.errors import DatabaseMissing, StoreError
from messaging.store.keyring import KeyRing, RingFile
from messaging.store.migrating import current_revision, migrate
from messaging.store.store import SqlStore, create_store

__all__ = [
    "DatabaseMissing",
    "KeyRing",
    "RingFile",
    "SqlStore",
    "StoreError",
    "create_store",
    "current_revision",
    "migrate",
]
