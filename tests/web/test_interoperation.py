"""The browser's cryptography and Python's, each on what the other made a moment ago.

The frozen vectors are opened only: public-key encryption draws its own randomness. Here each side also seals.
"""

import json
from typing import Any

import pytest

from tests.support.web import run_node
from tests.web import conversation_make, conversation_read

SCRIPT = "src/e2ee/testing/interoperation.ts"


@pytest.mark.slow
def test_the_browser_reads_what_python_wrote() -> None:
    made, expected = conversation_make.make()

    found = json.loads(run_node(SCRIPT, "read", stdin=json.dumps(made)))

    assert found == expected


@pytest.mark.slow
def test_python_reads_what_the_browser_wrote() -> None:
    written: Any = json.loads(run_node(SCRIPT, "make"))

    assert conversation_read.read(written["made"]) == written["expected"]


@pytest.mark.slow
@pytest.mark.hostile
def test_the_browser_refuses_what_was_changed_on_the_way() -> None:
    made, _ = conversation_make.make()
    last = made["thread"]["events"][-1]
    last["payload"] = f"{last['payload'][:-1]}{int(last['payload'][-1], 16) ^ 1:x}"

    refusal = run_node(SCRIPT, "refusal", stdin=json.dumps(made))

    assert refusal.strip() == "BadStamp"
