"""Statements that are put together once, and go to the driver's own connection below SQLAlchemy.

To put a statement together costs several times what a database takes to carry it out, and so does SQLAlchemy's way from
a statement to its rows. What requests and connections ask all the time stands at the head of a module, with a
`bindparam` for each value, and is given to a `Link`; what is asked now and then stands where it is asked.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Final, NamedTuple, TypeVar, cast

from sqlalchemy import BindParameter, Boolean, ClauseElement, Select, Table, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.dialects.sqlite import aiosqlite
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.visitors import cloned_traverse, iterate

from messaging.store.address import Kind

T = TypeVar("T")

_DIALECTS: Final[Mapping[Kind, Any]] = {
    Kind.SQLITE: aiosqlite.dialect(),
    Kind.POSTGRESQL: asyncpg.dialect(),  # type: ignore[no-untyped-call]
}


class _Place(NamedTuple):
    """What stands at a placeholder: a value by its name, one of a list of values, or what the statement says."""

    name: str | None
    at: int | None
    constant: object


class Prepared:
    """A statement without its values. `values`: the columns that an insert gives.

    A list is padded to a power of two with its last value: few different statements are ever made of one.
    """

    def __init__(self, statement: ClauseElement, values: Sequence[str] | None = None) -> None:
        self._statement: Final = statement
        self._values: Final = values
        names = [each for each in iterate(statement) if isinstance(each, BindParameter) and each.required]
        self._names: Final = {each.key for each in names}.union(values or ())
        self._lists: Final = sorted({each.key for each in names if each.expanding})
        self._made: dict[tuple[object, ...], tuple[str, Sequence[_Place]]] = {}
        columns = list(getattr(statement, "exported_columns", ()))
        row: Any = namedtuple("Row", [each.key for each in columns], rename=True)  # type: ignore[misc]
        self._row: Final[Callable[[Iterable[Any]], Any]] = row._make
        self._flags: Final = tuple(n for n, each in enumerate(columns) if isinstance(each.type, Boolean))

    def on(self, kind: Kind, given: Mapping[str, Any]) -> tuple[str, list[Any]]:
        """In the words of this database, and the values at its placeholders. Raises: KeyError, where one is missing."""
        if self._lists:
            given = {**given, **{name: padded(given[name]) for name in self._lists}}
        sizes = tuple(len(given[name]) for name in self._lists)
        text, places = self._made.get((kind, sizes)) or self._make(kind, sizes)
        return text, [
            constant if name is None else given[name] if at is None else given[name][at]
            for name, at, constant in places
        ]

    def rows(self, kind: Kind, found: Iterable[Iterable[Any]]) -> list[Any]:
        """What the driver found, as tuples whose values go by the names of the columns."""
        if self._flags and kind is Kind.SQLITE:
            found = map(self._flagged, found)
        return list(map(self._row, found))

    def _flagged(self, row: Iterable[Any]) -> Iterable[Any]:
        """SQLite has numbers for booleans."""
        values = list(row)
        for n in self._flags:
            values[n] = None if values[n] is None else bool(values[n])
        return values

    def _make(self, kind: Kind, sizes: tuple[int, ...]) -> tuple[str, Sequence[_Place]]:
        lists = dict(zip(self._lists, sizes, strict=True))

        def fill(parameter: BindParameter[Any]) -> None:
            if parameter.required:
                parameter.required = False
                parameter.value = [None] * lists[parameter.key] if parameter.expanding else None

        filled: ClauseElement = cloned_traverse(self._statement, {}, {"bindparam": fill})
        options: dict[str, Any] = {"column_keys": self._values, "compile_kwargs": {"render_postcompile": True}}
        compiled = cast(SQLCompiler, filled.compile(dialect=_DIALECTS[kind], **options))
        elements = {f"{name}_{n + 1}": _Place(name, n, None) for name, size in lists.items() for n in range(size)}
        made = (
            str(compiled),
            [
                _Place(name, None, None)
                if name in self._names
                else elements.get(name) or _Place(None, None, compiled.params[name])
                for name in compiled.positiontup or ()
            ],
        )
        self._made[kind, sizes] = made
        return made


class Locking:
    """A query that a `transaction()` holds the rows of until it ends; a `reading()` takes no locks."""

    def __init__(self, query: Select[Any], *, shared: bool = False, of: Table | None = None) -> None:
        self.plain: Final = Prepared(query)
        self.holding: Final = Prepared(query.with_for_update(read=shared, of=of))


@cache
def row_of(table: Table, columns: tuple[str, ...]) -> Prepared:
    """Inserts one row."""
    return Prepared(insert(table).inline(), columns)


@cache
def new_row_of(kind: Kind, table: Table, columns: tuple[str, ...]) -> Prepared:
    """Inserts one row, unless any unique key of the table is taken."""
    insertion = sqlite.insert(table) if kind is Kind.SQLITE else postgresql.insert(table)
    return Prepared(insertion.inline().on_conflict_do_nothing(), columns)


def padded(values: Iterable[T]) -> list[T]:
    """As many as the next power of two, by repeating the last; of none, none."""
    given = list(values)
    size = 1 << (len(given) - 1).bit_length() if given else 0
    return given + given[-1:] * (size - len(given))
