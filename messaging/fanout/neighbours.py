"""What one of several processes shares with the others beside events: rates, the sockets of an account, streams."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from messaging.domain.rates import Allowance, Rate
from messaging.fanout import notes
from messaging.fanout.attendance import Attendance
from messaging.fanout.carriage import SharedCarriage
from messaging.fanout.places import PlaceSeal
from messaging.fanout.rates import SharedRates, Tell
from messaging.ports import Clock


class Neighbours:
    """Takes the notes of the others to whom they concern."""

    def __init__(
        self,
        origin: bytes,
        places: PlaceSeal,
        tell: Tell,
        is_deaf: Callable[[], bool],
        clock: Clock,
        monotonic: Callable[[], float],
        allowances: Mapping[Rate, Allowance],
    ) -> None:
        self.attendance = Attendance(origin, tell, clock)
        self.carriage = SharedCarriage(origin, places, tell, is_deaf)
        self.rates = SharedRates(tell, monotonic, allowances)
        self._hearing: dict[type, Callable[[bytes, Any], None]] = {
            notes.Spent: self.rates.hear,
            notes.Came: self.attendance.hear_came,
            notes.Went: self.attendance.hear_went,
            notes.Carried: self.carriage.hear_carried,
            notes.Taken: self.carriage.hear_taken,
        }

    def hear(self, origin: bytes, heard: Sequence[msgspec.Raw]) -> None:
        self.attendance.heard(origin)
        for raw in heard:
            note = notes.decode(raw)
            hearing = self._hearing.get(type(note))
            if hearing is not None:
                hearing(origin, note)
