"""Time and randomness of one run, both chosen by the test: equal steps of two runs get equal ones.

Randomness is named by who draws it and in which step, not by how much was drawn before: what happens in one run only
(a colleague who reads along, another conversation) shifts nothing of what happens in both.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping

from messaging.e2ee.entropy import Entropy

START_MS = 1_790_000_000_000
STEP_MS = 7_001
"""Not a divisor of a minute or a second: a time that is coarse is coarse because somebody made it so."""


class Script:
    """The step that is being played."""

    def __init__(self, salts: Mapping[str, str] | None = None) -> None:
        """`salts`: steps in which everybody draws other bytes than in a run without."""
        self.step = "beginning"
        self._salts = salts or {}
        self._now = START_MS
        self._played: set[str] = set()
        self._drawn: Counter[tuple[str, str]] = Counter()

    def clock(self) -> int:
        """Milliseconds since 1970. Time passes between steps only."""
        return self._now

    def begin(self, step: str, *, after_ms: int = STEP_MS) -> None:
        """The next step, of every run: time passes whether or not anything happens in it."""
        self._enter(step)
        self._now += after_ms

    def aside(self, step: str) -> None:
        """A step that only some runs have: it takes no time."""
        self._enter(step)

    def _enter(self, step: str) -> None:
        assert step not in self._played, f"two steps of one run are called {step!r}"
        self._played.add(step)
        self.step = step

    def draws(self, owner: str) -> Entropy:
        """A stream of bytes that depends on the owner's name, the step and the draw's place in it."""

        def entropy(width: int) -> bytes:
            place = (owner, self.step)
            self._drawn[place] += 1
            name = "\n".join((owner, self.step, str(self._drawn[place]), self._salts.get(self.step, "")))
            return hashlib.shake_256(name.encode()).digest(width)

        return entropy
