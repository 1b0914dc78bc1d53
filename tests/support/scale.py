"""How many times a test repeats what it repeats: whole counts in `make soak`, a tenth in `make test`."""

import os


def scale() -> float:
    """PLI_TEST_SCALE, 0.1 where it is not set. Raises: ValueError where it is not a number above 0."""
    value = float(os.environ.get("PLI_TEST_SCALE", "0.1"))
    if not value > 0:
        raise ValueError(f"PLI_TEST_SCALE must be above 0, not {value}")
    return value


def scaled(count: int) -> int:
    """`count` times the scale, at least 1."""
    return max(1, int(count * scale()))
