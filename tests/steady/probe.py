"""`python -m tests.steady.probe PORT PID`: asks `/healthz` fifty times a second, and prints how long it took, seconds.

A first line says that it begins; it ends with its input. In a process of its own: what asks must not wait for what
strains. An answer counts from when it was due, in the time of the service (the process PID) and of this one alone:
`tests.steady.own_time`.
"""

import json
import os
import select
import socket
import sys
from typing import Final

from tests.steady.own_time import OwnTime

EVERY_S: Final = 0.02
_REQUEST: Final = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
_PATIENCE_S: Final = 30.0


def ask(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), _PATIENCE_S) as connection:
        connection.sendall(_REQUEST)
        answer = b""
        while came := connection.recv(4_096):
            answer += came
    assert answer.startswith(b"HTTP/1.1 200"), answer


def main() -> None:
    port, pid = map(int, sys.argv[1:])
    time = OwnTime(pid, os.getpid())
    print(flush=True)
    taken, due = [], time.now()
    while not select.select([sys.stdin], [], [], max(0.0, due - time.now()))[0]:
        used = time.used()
        ask(port)
        # Two that wait at the same time are counted twice: whatever the service did meanwhile, it took that long.
        taken.append(max(time.now() - due, time.used() - used))
        due += EVERY_S
    print(json.dumps(taken))


if __name__ == "__main__":
    main()
