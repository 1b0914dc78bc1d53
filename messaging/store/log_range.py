"""A stretch of a log in one query: so many entries, so many bytes, and at least one."""

from typing import Any

from sqlalchemy import BigInteger, Column, Integer, Select, Table, bindparam, case, func, select


def log_range(log: Table, key: Column[bytes], sized: Column[bytes]) -> Select[Any]:
    """Whole rows of one of the logs in `log` with seq > after, in order: the first in any case, then as many as fit
    `limit` rows and `bytes_max` bytes of the column `sized`. Only the lengths of what does not fit are read.

    Its parameters are `log_key`, the value of the column `key` that tells the log, and `after`, `limit` and
    `bytes_max`. To be kept: to put it together costs more than to carry it out.
    """
    of_log, after = key == bindparam("log_key"), bindparam("after", type_=BigInteger)
    ahead = (
        select(log.c.seq, func.length(sized).label("size"))
        .where(of_log, log.c.seq > after)
        .order_by(log.c.seq)
        .limit(bindparam("limit", type_=Integer))
        .subquery("ahead")
    )
    running = select(ahead.c.seq, func.sum(ahead.c.size).over(order_by=ahead.c.seq).label("total")).subquery("running")
    last = select(
        func.coalesce(
            func.max(case((running.c.total <= bindparam("bytes_max", type_=BigInteger), running.c.seq))),
            func.min(running.c.seq),
        )
    ).scalar_subquery()
    return select(log).where(of_log, log.c.seq > after, log.c.seq <= last).order_by(log.c.seq)
