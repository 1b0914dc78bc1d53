"""The clock."""

from collections.abc import Callable

Clock = Callable[[], int]
"""Milliseconds since 1970, UTC."""
