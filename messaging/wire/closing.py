"""WebSocket close codes, all of them, with what a client should do (PROTOCOL.md section 7).

4000 to 4499: reconnect, after the advice if there is one. 4500 to 4999: final, until a person or the platform acts.
1000, 1001 and 1011 may come from what is between; clients treat any other code as a lost connection and reconnect.
"""

from typing import Final

GOING_AWAY: Final = 4001
"""The process stops or is replaced: reconnect after a random part of the advised time."""
TOKEN_EXPIRED: Final = 4005
"""Get a new token, then reconnect."""
SLOW_CONSUMER: Final = 4008
"""Writing stalled: reconnect and pull."""
RESYNC: Final = 4010
"""Too much waited for this socket and was dropped: reconnect and pull."""
TOO_MANY_REQUESTS: Final = 4013
"""Reconnect with backoff."""
BAD_TOKEN: Final = 4500
PROTOCOL_ERROR: Final = 4501
HELLO_TIMEOUT: Final = 4502
REVOKED: Final = 4503
TOO_MANY_CONNECTIONS: Final = 4504


def is_final(code: int) -> bool:
    """Whether reconnecting by itself would be wrong."""
    return 4500 <= code <= 4999
