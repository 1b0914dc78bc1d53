"""What a send costs with a million messages stored, by what it costs with a thousand: two services on SQLite.

One is filled beforehand, beneath the service while it rests: every thread that is written to gets as many messages
as the others. What is compared is the CPU of the service for one message, which stands a busy machine.
"""

import contextlib
import sqlite3
from pathlib import Path
from statistics import median
from typing import Final

from msgspec import Struct

from bench.contenders import SINGLE, Durable
from bench.people import Town
from bench.rounds import Bench
from bench.sealing import PAYLOAD_BYTES, Sealers
from bench.servers import deployed, serving, sqlite_file, sqlite_url

FEW: Final = 1_000
_MESSAGES: Final = 40
"""Of each connection, in a run."""
_SIZES: Final = {"payload": PAYLOAD_BYTES, "proof": 330}
"""Bytes; a stamp in a commit of some fifty messages."""
_CACHE_KIB: Final = 262_144

_FILL: Final = """
WITH RECURSIVE place (seq) AS (SELECT :head + 1 UNION ALL SELECT seq + 1 FROM place WHERE seq < :last)
INSERT INTO events (thread, seq, at, kind, party, msg_id, payload, proof)
SELECT :thread, seq, 0, 'message', 0, randomblob(16), randomblob(:payload), randomblob(:proof) FROM place
"""


class Growth(Struct, frozen=True):
    """Microseconds of the service's CPU for one message, run by run, in the same order."""

    stored: int
    few_us: list[float]
    many_us: list[float]

    @property
    def ratio(self) -> float:
        """The median over the runs."""
        return median(many / few for few, many in zip(self.few_us, self.many_us, strict=True))


def growth(bench: Bench, folder: Path, pool: Sealers) -> Growth:
    """Raises: RunFailed, ServerFailed."""
    with contextlib.ExitStack() as stack:
        few, many = (_contender(stack, bench, folder / str(count), pool, count) for count in (FEW, bench.extent.stored))
        for contender in (few, many):
            bench.run(contender, SINGLE, _MESSAGES)
        runs = [
            (bench.run(few, SINGLE, _MESSAGES), bench.run(many, SINGLE, _MESSAGES))
            for _ in range(bench.extent.growth_runs)
        ]
    return Growth(bench.extent.stored, [each.server_us for each, _ in runs], [each.server_us for _, each in runs])


def _contender(stack: contextlib.ExitStack, bench: Bench, folder: Path, pool: Sealers, stored: int) -> Durable:
    deployment = deployed(sqlite_url(folder), folder)
    with serving(deployment, bench.cores) as running, contextlib.closing(Town(running)) as town:
        pairs = town.pairs(bench.extent.pairs, bench.extent.threads_per_pair)
    fill(sqlite_file(folder), stored)
    running = stack.enter_context(serving(deployment, bench.cores))
    town = stack.enter_context(contextlib.closing(Town(running)))
    return Durable(f"sqlite {stored:,}", [running.server], town, pairs, pool)


def fill(database: Path, messages: int) -> None:
    """Appends messages of random bytes to all threads of a database that nobody uses meanwhile."""
    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        threads = connection.execute("SELECT thread, head_seq FROM threads").fetchall()
        for number, (thread, head) in enumerate(threads):
            last = head + messages * (number + 1) // len(threads) - messages * number // len(threads)
            connection.execute("BEGIN")
            connection.execute(_FILL, {"thread": thread, "head": head, "last": last, **_SIZES})
            connection.execute("UPDATE threads SET head_seq = ? WHERE thread = ?", (last, thread))
            connection.execute("COMMIT")
