"""`pli events list | replay | enable`: what waits for webhooks, dead letters, and endpoints that are disabled.
`pli events show | correct`: the events of one relation, and the operator's word that one of them was wrong.
"""

import argparse
from datetime import UTC, datetime

import msgspec

from messaging.cli.command import Commands, id_bytes, say
from messaging.config import Settings
from messaging.operations import OperationFailed, carry_out, corrections, webhooks
from messaging.services.corrections import Correction, Reason


def add(commands: Commands) -> None:
    group = commands.add_parser("events", help="relation events: what waits for webhooks, and corrections")
    events = group.add_subparsers(required=True, metavar="COMMAND")
    listing = events.add_parser("list", help="deliveries that wait, the oldest first, and why")
    listing.add_argument("--dead", action="store_true", help="those that were given up after three days instead")
    listing.set_defaults(command=_list)
    replaying = events.add_parser("replay", help="deliver an endpoint's dead letters again")
    replaying.add_argument("endpoint", help="its name, as the list shows it")
    replaying.set_defaults(command=_replay)
    enabling = events.add_parser("enable", help="deliver again to an endpoint that answered 410")
    enabling.add_argument("endpoint", help="its name, as the list shows it")
    enabling.set_defaults(command=_enable)
    showing = events.add_parser("show", help="the events of one relation, as they count now")
    showing.add_argument("subject", type=id_bytes, help="as each of its events names it, 32 hex digits")
    showing.set_defaults(command=_show)
    _add_correct(events)


def _add_correct(events: Commands) -> None:
    correcting = events.add_parser("correct", help="tell that an event was wrong: figures count it as corrected")
    which = correcting.add_mutually_exclusive_group(required=True)
    which.add_argument("subject", nargs="?", type=id_bytes, help="of the relation, 32 hex digits")
    which.add_argument("--mailbox", metavar="REF", help="the first event of every relation of this party instead")
    correcting.add_argument("--event", type=int, default=0, metavar="N", help="which event; without it the first, 0")
    correcting.add_argument(
        "--set", action="append", default=[], type=_pair, metavar="NAME=VALUE", help="what is right"
    )
    correcting.add_argument("--never", action="store_true", help="it never was; of event 0: nor was the relation")
    correcting.add_argument("--as-told", action="store_true", help="take back what earlier corrections of it said")
    reasons = [each.value for each in Reason]
    correcting.add_argument("--reason", required=True, choices=reasons, help="for the audit log")
    correcting.set_defaults(command=_correct)


async def _list(settings: Settings, options: argparse.Namespace) -> int:
    after = 0
    while True:
        found = await carry_out(settings, webhooks.LIST, webhooks.Wanted(options.dead, after), say)
        if after == 0:
            for name in found.disabled:
                print(f"{name}: disabled, it answered 410. Once that is settled: pli events enable {name}")
        for each in found.deliveries:
            made = datetime.fromtimestamp(each.made_at / 1_000, UTC).strftime("%Y-%m-%d %H:%M")
            print(f"{made}  {each.endpoint}  {each.event}  {each.attempts} tries  {each.says}")
            after = each.key
        if not found.deliveries:
            return 0


async def _replay(settings: Settings, options: argparse.Namespace) -> int:
    replayed = await carry_out(settings, webhooks.REPLAY, webhooks.Endpoint(options.endpoint), say)
    print(f"{replayed.deliveries} dead letters will be delivered again.")
    return 0


async def _enable(settings: Settings, options: argparse.Namespace) -> int:
    await carry_out(settings, webhooks.ENABLE, webhooks.Endpoint(options.endpoint), say)
    print("Enabled: what waited goes out now.")
    return 0


async def _show(settings: Settings, options: argparse.Namespace) -> int:
    found = await carry_out(settings, corrections.SHOW, corrections.Relation(options.subject), say)
    for each in found.events:
        at = datetime.fromtimestamp(each.at / 1_000, UTC).strftime("%Y-%m-%d %H:%M")
        data = "never was" if each.data is None else msgspec.json.encode(each.data).decode()
        told = "" if each.data == each.first else f"  (told as {msgspec.json.encode(each.first).decode()})"
        print(f"{each.n:>4}  {at}  {each.type}  {data}{told}")
    return 0


async def _correct(settings: Settings, options: argparse.Namespace) -> int:
    if options.never == bool(options.set or options.as_told):
        raise OperationFailed("Say what is right: --never, or --set NAME=VALUE, or --as-told.")
    if options.mailbox is not None and options.event != 0:
        raise OperationFailed("Of all relations of a party only event 0 is corrected.")
    data = None if options.never else dict(options.set)
    correction = Correction(options.event, data, Reason(options.reason), options.as_told)
    wanted = corrections.Wanted(options.subject, options.mailbox, correction)
    done = await carry_out(settings, corrections.CORRECT, wanted, say)
    print(f"{done.corrected} corrected, {done.unchanged} counted so already.")
    return 0


def _pair(text: str) -> tuple[str, str]:
    """Raises: ValueError."""
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise ValueError
    return name, value
