"""The service's clock in the hands of a test."""

from messaging.app import system_clock


class MovingClock:
    """The system's clock, moved on by what `advance` was told; ms since 1970."""

    def __init__(self) -> None:
        self._ahead = 0
        self._stopped_at: int | None = None

    def __call__(self) -> int:
        return (system_clock() if self._stopped_at is None else self._stopped_at) + self._ahead

    def stop(self) -> None:
        """From now on only `advance` moves it: for what must happen within one second, however slow the machine."""
        self._stopped_at = system_clock()

    def advance(self, ms: int) -> None:
        self._ahead += ms

    def to_next(self, period_ms: int) -> None:
        """Moves to the beginning of the next period: to a full minute, say."""
        self.advance(period_ms - self() % period_ms)
