"""Reads relation events from the Redis stream as one of a group of consumers, and counts each event once.

    python consume_events.py redis://127.0.0.1:6379 events.sqlite3 consumer-1 [60]

Events come at least once. What makes that "once" is that the event's `id` and what it changes are committed together,
before the entry is acknowledged: a consumer that dies in between gets it again, and finds that it is done. What another
consumer took and did not acknowledge within 60 s, this one takes over.

It ends when nothing came for a second: run it again and again. Before that it drops from the stream what every group
acknowledged, as somebody has to: the service only adds to it.
"""

import contextlib
import json
import sqlite3
import sys

import redis

STREAM, GROUP = "pli:events", "counting"


def main(url: str, database: str, consumer: str, idle_s: str = "60") -> None:
    books = sqlite3.connect(database)
    books.execute("CREATE TABLE IF NOT EXISTS done (id TEXT PRIMARY KEY, type TEXT NOT NULL)")
    stream = redis.Redis.from_url(url)
    with contextlib.suppress(redis.ResponseError):  # the group is there already
        stream.xgroup_create(STREAM, GROUP, id="0", mkstream=True)

    def count(entries):
        for entry, fields in entries:
            event = json.loads(fields[b"event"])
            with books:
                books.execute("INSERT OR IGNORE INTO done VALUES (?, ?)", (event["id"], event["type"]))
            stream.xack(STREAM, GROUP, entry)

    def read(after):
        answer = stream.xreadgroup(GROUP, consumer, {STREAM: after}, count=100, block=1_000)
        return answer[0][1] if answer else []

    while entries := read("0"):  # what this consumer took before and never acknowledged
        count(entries)
    start = b"0-0"
    while True:  # what others took that are gone
        start, entries, *_ = stream.xautoclaim(STREAM, GROUP, consumer, int(float(idle_s) * 1_000), start, count=100)
        count(entries)
        if start == b"0-0":
            break
    while entries := read(">"):  # what is new
        count(entries)
    trim(stream)


def trim(stream: redis.Redis) -> None:
    """Drops all before the first entry that some group has not acknowledged. A group that nobody reads any more keeps
    everything: XGROUP DESTROY it."""
    kept = []
    for group in stream.xinfo_groups(STREAM):
        waiting = stream.xpending(STREAM, group["name"])["min"]
        kept.append(waiting or group["last-delivered-id"])
    oldest = min(kept, key=lambda entry: [int(part) for part in entry.split(b"-")])
    stream.xtrim(STREAM, minid=oldest, approximate=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
