"""What the store says when it cannot serve: one sentence on what is wrong, one on what to do.

StoreError
 |- BadAddress         the database URL is not one that the service understands
 |- CannotConnect      nobody answers there, or refuses this user
 |- DatabaseMissing    the server, or the folder, has no such database
 |- SchemaMismatch     no tables yet, older ones, or those of a newer version
 |- UnsafeDurability   the database would acknowledge what a power cut can lose
 |- InUse              another process has the SQLite file open
 |- BadKeyRing         the key ring is missing, readable by others, broken, or another database's
 `- Refused            the database refused a write that the service should never have tried (a defect)

No message holds a password, a key or a stored value.
"""


class StoreError(Exception):
    """The database cannot be used as it is. The message is meant for whoever runs the service."""


class BadAddress(StoreError):
    pass


class CannotConnect(StoreError):
    pass


class DatabaseMissing(StoreError):
    pass


class SchemaMismatch(StoreError):
    pass


class UnsafeDurability(StoreError):
    pass


class InUse(StoreError):
    pass


class BadKeyRing(StoreError):
    pass


class Refused(StoreError):
    pass
