"""Free TCP ports of the loopback interface."""

import socket


def free_port(*, below: int = 65_536) -> int:
    """A port that nothing listened on a moment ago. Another process may take it first: callers try again."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if port < below:
            return port
