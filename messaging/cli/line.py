"""The line that was typed: its command is found, and carried out. Each mistake is answered with one sentence on what to
do, never a traceback.

Each module of this package adds one group of commands (`add`); a command gets the settings and its options, and returns
an exit code.
"""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence

import uvloop

from messaging.cli import (
    auditing,
    chat,
    consenting,
    doctor,
    events,
    keys,
    moderation,
    platform_keys,
    reporting,
    restoring,
    retaining,
    serving,
)
from messaging.cli.command import Command
from messaging.config import ConfigError, Settings
from messaging.domain.errors import PliError
from messaging.keys import KeyFileError
from messaging.operations import OperationFailed
from messaging.server import PortBusyError
from messaging.store import StoreError

_EXPECTED = (ConfigError, StoreError, KeyFileError, PortBusyError, OperationFailed, PliError)
_GROUPS = (
    serving,
    chat,
    doctor,
    keys,
    consenting,
    restoring,
    platform_keys,
    reporting,
    retaining,
    moderation,
    *(auditing, events),
)


def run(
    arguments: Sequence[str] | None, environment: Mapping[str, str], configure_logs: Callable[[str, str], None]
) -> int:
    """Returns the exit code: 0 done, 1 something is wrong that the message explains, 2 wrong usage."""
    options = _parser().parse_args(arguments)
    try:
        settings = Settings.from_env(environment)
        configure_logs(settings.log_level, settings.log_format)
        command: Command = options.command
        return uvloop.run(command(settings, options))
    except _EXPECTED as error:
        print(f"pli: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="pli", description="Encrypted, consent-gated conversations.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for group in _GROUPS:
        group.add(commands)
    return parser
