"""`pli chat`: hold a conversation of the running demo in this terminal."""

import argparse
import logging

from messaging.cli.command import Commands
from messaging.config import Settings


def add(commands: Commands) -> None:
    chat = commands.add_parser("chat", help="take the place of one of the demo's people, in this terminal")
    chat.add_argument("person", nargs="?", help="who: camille, martine or yves")
    chat.add_argument("--language", choices=("fr", "en"), default="fr", help="fr or en")
    chat.add_argument("--url", help="another way to the demo's service than its own address (a proxy, say)")
    chat.set_defaults(command=_chat)


async def _chat(settings: Settings, options: argparse.Namespace) -> int:
    from messaging.chat.chat import chat  # it needs the SDK; the service does not

    if settings.log_level != "DEBUG":
        logging.disable(logging.CRITICAL)  # a log line in the middle of a conversation is nobody's message
    return await chat(settings.data_dir, options.person, options.language, options.url)
