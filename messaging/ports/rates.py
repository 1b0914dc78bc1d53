"""Rates: how much an account may ask for."""

from collections.abc import Mapping
from typing import Protocol

from messaging.domain.rates import Rate


class Rates(Protocol):
    """Counts for all processes of a deployment as far as they hear each other, and always for this one."""

    @property
    def refused(self) -> Mapping[Rate, int]:
        """How often nothing was left, since the start of this process."""
        ...

    def take(self, rate: Rate, account: bytes) -> int:
        """Takes one: 0. Where there is none left: after how many ms there will be. Waits for nobody."""
        ...
