"""What a browser fetches before a page of the web client can be used: size-limit's figures, within the budgets."""

import json

import pytest

from tests.support.web import WEB, run_node

pytestmark = [pytest.mark.slow, pytest.mark.browser]

BUDGETS = {
    "loader": 5_000,
    "widget": 100_000,
    "inbox": 150_000,
    "figures": 60_000,
    "heavy worker": 25_000,
    "service worker": 5_000,
}
"""Bytes, packed by gzip."""


def test_what_is_fetched_first_is_within_its_budget() -> None:
    """`clients/web/.size-limit.ts` says of which files each consists."""
    measured = json.loads(run_node(str(WEB / "node_modules" / "size-limit" / "bin.js"), "--json"))
    assert {each["name"]: each["sizeLimit"] for each in measured} == BUDGETS
    assert all(each["passed"] and each["size"] > 0 for each in measured), measured
