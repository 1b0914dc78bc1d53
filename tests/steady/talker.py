"""`python -m tests.steady.talker`: the bench's load generator, but that it times by `tests.steady.own_time`."""

import os
import sys

from bench.generator import main
from tests.steady.own_time import OwnTime

if __name__ == "__main__":
    sys.exit(main(lambda load: OwnTime(*load.server_pids, os.getpid()).now))
