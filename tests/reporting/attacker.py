"""Somebody who has every publication, knows the rules, and looks for a hidden group that can have one size only.

What they know is a system of equations over cells that they do not see: relations by month, tier, origin and so on, and
by what became of them. The least and the greatest size that a group can have under it are two linear programs; where
both are the same, the group is isolated, whatever the rest of the truth is.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Atom = tuple[str, ...]
Picks = Callable[[Atom], bool]


@dataclass
class Knowledge:
    """Equations over atoms: of the named sets, the sum is known."""

    atoms: Sequence[Atom]
    known: list[tuple[frozenset[int], float]] = field(default_factory=list)

    def learn(self, picks: Picks, value: float) -> None:
        self.known.append((self.of(picks), value))

    def of(self, picks: Picks) -> frozenset[int]:
        return frozenset(i for i, atom in enumerate(self.atoms) if picks(atom))

    def isolated(self, groups: Iterable[frozenset[int]]) -> list[tuple[frozenset[int], int]]:
        """Those of the groups that can have one size only, with it."""
        from scipy.sparse import csr_matrix  # here, for it takes a second of each worker that looks for tests

        rows = [(r, c) for r, (cells, _) in enumerate(self.known) for c in cells]
        shape = (len(self.known), len(self.atoms))
        matrix = csr_matrix((np.ones(len(rows)), tuple(np.array(rows).T)), shape=shape)
        values = np.array([value for _, value in self.known])
        found = []
        for group in groups:
            least, greatest = (self._bound(matrix, values, group, sign) for sign in (1.0, -1.0))
            if greatest - least < 0.5:
                found.append((group, round(least)))
        return found

    def _bound(self, matrix: Any, values: Any, group: frozenset[int], sign: float) -> float:
        from scipy.optimize import linprog

        cost = np.zeros(len(self.atoms))
        cost[list(group)] = sign
        answer = linprog(cost, A_eq=matrix, b_eq=values, bounds=(0, None), method="highs")
        assert answer.success, answer.message
        return sign * float(answer.fun)


def by(atoms: Sequence[Atom], *places: int) -> dict[Atom, frozenset[int]]:
    """The groups that one or more dimensions make, as sets of atoms."""
    found: dict[Atom, set[int]] = defaultdict(set)
    for index, atom in enumerate(atoms):
        found[tuple(atom[place] for place in places)].add(index)
    return {key: frozenset(cells) for key, cells in found.items()}
