"""Was a promise broken? Holds the stored log against what senders were told, and against the rules of the log.

- Every acked message is there, once, at the seq, time and proof of its ack, with its very bytes.
- Nothing is there that nobody sent.
- Seqs have no gap; the chain leads to the head that the thread's row names; every event's own stamp verifies.
- Whoever listened heard all of it, as it is stored.
- The relation events were numbered without a gap, and there is one `message.accepted` for each message.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from hashlib import sha256
from itertools import groupby
from pathlib import Path

from messaging.domain.vocabulary import EventKind
from messaging.e2ee.errors import E2EEError
from messaging.e2ee.message import parse_payload
from messaging.e2ee.thread_log import ThreadChain
from messaging.e2ee.verified_log import LogEvent
from messaging.relations.facts import MESSAGE_ACCEPTED
from messaging.wire.rest import ServiceInfo
from tests.faults.senders import Key, Promise
from tests.faults.stored_log import StoredEvent, StoredLog, StoredThread
from tests.faults.witnesses import Place, Witness


def check_promises(log: StoredLog, acked: Mapping[Key, Promise], sent: Mapping[Key, bytes]) -> list[str]:
    """What is wrong between the log and its senders; cheap, so that it can run after each crash."""
    stored = _by_message(log)
    wrong = [
        f"acked at seq {acked[key].seq}, stored {len(stored.get(key, []))} times or otherwise: {_name(key)}"
        for key in lost(log, acked)
    ]
    wrong += [f"stored {len(stored[key])} times: {_name(key)}" for key in doubled(log)]
    for key, events in stored.items():
        if key in sent and any(sha256(e.payload).digest() != sent[key] for e in events):
            wrong.append(f"stored with other bytes than were sent: {_name(key)}")
    for key in stored.keys() - sent.keys() - _openings(log):
        wrong.append(f"stored, but nobody sent it: {_name(key)}")
    return wrong + check_seqs(log)


def lost(log: StoredLog, acked: Mapping[Key, Promise]) -> list[Key]:
    """Messages that are not stored as their ack says."""
    stored = _by_message(log)
    return [
        key
        for key, promise in acked.items()
        if promise not in [Promise(e.seq, e.at, e.proof, sha256(e.payload).digest()) for e in stored.get(key, [])]
    ]


def doubled(log: StoredLog) -> list[Key]:
    """Messages that are stored more than once."""
    return [key for key, events in _by_message(log).items() if len(events) > 1]


def _by_message(log: StoredLog) -> dict[Key, list[StoredEvent]]:
    stored: defaultdict[Key, list[StoredEvent]] = defaultdict(list)
    for event in log.events:
        if event.msg_id is not None:
            stored[event.thread, event.party, event.msg_id].append(event)
    return dict(stored)


def check_seqs(log: StoredLog) -> list[str]:
    """Gaps in the logs, and heads of threads that their logs do not have."""
    last = dict.fromkeys((row.thread for row in log.threads), 0)
    wrong: list[str] = []
    for event in log.events:
        if event.seq != last.get(event.thread, -1) + 1:
            wrong.append(f"seq {event.seq} follows {last.get(event.thread)} in {event.thread.hex()}")
        last[event.thread] = event.seq
    wrong += [
        f"the head of {row.thread.hex()} is at {row.head_seq}, its log ends at {last[row.thread]}"
        for row in log.threads
        if row.head_seq != last[row.thread]
    ]
    return wrong


def check_heard(log: StoredLog, witnesses: Iterable[Witness]) -> list[str]:
    """What witnesses heard otherwise than it is stored, twice, or not at all."""
    stored: defaultdict[bytes, dict[Place, bytes]] = defaultdict(dict)
    for event in log.events:
        stored[event.thread][event.thread, event.seq] = event.proof
    wrong: list[str] = []
    for number, witness in enumerate(witnesses):
        truth = {place: proof for thread in witness.threads for place, proof in stored[thread].items()}
        heard = {place: heard.proof for place, heard in witness.heard.items()}
        wrong += [
            f"witness {number} heard at seq {seq} of {thread.hex()} what is not stored there, or not what is"
            for thread, seq in (place for place in truth | heard if truth.get(place) != heard.get(place))
        ]
    return wrong


def check_chains(log: StoredLog, service: ServiceInfo) -> list[str]:
    """Every chain from its first event to its head, and every stamp, with the clients' own verifier."""
    rows = {row.thread: row for row in log.threads}
    wrong: list[str] = []
    for thread, events in groupby(log.events, key=lambda event: event.thread):
        try:
            _verify(list(events), rows[thread], service)
        except (E2EEError, AssertionError) as error:
            wrong.append(f"{thread.hex()}: {type(error).__name__}: {error}")
    return wrong


def _verify(events: list[StoredEvent], row: StoredThread, service: ServiceInfo) -> None:
    chain = ThreadChain(service=service.service, thread=row.thread, stamp_public=service.stamp_key)
    for event in events:
        seen = LogEvent(event.seq, event.at, event.kind, event.party, event.payload, event.proof)
        chain.verify_range([seen])
        if event.kind == EventKind.MESSAGE:
            chain.check_message(seen)
            chain.take_message(seen)
            assert parse_payload(event.payload).msg_id == event.msg_id, f"another id at seq {event.seq}"
    assert (chain.seq, chain.head) == (row.head_seq, row.head), "the thread's row names another head"
    assert events[-1].at == row.last_at, "the thread's row names another time"


def check_facts(log: StoredLog, event_log: Path) -> list[str]:
    """The relation events that came out, at least once each, in order and complete."""
    if log.facts_waiting:
        return [f"{log.facts_waiting} relation events still wait"]
    first_seen: defaultdict[str, dict[int, str]] = defaultdict(dict)
    wrong: list[str] = []
    lines = event_log.read_text().splitlines()
    for number, line in enumerate(lines):
        try:
            fact = json.loads(line)
        except json.JSONDecodeError:
            if not any(later.startswith(line) for later in lines[number + 1 :]):
                wrong.append(f"the event on line {number + 1} was cut, and did not come again")
            continue
        first_seen[fact["subject"]].setdefault(int(fact["id"].rpartition("-")[2]), fact["type"])
    messages = Counter(event.thread for event in log.events if event.kind == EventKind.MESSAGE)
    for row in log.threads:
        facts = first_seen[row.subject.hex()]
        if list(facts) != list(range(row.relation_n)):
            wrong.append(f"the facts of a relation came out of order or not all: {len(facts)} of {row.relation_n}")
        told = Counter(facts.values())[MESSAGE_ACCEPTED]
        if told != messages[row.thread]:
            wrong.append(f"{messages[row.thread]} messages were stored and {told} told")
    return wrong


def _openings(log: StoredLog) -> set[Key]:
    """Each thread's first message came with its opening, before any sender."""
    return {(e.thread, e.party, e.msg_id) for e in log.events if e.seq == 2 and e.msg_id is not None}


def _name(key: Key) -> str:
    thread, party, msg_id = key
    return f"{thread.hex()}/{party}/{msg_id.hex()}"


def assert_nothing(wrong: Iterable[str]) -> None:
    """Fails with the first complaints, if there are any."""
    listed = list(wrong)
    assert not listed, f"{len(listed)} complaints, first:\n" + "\n".join(listed[:10])
