"""The demo is a promise: it exits 0 only when every step held."""

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest

from messaging.config import Settings
from messaging.demo import glass
from messaging.demo.cast.main import DOCTOR
from messaging.demo.play import play
from messaging.domain.vocabulary import CardField


@pytest.mark.slow
def test_plays_through_and_exits_with_0(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "messaging.cli", "demo", "--once"]
    env = {**os.environ, "PLI_DATA_DIR": str(tmp_path)}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert DOCTOR.card[CardField.NAME] in done.stdout
    assert "✗" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
async def test_a_step_that_does_not_hold_ends_it_with_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def find_everything(folder: Path, secrets: list[str]) -> list[glass.Finding]:
        return [glass.Finding(secret, folder, "text") for secret in secrets]

    monkeypatch.setattr(glass, "search", find_everything)
    settings = Settings.from_env({"PLI_DATA_DIR": str(tmp_path)})
    assert await play(settings, once=True) == 1


def test_the_search_finds_every_form(tmp_path: Path) -> None:
    secret = "Camille Le Goff, médecin"
    forms = {
        "text": secret.encode(),
        "hex": secret.encode().hex().encode(),
        "base64": base64.b64encode(b"x" + secret.encode() + b"yz"),
    }
    for name, content in forms.items():
        folder = tmp_path / name
        folder.mkdir()
        (folder / "file").write_bytes(b"before" + content + b"after")
        assert glass.search(folder, [secret]), name
    (tmp_path / "clean").mkdir()
    (tmp_path / "clean" / "file").write_bytes(b"nothing here")
    assert not glass.search(tmp_path / "clean", [secret])
