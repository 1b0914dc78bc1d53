"""`pli restored`: to be run after a backup of the database was restored."""

import argparse

from messaging.cli.command import Commands, say
from messaging.config import Settings
from messaging.operations import Nothing, carry_out, restoring


def add(commands: Commands) -> None:
    restored = commands.add_parser(
        "restored", help="run this after a backup of the database was restored: clients then compare everything"
    )
    restored.set_defaults(command=_restored)


async def _restored(settings: Settings, options: argparse.Namespace) -> int:
    done = await carry_out(settings, restoring.RESTORED, Nothing(), say)
    print(f"The stream epoch is {done.stream_epoch} now. Every client compares what it has with what is left.")
    return 0
