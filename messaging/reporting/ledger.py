"""One line for each relation, folded from its events by DuckDB: everything that the figures are counted from.

Events come in pages of whole relations, in any order within a page and as often as they like: what counts is the set of
(relation, n). Corrections put other data in the place of an event's, or take it away. What the month of a relation told
stays so: once that is published, corrections change nothing of the first 90 days any more, for whoever knows the months
could take them from their year, and have what became of those that were corrected.

Every fact is measured from the first contact, so that it is the same whenever it is asked for: nothing that comes later
changes it but such a correction.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Self

import duckdb
import msgspec
import numpy as np
from numpy.typing import NDArray

from messaging.relations import facts
from messaging.reporting import records
from messaging.reporting.calendar import AGE_MS, Month, due_at, month_of
from messaging.reporting.records import OUTCOMES, REASONS, RECORD, History, code

_RECORDS: Final = np.dtype([("n", "<u4"), ("kind", "u1"), ("side", "u1"), ("arg", "<u2"), ("ts", "<i8")])
"""An array of `records.RECORD`."""
_DAY: Final = "86400000::BIGINT"
_BLOCKED: Final = ", ".join(
    str(OUTCOMES.index(outcome) + shift)
    for outcome in ("frozen", "blocked", "suspended")
    for shift in (0, len(OUTCOMES))
)
_PARTIES: Final = ", ".join(
    f"CASE WHEN d.{ref} IS NOT NULL THEN hash(d.{ref}) END" for ref in ("territory_ref", "project_ref")
)
"""Of those that there are: DuckDB has a hash of nothing too, which would be one party more."""
_REOPENED: Final = 999
"""No reason: the last of closings and reopenings was a reopening."""
_ABUSE: Final = REASONS.index("abuse")
_OPENED: Final = """{"origin_side": "VARCHAR", "profession_group": "VARCHAR", "population_tier": "VARCHAR",
    "departement": "VARCHAR", "region": "VARCHAR", "plan": "VARCHAR", "qualified_offer": "BOOLEAN",
    "territory_ref": "VARCHAR", "project_ref": "VARCHAR"}"""

_TABLES: Final = """
CREATE TABLE relation (
    opened BIGINT, cohort INTEGER, origin VARCHAR, profession VARCHAR, tier VARCHAR, departement VARCHAR,
    region VARCHAR, plan VARCHAR, qualified BOOLEAN, territory UBIGINT, project UBIGINT,
    answered BIGINT, revealed BIGINT, visited BIGINT, declared BIGINT, confirmed BIGINT, abuse BIGINT,
    flagged BIGINT, decided BIGINT, upheld BOOLEAN, appealed BIGINT, closed USMALLINT, closed_unanswered BOOLEAN);
CREATE TABLE silence (origin VARCHAR, side UTINYINT, since BIGINT, until BIGINT, territory UBIGINT, project UBIGINT);
CREATE TABLE effort (
    project UBIGINT, cohort INTEGER, is_answered BOOLEAN, contacts BIGINT, territories UBIGINT[]);
"""

_FOLD: Final = f"""
INSERT INTO relation
WITH opened AS (
    SELECT rel, ts, from_json(data, '{_OPENED}') AS d FROM opening
), told AS (
    SELECT e.rel,
        min(e.ts) FILTER (e.kind = {code("message.accepted")} AND e.arg = 1 AND e.side = 0) AS wrote_0,
        min(e.ts) FILTER (e.kind = {code("message.accepted")} AND e.arg = 1 AND e.side = 1) AS wrote_1,
        min(e.ts) FILTER (e.kind = {code("identities.revealed")}) AS revealed,
        min(e.ts) FILTER (e.kind = {code("meeting.held")} AND e.arg = 1) AS visited,
        min(e.ts) FILTER (e.kind = {code("installation.declared")}) AS declared,
        min(e.ts) FILTER (e.kind = {code("installation.confirmed")}) AS confirmed,
        min(e.ts) FILTER ((e.kind = {code("closed")} AND e.arg = {_ABUSE})
            OR (e.kind = {code("decided")} AND e.arg IN ({_BLOCKED}))) AS abuse,
        min(e.ts) FILTER (e.kind = {code("flagged")}) AS flagged,
        min(e.ts) FILTER (e.kind = {code("decided")} AND e.arg < {len(OUTCOMES)}) AS decided,
        max_by(e.arg % {len(OUTCOMES)} > 0, e.n) FILTER (e.kind = {code("decided")}) AS upheld,
        min(e.ts) FILTER (e.kind = {code("appealed")}) AS appealed,
        max_by(CASE WHEN e.kind = {code("closed")} THEN e.arg ELSE {_REOPENED} END, e.n) FILTER (
            e.kind IN ({code("closed")}, {code("reopened")}) AND e.ts - o.ts <= 365 * {_DAY}) AS closed,
        max(e.n) FILTER (e.kind = {code("closed")} AND e.ts - o.ts <= 365 * {_DAY}) AS closed_n,
        min(e.n) FILTER (e.kind = {code("message.accepted")} AND e.arg = 1 AND e.side = 1) AS answer_n
    FROM event e JOIN opened o USING (rel) GROUP BY e.rel
)
SELECT o.ts, year(o.local) * 100 + month(o.local), d.origin_side,
    coalesce(nullif(d.profession_group, ''), '?'), coalesce(nullif(d.population_tier, ''), '?'),
    coalesce(nullif(d.departement, ''), '?'), coalesce(nullif(d.region, ''), '?'), coalesce(nullif(d.plan, ''), '?'),
    coalesce(d.qualified_offer, false), {_PARTIES},
    CASE WHEN t.wrote_0 > t.wrote_1 THEN t.wrote_0 WHEN t.wrote_0 IS NOT NULL THEN t.wrote_1 END - o.ts,
    t.revealed - o.ts, t.visited - o.ts, t.declared - o.ts, t.confirmed - o.ts,
    t.abuse - o.ts, t.flagged - o.ts, t.decided - t.flagged, t.upheld, t.appealed - o.ts, nullif(t.closed, {_REOPENED}),
    t.closed <> {_REOPENED} AND (t.answer_n IS NULL OR t.answer_n > t.closed_n)
