"""Sockets that ask for pages of a thread and read nothing, or a sip a second."""

import asyncio
from typing import Final

from bench.people import Person
from bench.sealing import Author, seal
from messaging.wire import codec
from messaging.wire.commands import Pull, Send
from tests.steady.ordinary import Ordinary
from tests.steady.strangers import Stranger, frame

SIP_BYTES: Final = 1_000
PULLS: Final = 4
LONG: Final = "é" * 20_000


class Slow:
    """One socket that asks and hardly reads."""

    def __init__(self, stranger: Stranger, asked: bytes, *, sips: bool) -> None:
        self.stranger = stranger
        self._asked = asked
        self._sips = sips

    def go_on(self) -> None:
        """Once a second."""
        self._asked = self._asked[self.stranger.push(self._asked) :]
        if self._sips:
            self.stranger.sip(SIP_BYTES)


async def people(ordinary: Ordinary, port: int, count: int) -> list[tuple[Person, Author]]:
    """Accounts of pairs that have one thread each, with more in it than one page."""
    pairs = await asyncio.to_thread(ordinary.town.pairs, -(-count // 2), 1, 1_000)
    for pair in pairs:
        author = pair.authors[0][0]
        writer = await Stranger.greeted(port, ordinary.town.hello(pair.people[0]))
        for ref in range(2):
            await writer.say(frame(codec.encode(Send(ref=ref, payload=seal(author, author.pseudonym.sign, LONG)))))
            await writer.until(b'"t":"ack"')
        writer.close()
    return [(person, own[0]) for pair in pairs for person, own in zip(pair.people, pair.authors, strict=True)]


async def slow_one(ordinary: Ordinary, port: int, account: tuple[Person, Author], number: int, *, sips: bool) -> Slow:
    """The socket of that number of its account, greeted: `go_on` makes it ask."""
    person, author = account
    stranger = await Stranger.greeted(port, await asyncio.to_thread(ordinary.town.hello, person))
    asked: list[Pull | Send] = [Pull(ref=ref, thread=author.thread, after=0) for ref in range(PULLS)]
    if number == 0:
        asked.append(Send(ref=PULLS, payload=seal(author, author.pseudonym.sign, LONG)))
    return Slow(stranger, b"".join(frame(codec.encode(each)) for each in asked), sips=sips)
