"""The anonymity rule: a party shows the finest of its presentations that fits enough parties, else the generic one.

A presentation that only one commune or one project fits is a name. What a party may show therefore depends on how many
could show the same; the platform gives each presentation with coarser ones beside it, and the rule takes the first
that hides its owner well enough.
"""

from collections.abc import Iterable
from typing import TypeVar

T = TypeVar("T")


def shown(alternatives: Iterable[tuple[T, int]], generic: T, parties_min: int) -> T:
    """What a party shows: of the alternatives, finest first, each with how many parties it fits (its owner included),
    the first that fits at least `parties_min`; where none does, the generic one of its kind, which fits them all.
    """
    return next((each for each, parties in alternatives if parties >= parties_min), generic)
