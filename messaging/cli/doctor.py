"""`pli doctor`: what is wrong with a deployment, one line a check."""

import argparse
from typing import Final

from messaging.cli.command import Commands
from messaging.config import Settings
from messaging.operations.doctor.check import Check, State
from messaging.operations.doctor.examine import examine

_MARKS: Final = {State.OK: "ok", State.NOTE: "note", State.WRONG: "WRONG"}


def add(commands: Commands) -> None:
    doctor = commands.add_parser("doctor", help="check the deployment: what is wrong, and what to do; exit 1 then")
    doctor.set_defaults(command=_doctor)


async def _doctor(settings: Settings, options: argparse.Namespace) -> int:
    checks = await examine(settings)
    for check in checks:
        print(line(check))
    wrong = sum(check.state is State.WRONG for check in checks)
    print("Everything is in order." if not wrong else f"{wrong} of {len(checks)} checks found something wrong.")
    return int(wrong > 0)


def line(check: Check) -> str:
    return f"{_MARKS[check.state]:<6} {check.name:<14} {check.says}"
