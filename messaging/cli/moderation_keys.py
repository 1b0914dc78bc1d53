"""`pli keys moderation root | roster | certify | install | list`: the keys that reports are sealed to.

`root` and `certify` are for a machine that is kept apart; the others for the service's own.
"""

import argparse
import asyncio
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from messaging.app import system_clock, system_entropy
from messaging.cli.command import Commands, id_bytes, read_file, say
from messaging.config import Settings
from messaging.operations import Nothing, OperationFailed, carry_out, moderation_keys
from messaging.operations.moderation_root import (
    DAYS_MAX,
    RosterFile,
    certified,
    keep_root,
    make_root,
    read_root,
)


def add(commands: Commands) -> None:
    group = commands.add_parser("moderation", help="the keys that reports are sealed to, and their offline root")
    moderation = group.add_subparsers(required=True, metavar="COMMAND")
    root = moderation.add_parser("root", help="make the root, on a machine that is kept apart")
    root.add_argument("file", type=Path, help="where the root is kept; nobody but its owner may read it")
    root.set_defaults(command=_root)
    roster = moderation.add_parser("roster", help="print the moderators' roster, to be certified elsewhere")
    roster.add_argument("--mailbox", type=id_bytes, help="which mailbox of moderators, 32 hex digits")
    roster.set_defaults(command=_roster)
    certifying = moderation.add_parser("certify", help="certify the newest key of a roster, beside the root")
    certifying.add_argument("root", type=Path, help="the root's file")
    certifying.add_argument("roster", type=Path, help="what `roster` printed")
    certifying.add_argument("certificate", type=Path, help="where to write the certificate")
    certifying.add_argument("--days", type=_days, default=90, help=f"how long it holds, 1 to {DAYS_MAX}; else 90")
    certifying.set_defaults(command=_certify)
    installing = moderation.add_parser("install", help="take a certificate: reports are sealed to its key from then on")
    installing.add_argument("certificate", type=Path, help="what `certify` wrote")
    installing.set_defaults(command=_install)
    moderation.add_parser("list", help="the certificates, and what is to be certified").set_defaults(command=_list)


async def _root(settings: Settings, options: argparse.Namespace) -> int:
    root = await asyncio.to_thread(make_root, options.file, system_entropy)
    print(f"The root is in {options.file}. Keep it, and a copy, where the service is not.")
    print("Clients pin its public key, and the service is told it:")
    print(f"PLI_MODERATION_ROOT={root.key.public.hex()}")
    return 0


async def _roster(settings: Settings, options: argparse.Namespace) -> int:
    document = await carry_out(settings, moderation_keys.ROSTER, moderation_keys.Wanted(options.mailbox), say)
    print(msgspec.json.encode(document).decode())
    return 0


async def _certify(settings: Settings, options: argparse.Namespace) -> int:
    root = await asyncio.to_thread(read_root, options.root)
    try:
        document = msgspec.json.decode(await read_file(options.roster), type=RosterFile)
    except msgspec.DecodeError:
        raise OperationFailed(f"{options.roster} is no roster of moderators.") from None
    if options.certificate.exists():
        raise OperationFailed(f"{options.certificate} exists. Name a new file.")
    done = certified(root, document, system_clock(), options.days)
    await asyncio.to_thread(keep_root, options.root, done.root)
    await asyncio.to_thread(options.certificate.write_bytes, done.certificate)
    print(f"Certified: generation {done.key.g}, key {done.key.hash.hex()}, until {_day(done.key.not_after)}.")
    print("Who opens what is sealed to it (compare with who should; nobody else may be here):")
    for seat, held in done.state.seats.items():
        print(f"  seat {seat.hex()}  {held.role}{', administrator' if held.admin else ''}")
    return 0


async def _install(settings: Settings, options: argparse.Namespace) -> int:
    given = moderation_keys.Certificate(await read_file(options.certificate))
    key = await carry_out(settings, moderation_keys.INSTALL, given, say)
    print(f"Reports are sealed to generation {key.g} from now on, until {_day(key.not_after)}: key {key.key_hash}.")
    return 0


async def _list(settings: Settings, options: argparse.Namespace) -> int:
    """1 if something is to be certified."""
    found = await carry_out(settings, moderation_keys.LIST, Nothing(), say)
    for key in found.keys:
        print(f"generation {key.g}  {key.state:<8}  until {_day(key.not_after)}  key {key.key_hash}")
    if not any(key.state == "in use" for key in found.keys):
        print("No key is in use: nobody can report.")
    for g in found.behind:
        print(f"Generation {g} is in force among the moderators and not certified: certify it, and install that.")
    return int(bool(found.behind) or not any(key.state == "in use" for key in found.keys))


def _days(text: str) -> int:
    days = int(text)
    if not 1 <= days <= DAYS_MAX:
        raise ValueError
    return days


def _day(at: int) -> str:
    return datetime.fromtimestamp(at / 1_000, UTC).strftime("%Y-%m-%d")
