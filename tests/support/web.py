"""The web client's sources, and Node.js as the lock file gives it, for tests that run them."""

import subprocess
import sys
from collections.abc import Mapping
from os import environ
from pathlib import Path
from typing import Final

WEB: Final = Path(__file__).parents[2] / "clients" / "web"
NODE: Final = Path(sys.executable).parent / "node"
NODE_ENVIRONMENT: Final = {**environ, "NODE_COMPILE_CACHE": str(WEB / "node_modules" / ".cache" / "node")}
"""What one process compiled the next one takes: to read the TypeScript anew costs more than most of them compute."""


def run_node(*arguments: str, stdin: str = "", env: Mapping[str, str] | None = None, timeout: float = 170) -> str:
    """Runs Node.js in clients/web and returns what it printed; fails the test with its output if it ended badly."""
    done = subprocess.run(
        [str(NODE), *arguments],
        cwd=WEB,
        env={**NODE_ENVIRONMENT, "NO_COLOR": "1", **(env or {})},
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def run_oxlint(folder: Path, *arguments: str) -> str:
    """Runs the web client's linter on a folder with a configuration of its own, without types; returns what it says."""
    command = [str(NODE), str(WEB / "node_modules" / "oxlint" / "bin" / "oxlint"), *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=170).stdout
