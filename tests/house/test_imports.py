"""What a process has loaded before it needs it."""

import subprocess
import sys

import pytest


@pytest.mark.slow
def test_who_does_not_count_figures_loads_nothing_to_count_with() -> None:
    """Neither the service nor its command line: 25 MiB of each process, and a tenth of a second of each start."""
    program = "import sys, messaging.app, messaging.cli; print(*{'duckdb', 'numpy'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == ""
