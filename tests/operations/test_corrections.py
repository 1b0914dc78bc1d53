"""`pli events show` and `pli events correct`, beside a service that runs."""

import json
from typing import Any

import pytest

from tests.support.processes import ServiceProcess
from tests.support.talk import claimed_opening
from tests.support.waiting import until
from tests.support.world import World

pytestmark = pytest.mark.slow


def told(service: ServiceProcess) -> list[dict[str, Any]]:
    log = service.event_log
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


async def test_an_operator_corrects_what_is_told(deployed: ServiceProcess) -> None:
    service = deployed
    async with World.made(service) as world:
        command, line, _ = await claimed_opening(world, (world.project, world.holder), (world.town, world.mayor), 1)
        async with world.socket(world.holder) as holder:
            assert b'"t":"ack"' in await holder.ask(command)
            await until(lambda: len(told(service)) == 2, 20.0)
            subject = told(service)[0]["subject"]

            changed = await service.command(
                "events", "correct", subject, "--set", "departement=48", "--reason", "dimension"
            )
            assert changed.out == "1 corrected, 0 counted so already.\n", changed.err
            await until(lambda: len(told(service)) == 3, 20.0)
            again = await service.command(
                "events", "correct", "--mailbox", world.town.ref, "--set", "departement=48", "--reason", "dimension"
            )
            assert again.out == "0 corrected, 1 counted so already.\n", again.err
            assert b'"t":"ack"' in await holder.ask(line.send(2, "Toujours intéressé"))
            await until(lambda: len(told(service)) == 4, 20.0)
        assert [(event["id"].rpartition("-")[2], event["type"].rpartition(".")[2]) for event in told(service)] == [
            *(("0", "solicited"), ("1", "accepted"), ("2", "corrected"), ("3", "accepted"))
        ], "a conversation goes on after its correction, and its events without a gap"
        refused = await service.command("events", "correct", subject, "--set", "town=Mende", "--reason", "mistake")
        assert (refused.code, "solicited has no town" in refused.err) == (1, True)
        shown = (await service.command("events", "show", subject)).out.splitlines()
        assert [row.split()[3] for row in shown] == [
            "solicited",
            *["message.accepted", "corrected", "message.accepted"],
        ]
        assert '"departement":"48"' in shown[0].partition("told as")[0]
