"""Which cells of a table may be published, so that none of the others follows from them. Pure.

A group may be told if it has at least 5 relations, of at least 3 territories and 3 projects; that there is none, too.
Hiding the small cells is not enough: what is left of a total tells them. So of every line that adds up to something
published, hidden cells are two or more, and together such a group themselves (docs/reporting.md has the argument).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Final, TypeVar

RELATIONS_MIN: Final = 5
PARTIES_MIN: Final = 3
DENOMINATOR_MIN: Final = 10

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Group:
    """So many relations, and up to three of their territories and of their projects: more are not needed to tell."""

    relations: int = 0
    territories: frozenset[int] = frozenset()
    projects: frozenset[int] = frozenset()

    def __or__(self, other: "Group") -> "Group":
        """Both together; they have no relation in common."""
        return Group(
            self.relations + other.relations,
            _three(self.territories, other.territories),
            _three(self.projects, other.projects),
        )

    @property
    def is_safe(self) -> bool:
        if not self.relations:
            return True
        parties = min(len(self.territories), len(self.projects))
        return self.relations >= RELATIONS_MIN and parties >= PARTIES_MIN


def _three(ids: frozenset[int], more: frozenset[int]) -> frozenset[int]:
    """Any three: sums are many, and most of them need no other."""
    if len(ids) >= PARTIES_MIN:
        return ids
    both = ids | more
    return both if len(both) <= PARTIES_MIN else frozenset(sorted(both)[:PARTIES_MIN])


def together(groups: Iterable[Group]) -> Group:
    return reduce(Group.__or__, groups, Group())


def hidden_rows(rows: Mapping[K, Group], *, complement: bool = True) -> set[K]:
    """Which rows of a table whose total is published are told only together, as its rest.

    `complement`: False to see what small cells alone would leave open.
    """
    hidden = {key for key, group in rows.items() if not group.is_safe}
    while complement and hidden and not (len(hidden) > 1 and together(rows[key] for key in hidden).is_safe):
        visible = rows.keys() - hidden
        if not visible:
            break
        hidden.add(_smallest(visible, rows))
    return hidden


def hidden_lines(lines: Mapping[K, Mapping[str, Group]], *, complement: bool = True) -> set[K]:
    """Which rows tell none of their columns, where every row's total is published and every column's too.

    Whole rows, so that what is hidden is a block with known margins and nothing known inside. `lines`: row, column,
    group; the columns of a row may be several partitions of it, and of each other.
    """
    sizes = {
        key: max(cells.values(), key=lambda group: group.relations, default=Group()) for key, cells in lines.items()
    }
    unsafe = {key for key, cells in lines.items() if not all(group.is_safe for group in cells.values())}
    if not complement:
        return unsafe
    columns = {column for cells in lines.values() for column in cells}
    hidden = set(unsafe)
    while hidden and not _is_closed(hidden, lines, columns):
        visible = lines.keys() - hidden
        if not visible:
            break
        hidden.add(_smallest(visible, sizes))
    return hidden


def _is_closed(hidden: Collection[K], lines: Mapping[K, Mapping[str, Group]], columns: Iterable[str]) -> bool:
    sums = (together(lines[key].get(column, Group()) for key in hidden) for column in columns)
    return len(hidden) > 1 and all(group.is_safe for group in sums)


def _relations(group: Group) -> int:
    return group.relations


def _smallest(keys: Collection[K], rows: Mapping[K, Group]) -> K:
    return min(keys, key=lambda key: (rows[key].relations, str(key)))
