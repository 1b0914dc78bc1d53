"""The web client's own tests, which stand beside its sources."""

from tests.support.web import WEB, run_node


def test_the_tests_beside_the_sources_pass() -> None:
    run_node(str(WEB / "node_modules" / "vitest" / "vitest.mjs"), "run")
