"""`pli`: the command line."""

import gc
import os
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point; returns the exit code."""
    # What is loaded stays: to look for garbage among it takes a fifth of the time until a command begins.
    gc.disable()
    from messaging import logs
    from messaging.cli.line import run

    gc.enable()
    return run(arguments, os.environ, logs.configure)
