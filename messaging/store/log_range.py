"""A stretch of a log in one query: so many entries, so many bytes, and at least one."""

from typing import Any

from sqlalchemy import Column, ColumnElement, Select, Table, case, func, select


def log_range(
    log: Table, of_log: ColumnElement[bool], sized: Column[bytes], after: int, limit: int, bytes_max: int
) -> Select[Any]:
    """Whole rows of `log` with seq > after, in order: the first in any case, then as many as fit `limit` rows and
    `bytes_max` bytes of the column `sized`. Only the lengths of what does not fit are read."""
    ahead = (
        select(log.c.seq, func.length(sized).label("size"))
        .where(of_log, log.c.seq > after)
        .order_by(log.c.seq)
        .limit(limit)
        .subquery("ahead")
    )
    running = select(ahead.c.seq, func.sum(ahead.c.size).over(order_by=ahead.c.seq).label("total")).subquery("running")
    last = select(
        func.coalesce(func.max(case((running.c.total <= bytes_max, running.c.seq))), func.min(running.c.seq))
    ).scalar_subquery()
    return select(log).where(of_log, log.c.seq > after, log.c.seq <= last).order_by(log.c.seq)