FROM (SELECT *, timezone('Europe/Paris', to_timestamp(ts // 1000)) AS local FROM opened) o LEFT JOIN told t USING (rel)
"""

_SILENCES: Final = f"""
INSERT INTO silence
WITH word AS (
    SELECT e.rel, e.ts, e.side, e.kind, lead(e.ts) OVER (PARTITION BY e.rel ORDER BY e.n) AS until
    FROM event e
    WHERE (e.kind = {code("message.accepted")} AND e.arg = 1)
        OR e.kind IN ({code("closed")}, {code("purged")})
        OR (e.kind = {code("decided")} AND e.arg IN ({_BLOCKED}))
)
SELECT d.origin_side, w.side, w.ts, coalesce(w.until, {2**62}), {_PARTIES}
FROM word w JOIN (SELECT rel, from_json(data, '{_OPENED}') AS d FROM opening) USING (rel)
WHERE w.kind = {code("message.accepted")} AND coalesce(w.until, {2**62}) - w.ts > 7 * {_DAY}
"""


_SETTLE: Final = """
CREATE TABLE settled AS SELECT * FROM relation ORDER BY opened;
DROP TABLE relation;
ALTER TABLE settled RENAME TO relation;
"""
"""In order of time, so that a query of one cohort reads little more than it."""

_EFFORTS: Final = f"""
CREATE OR REPLACE TABLE effort AS
WITH own AS (
    SELECT project, territory, opened, cohort, answered FROM relation
    WHERE origin = 'project' AND project IS NOT NULL AND coalesce(abuse, {2**62}) > 90 * {_DAY}
), began AS (
    SELECT project, min(opened) AS first, min_by(cohort, opened) AS cohort, min(opened + answered) AS answer
    FROM own GROUP BY project
)
SELECT project, any_value(began.cohort) AS cohort,
    coalesce(any_value(answer - first) <= 90 * {_DAY}, false) AS is_answered, count(*) AS contacts,
    list(DISTINCT territory) FILTER (territory IS NOT NULL)[1:3] AS territories
FROM began JOIN own USING (project)
WHERE opened <= least(coalesce(answer, {2**62}), first + 90 * {_DAY}) GROUP BY project
"""
"""For each project, how many contacts it made until a first answer came, within 90 days of its first one."""


class Ledger:
    """The lines of all relations, in a database of its own in memory."""

    def __init__(self, told_at: Callable[[Month], int] = due_at, *, memory_mib: int = 1_100) -> None:
        """`told_at`: when the cohort of a month was published (ms), or is now."""
        # Without a folder for what does not fit: nothing of it ever goes to a disk.
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": f"{memory_mib}MiB",
            "threads": 2,
            "temp_directory": "",
        }
        self.connection = duckdb.connect(config=config)
        self.connection.execute("SET TimeZone = 'UTC'; SET preserve_insertion_order = false")
        self.connection.execute(_TABLES)
        self._is_settled = True
        self._told_at = told_at

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def add(self, page: Sequence[History]) -> None:
        """Folds whole relations. What waits at the end of a month is no cohort, and is counted with all corrections."""
        told = [_as_told(history, self._told_at) for history in page]
        if all(before is after for before, after in zip(told, page, strict=True)):
            self._fold(page, _FOLD, _SILENCES)
        else:
            self._fold(told, _FOLD)
            self._fold(page, _SILENCES)

    def _fold(self, page: Sequence[History], *queries: str) -> None:
        page = [history for history in map(_corrected_opening, page) if history is not None]
        if not page:
            return
        events = _events(page)
        self.connection.register("event", events)
        self.connection.register(
            "opening",
            {
                "rel": np.arange(len(page), dtype=np.int32),
                "ts": np.array([history.opened_at for history in page], np.int64),
                "data": np.array([history.opening.decode() for history in page], object),
            },
        )
        self._is_settled = False
        for query in queries:
            self.connection.execute(query)
        self.connection.unregister("event")
        self.connection.unregister("opening")

    def rows(self, query: str, parameters: Mapping[str, object] | None = None) -> list[tuple[Any, ...]]:
        if not self._is_settled:
            self.connection.execute(_SETTLE)
            self.connection.execute(_EFFORTS)
            self._is_settled = True
        return self.connection.execute(query, dict(parameters or {})).fetchall()


def _as_told(history: History, told_at: Callable[[Month], int]) -> History:
    """Without the corrections of its first 90 days that came once its month was published."""
    if not history.corrections:
        return history
    until = told_at(month_of(history.opened_at))
    if all(at < until for *_, at in history.corrections):
        return history
    fixed = {0} | {n for n, *_, ts in RECORD.iter_unpack(history.events) if ts - history.opened_at <= AGE_MS}
    kept = [each for each in history.corrections if each[-1] < until or each[1] not in fixed]
    return msgspec.structs.replace(history, corrections=kept)


def _corrected_opening(history: History) -> History | None:
    """With the last correction of event 0, if there was one; None: the relation never was."""
    of_opening = [(n, data) for n, wrong, data, _ in history.corrections if wrong == 0]
    if not of_opening:
        return history
    _, data = max(of_opening)
    return None if data == b"null" else msgspec.structs.replace(history, opening=data)


def _events(page: Sequence[History]) -> dict[str, NDArray[Any]]:
    """The events of a page as columns: each once, and corrected."""
    lengths = np.array([len(history.events) // RECORD.size for history in page])
    all_of_them = np.frombuffer(b"".join(history.events for history in page), _RECORDS)
    rel = np.repeat(np.arange(len(page), dtype=np.int32), lengths)
    key = rel.astype(np.int64) << 32 | all_of_them["n"]
    if len(key) and not (np.diff(key) > 0).all():
        _, once = np.unique(key, return_index=True)
        all_of_them, rel, key = all_of_them[once], rel[once], key[once]
    columns: dict[str, NDArray[Any]] = {"rel": rel, **{name: all_of_them[name].copy() for name in _RECORDS.names or ()}}
    for index, history in enumerate(page):
        if history.corrections:
            _correct(columns, key, index, history.corrections)
    return columns


def _correct(
    columns: dict[str, NDArray[Any]], key: NDArray[Any], rel: int, corrections: Iterable[tuple[int, int, bytes, int]]
) -> None:
    """The last one of an event counts, whatever those before it said."""
    for wrong, data in {wrong: data for _, wrong, data, _ in sorted(corrections)}.items():
        place = int(np.searchsorted(key, rel << 32 | wrong))
        if place == len(key) or key[place] != rel << 32 | wrong:
            continue
        said = msgspec.json.decode(data)
        if said is None:
            columns["kind"][place] = records.code("corrected")
            continue
        side, arg = records.words(records.KINDS[columns["kind"][place]], said)
        columns["side"][place], columns["arg"][place] = side, arg


def histories(envelopes: Iterable[bytes], until: int | None = None) -> list[History]:
    """Of events as they were delivered, one JSON object each: in any order, repeated, torn lines passed over. `until`:
    as of that moment (ms), from which on nothing had happened.
    """
    openings: dict[str, tuple[int, bytes]] = {}
    events: dict[str, dict[int, bytes]] = {}
    corrections: dict[str, set[tuple[int, int, bytes, int]]] = {}
    for line in envelopes:
        event = _event(line)
        if event is None:
            continue
        n, at = int(event.id.rpartition("-")[2]), _millis(event.time)
        if until is not None and at >= until:
            continue
        if event.type == facts.SOLICITED:
            openings[event.subject] = (at, bytes(event.data))
        elif event.type == facts.CORRECTED:
            said = msgspec.json.decode(event.data, type=_Corrected)
            corrections.setdefault(event.subject, set()).add((n, said.n, bytes(said.data), at))
        else:
            data = msgspec.json.decode(event.data)
            kind = records.KINDS.index(event.type.removeprefix("fr.pli.relation."))
            packed = RECORD.pack(n, kind, *records.words(records.KINDS[kind], data), at)
            events.setdefault(event.subject, {})[n] = packed
    return [
        History(at, data, b"".join(events.get(subject, {}).values()), sorted(corrections.get(subject, ())))
        for subject, (at, data) in openings.items()
    ]


class _Corrected(msgspec.Struct):
    n: int
    data: msgspec.Raw


class _Event(msgspec.Struct):
    id: str
    type: str
    subject: str
    time: str
    data: msgspec.Raw


def _event(line: bytes) -> _Event | None:
    try:
        event = msgspec.json.decode(line, type=_Event)
    except msgspec.DecodeError:
        return None
    return event if records.is_counted(event.type) else None


def _millis(time: str) -> int:
    moment = msgspec.convert(time, type=datetime)
    return round(moment.timestamp() * 1_000)
