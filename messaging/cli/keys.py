"""`pli keys list | add | rotate`: the ring of column keys. `pli keys moderation`: see `moderation_keys`."""

import argparse

from messaging.cli import moderation_keys
from messaging.cli.command import Commands, say
from messaging.config import Settings
from messaging.operations import Nothing, carry_out, key_ring


def add(commands: Commands) -> None:
    group = commands.add_parser("keys", help="the ring of column keys: list, prepare, rotate; moderation keys")
    keys = group.add_subparsers(required=True, metavar="COMMAND")
    listing = keys.add_parser("list", help="the keys, and how many values are sealed under each")
    listing.set_defaults(command=_list)
    adding = keys.add_parser("add", help="prepare the next key, to copy the ring to every host before `rotate`")
    adding.set_defaults(command=_add)
    rotating = keys.add_parser("rotate", help="put a new key in use, seal everything again, drop the old one")
    rotating.set_defaults(command=_rotate)
    moderation_keys.add(keys)


async def _list(settings: Settings, options: argparse.Namespace) -> int:
    """1 if a key is lost."""
    uses = (await carry_out(settings, key_ring.LIST, Nothing(), say)).keys
    for use in uses:
        values = ", ".join(f"{count} {column}" for column, count in sorted(use.values.items())) or "nothing"
        print(f"key {use.key:<3}  {use.state:<6}  seals {values}")
    return int(any(use.state == "lost" for use in uses))


async def _add(settings: Settings, options: argparse.Namespace) -> int:
    added = await carry_out(settings, key_ring.ADD, Nothing(), say)
    if added.ring:
        print(f"Key {added.key} is prepared. Write this into PLI_KEY_RING of every process, and restart them:")
        print(added.ring)
    else:
        print(f"Key {added.key} is in the ring ({settings.key_ring_file}). Copy the file to every host, then rotate.")
    return 0


async def _rotate(settings: Settings, options: argparse.Namespace) -> int:
    done = await carry_out(settings, key_ring.ROTATE, Nothing(), say)
    dropped = ", ".join(map(str, done.dropped)) or "none"
    print(f"Key {done.key} is in use. {done.resealed} values were sealed again. Dropped: {dropped}.")
    if done.ring:
        print("Nothing is sealed under dropped keys any more. PLI_KEY_RING may now be:")
        print(done.ring)
    else:
        print("Keep the ring of each backup of the database as long as that backup; copy the new one to every host.")
    return 0
