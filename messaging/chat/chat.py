"""`pli chat`, from the command line's words to the exit code."""

import asyncio
import signal
import sys
from pathlib import Path
from typing import Final

from messaging.app import system_entropy
from messaging.chat.catalogue import Language, Texts
from messaging.chat.console import Console
from messaging.chat.person import Person
from messaging.chat.shown import on_one_line, safe
from messaging.chat.visit import Visit
from messaging.demo.door import NoDemo, UnknownPerson, names
from messaging.demo.play import FOLDER
from pli_client.errors import ClientError, E2EEError, Unreachable

_PROMPT: Final = "> "
_REASON_CHARS: Final = 200


async def chat(data_dir: Path, name: str | None, language: str, url: str | None) -> int:
    """0 once the person left; 1 when something is wrong, which is said."""
    say = Texts(Language(language))
    folder = data_dir / FOLDER
    try:
        if name is None:
            return _fail(say("who", people=" | ".join(sorted(names()))))
        person = await Person.at_the_door(folder, name)
    except NoDemo:
        return _fail(say("no_demo", folder=folder))
    except UnknownPerson as error:
        return _fail(say("unknown_person", people=", ".join(error.people)))
    try:
        kept = await _visit(person, say, url)
    except Unreachable:
        return _fail(say("unreachable"))
    except (ClientError, E2EEError) as error:
        return _fail(say("ended", reason=on_one_line(str(error), _REASON_CHARS)))
    print(say("bye_kept", count=kept) if kept else say("bye"))
    return 0


async def _visit(person: Person, say: Texts, url: str | None) -> int:
    """How many messages were not confirmed when the person left."""
    print(say("signing_in", name=safe(person.card["name"])), flush=True)
    async with person.client(system_entropy, url=url) as client:
        with Console(_PROMPT) as console:
            _leave_on_signals(console)
            visit = Visit(client, person, console, say)
            await visit.run()
            return visit.kept


def _leave_on_signals(console: Console) -> None:
    """A terminal that is closed, or a process that is ended, is a person who left: the mode is put back."""
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, console.leave)


def _fail(text: str) -> int:
    print(text, file=sys.stderr)
    return 1
