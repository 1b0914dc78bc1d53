"""`pli audit verify | checkpoint`: the moderators' audit log, and what somebody changed in it."""

import argparse
from pathlib import Path

from messaging.cli.command import Commands, public_key, read_file, say
from messaging.config import Settings
from messaging.operations import Nothing, OperationFailed, auditing, carry_out


def add(commands: Commands) -> None:
    group = commands.add_parser("audit", help="the moderators' audit log: verify it, print its newest checkpoint")
    audits = group.add_subparsers(required=True, metavar="COMMAND")
    verifying = audits.add_parser("verify", help="hold the log against what was signed; exit 1 if anything was changed")
    verifying.add_argument(
        "--checkpoint",
        action="append",
        type=Path,
        default=[],
        help="a file with an earlier checkpoint, kept where the service cannot write; may be repeated",
    )
    verifying.add_argument("--key", type=public_key, help="the pinned public key of the log, 64 hex digits")
    verifying.set_defaults(command=_verify)
    printing = audits.add_parser("checkpoint", help="print the newest checkpoint, to be kept elsewhere")
    printing.set_defaults(command=_checkpoint)


async def _verify(settings: Settings, options: argparse.Namespace) -> int:
    notes = [await _note(path) for path in options.checkpoint]
    verdict = await carry_out(settings, auditing.VERIFY, auditing.Against(notes, options.key), say)
    for wrong in verdict.wrong:
        print(f"WRONG  {wrong.what} {wrong.at}: {wrong.says}")
    if verdict.wrong:
        return 1
    against = f", and go on from {len(notes)} earlier checkpoints" if notes else ""
    print(f"ok     {verdict.entries} entries are what was signed{against}.")
    if not notes:
        print("note   only an earlier checkpoint finds what somebody with the service's key changed: --checkpoint FILE")
    return 0


async def _checkpoint(settings: Settings, options: argparse.Namespace) -> int:
    newest = await carry_out(settings, auditing.CHECKPOINT, Nothing(), say)
    print(newest.note, end="")
    return 0


async def _note(path: Path) -> str:
    """Raises: OperationFailed."""
    try:
        return (await read_file(path)).decode()
    except UnicodeDecodeError:
        raise OperationFailed(f"{path} is no checkpoint.") from None
