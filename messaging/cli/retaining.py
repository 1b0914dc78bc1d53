"""`pli retention --dry-run | --apply`: the retention run. Its proof is JSON on the standard output."""

import argparse

import msgspec

from messaging.cli.command import Commands, say
from messaging.config import Settings
from messaging.operations import carry_out, retaining


def add(commands: Commands) -> None:
    retention = commands.add_parser("retention", help="delete what its time has come for; prints the proof, as JSON")
    how = retention.add_mutually_exclusive_group(required=True)
    how.add_argument("--dry-run", action="store_true", help="count what would go, and change nothing")
    how.add_argument("--apply", action="store_true", help="delete it, and clear the database's files of it")
    retention.set_defaults(command=_run)


async def _run(settings: Settings, options: argparse.Namespace) -> int:
    report = await carry_out(settings, retaining.RUN, retaining.Run(options.apply), say)
    print(msgspec.json.format(msgspec.json.encode(report), indent=2).decode())
    return 0
