"""Where this package touches the machine: its randomness and its clock, as defaults that a caller may replace."""

import os
import time

from messaging.e2ee.entropy import Entropy

# The two lines below are the package's composition root; everything else takes these as arguments.
system_entropy: Entropy = os.urandom  # noqa: TID251


def system_clock() -> int:
    """Milliseconds since 1970, UTC."""
    return time.time_ns() // 1_000_000
