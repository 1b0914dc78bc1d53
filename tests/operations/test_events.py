"""`pli events`: what waits, what was given up, and how both go on; on a service that is stopped."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from messaging.app import initialise, make_store, system_entropy
from messaging.cli import main
from messaging.config import Settings
from messaging.ports import Transaction

NOW = 1_790_000_000_000


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("PLI_DATA_DIR", str(tmp_path))
    made = Settings.from_env({"PLI_DATA_DIR": str(tmp_path)})
    asyncio.run(initialise(made))
    return made


def change(settings: Settings, step: Callable[[Transaction], Awaitable[object]]) -> None:
    async def changed() -> None:
        store = make_store(settings, system_entropy)
        await store.start()
        async with store.transaction() as tx:
            await step(tx)
        await store.close()

    asyncio.run(changed())


async def two_endpoints(tx: Transaction) -> None:
    """Both wait for three events; one gave up the second and answered 410 since, the other was tried once."""
    events = [(bytes([n] * 16), f"{'ab' * 16}-{n}", b"{}") for n in range(3)]
    await tx.webhooks.append(["crm", "lake"], events, NOW)
    waiting = await tx.webhooks.listed(0, 10, dead=False)
    crm, lake = ([row for row in waiting if row.endpoint == name] for name in ("crm", "lake"))
    await tx.webhooks.bury(crm[1].key, 9, NOW, "answered 500")
    await tx.webhooks.disable("crm", NOW)
    await tx.webhooks.retry(lake[0].key, 1, NOW, NOW + 1, "timed out")


def test_dead_letters_are_listed_and_go_out_again(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    def events(*arguments: str) -> list[str]:
        assert main(["events", *arguments]) == 0
        return capsys.readouterr().out.splitlines()

    assert events("list") == []
    change(settings, two_endpoints)
    first, *waiting = events("list")
    assert first == "crm: disabled, it answered 410. Once that is settled: pli events enable crm"
    assert [line.split("  ")[1] for line in waiting].count("crm") == 2
    assert [line for line in waiting if "timed out" in line] == [
        f"2026-09-21 14:13  lake  {'ab' * 16}-0  1 tries  timed out"
    ]
    assert [line.split("  ", 1)[1] for line in events("list", "--dead")[1:]] == [
        f"crm  {'ab' * 16}-1  9 tries  answered 500"
    ]

    assert events("replay", "lake") == ["0 dead letters will be delivered again."]
    assert events("replay", "crm") == ["1 dead letters will be delivered again."]
    assert events("list", "--dead")[1:] == []
    assert len(events("list")) == 7

    assert events("enable", "crm") == ["Enabled: what waited goes out now."]
    assert len(events("list")) == 6
    assert main(["events", "enable", "crm"]) == 1
    assert "That webhook is not disabled." in capsys.readouterr().err


@pytest.mark.usefixtures("settings")
def test_a_webhook_that_there_is_not_has_nothing_to_go_out_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["events", "replay", "nosuch"]) == 1
    told = capsys.readouterr()
    assert told.out == "" and "PLI_WEBHOOKS names no such webhook" in told.err
    file = tmp_path / "webhooks.json"
    secret = f"whsec_{base64.b64encode(bytes(24)).decode()}"
    file.write_text(json.dumps([{"name": "crm", "url": "https://crm.example.org/pli", "secrets": [secret]}]))
    file.chmod(0o600)
    monkeypatch.setenv("PLI_WEBHOOKS", str(file))
    assert main(["events", "replay", "nosuch"]) == 1
    assert main(["events", "replay", "crm"]) == 0
    file.write_text("{")
    capsys.readouterr()
    assert main(["events", "replay", "nosuch"]) == 1
    assert "PLI_WEBHOOKS" in capsys.readouterr().err
