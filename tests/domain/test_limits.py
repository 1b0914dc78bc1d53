"""Every bound is one that something holds to."""

import re
from pathlib import Path

import pytest

import messaging
from messaging.domain import limits

PACKAGE = Path(messaging.__file__).parent
BOUNDS = {name: value for name, value in vars(limits).items() if isinstance(value, int | float)}


@pytest.fixture(scope="module")
def used() -> set[str]:
    texts = (path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    return {name for text in texts for name in re.findall(r"\blimits\.(\w+)", text)}


@pytest.mark.parametrize("name", list(BOUNDS))
def test_a_bound_bounds_something(name: str, used: set[str]) -> None:
    assert name in used
    assert BOUNDS[name] > 0


def test_no_bound_is_made_up_on_the_way(used: set[str]) -> None:
    assert used <= set(BOUNDS)


def test_the_bounds_fit_into_each_other() -> None:
    base64 = 4 / 3
    assert limits.payload_bytes_max * base64 < limits.frame_bytes_max
    assert limits.desk_entry_bytes_max * base64 < limits.frame_bytes_max
    assert limits.card_payload_bytes_max < limits.payload_bytes_max
    assert limits.pull_bytes_max * base64 < limits.outbound_bytes_max
    assert limits.outbound_frame_bytes_max < limits.outbound_bytes_max
    assert limits.vault_bytes_max * base64 < limits.vault_body_bytes_max
    assert limits.prekeys_per_batch_max * 1_400 * base64 < limits.prekey_body_bytes_max
    assert limits.prekeys_per_batch_max <= limits.prekeys_per_target_max
    assert limits.claims_per_claimant_and_target_per_day_max < limits.claims_per_claimant_per_day_max
    assert limits.commands_per_frame_max <= limits.unacked_commands_max
