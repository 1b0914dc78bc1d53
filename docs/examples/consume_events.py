"""Reads relation events from the Redis stream as one of a group of consumers, and counts each event once.

    python consume_events.py redis://127.0.0.1:6379 events.sqlite3 consumer-1

Events come at least once. What makes that "once" is that the event's `id` and what it changes are committed together,
before the entry is acknowledged: a consumer that dies in between gets it again, and finds that it is done. What a
consumer took whose name never comes back, another one takes over with XAUTOCLAIM.
"""

import contextlib
import json
import sqlite3
import sys

import redis

STREAM, GROUP = "pli:events", "counting"


def main(url: str, database: str, consumer: str) -> None:
    books = sqlite3.connect(database)
    books.execute("CREATE TABLE IF NOT EXISTS done (id TEXT PRIMARY KEY, type TEXT NOT NULL)")
    stream = redis.Redis.from_url(url)
    with contextlib.suppress(redis.ResponseError):  # the group is there already
        stream.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
    claim = "0"  # first what this consumer took before and never acknowledged, then what is new
    while True:
        answer = stream.xreadgroup(GROUP, consumer, {STREAM: claim}, count=100, block=1_000)
        entries = answer[0][1] if answer else []
        if not entries:
            if claim == ">":
                return
            claim = ">"
        for entry, fields in entries:
            event = json.loads(fields[b"event"])
            with books:
                books.execute("INSERT OR IGNORE INTO done VALUES (?, ?)", (event["id"], event["type"]))
            stream.xack(STREAM, GROUP, entry)


if __name__ == "__main__":
    main(*sys.argv[1:])
