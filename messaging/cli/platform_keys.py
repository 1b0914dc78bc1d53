"""`pli platform-keys add | list | revoke`: the keys of the platform's back end."""

import argparse
from datetime import UTC, datetime

from messaging.cli.command import Commands, say
from messaging.config import Settings
from messaging.domain.scope import Scope
from messaging.operations import Nothing, carry_out, platform_keys


def add(commands: Commands) -> None:
    group = commands.add_parser("platform-keys", help="the keys of the platform's back end: make, list, revoke")
    keys = group.add_subparsers(required=True, metavar="COMMAND")
    adding = keys.add_parser("add", help="make a key, which is printed this once")
    adding.add_argument("name", help="what it is for, to know it in the list")
    scopes = [scope.value for scope in Scope]
    adding.add_argument(
        "--scope", action="append", required=True, choices=scopes, help="what it opens; may be repeated"
    )
    adding.set_defaults(command=_add)
    keys.add_parser("list", help="all keys, revoked ones too").set_defaults(command=_list)
    revoking = keys.add_parser("revoke", help="end a key at once")
    revoking.add_argument("key", help="its id, as the list shows it")
    revoking.set_defaults(command=_revoke)


async def _add(settings: Settings, options: argparse.Namespace) -> int:
    wanted = platform_keys.NewKey(options.name, sorted({Scope(scope) for scope in options.scope}))
    made = await carry_out(settings, platform_keys.ADD, wanted, say)
    print(made.key)
    return 0


async def _list(settings: Settings, options: argparse.Namespace) -> int:
    for key in (await carry_out(settings, platform_keys.LIST, Nothing(), say)).keys:
        state = "good" if key.revoked_at is None else f"revoked {_day(key.revoked_at)}"
        print(f"{key.key}  {_day(key.made_at)}  {state}  {','.join(key.scopes)}  {key.name}")
    return 0


async def _revoke(settings: Settings, options: argparse.Namespace) -> int:
    await carry_out(settings, platform_keys.REVOKE, platform_keys.Revoked(options.key), say)
    print("Revoked: it opens nothing from the next request on.")
    return 0


def _day(at: int) -> str:
    return datetime.fromtimestamp(at / 1_000, UTC).strftime("%Y-%m-%d")
