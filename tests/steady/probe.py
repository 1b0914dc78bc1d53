"""`python -m tests.steady.probe PORT`: asks `/healthz` fifty times a second until its input ends, then prints seconds.

In a process of its own: what asks must not wait for what strains. An answer counts from when it was due.
"""

import json
import select
import socket
import sys
import time
from typing import Final

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
    taken, due = [], time.monotonic()
    while not select.select([sys.stdin], [], [], max(0.0, due - time.monotonic()))[0]:
        ask(int(sys.argv[1]))
        taken.append(time.monotonic() - due)
        due += EVERY_S
    print(json.dumps(taken))


if __name__ == "__main__":
    main()
