"""A burst of first contacts opens a case that says why; it takes nothing from anybody, and founds no sanction."""

import os
from pathlib import Path

import msgspec
import pytest

from messaging.domain.ids import ThreadId
from messaging.domain.relation import Safety
from messaging.domain.vocabulary import Ground, MailboxKind, Measure, Role
from messaging.moderating import ModerationUpkeep
from messaging.moderation.flags import BURST_FROM, FlagRule
from messaging.wire.moderation import Claimed, Decide, Decided, InBoth, Queue
from tests.support.server import running_service
from tests.support.talk import claimed_opening
from tests.support.world import Someone, World

pytestmark = pytest.mark.slow

BOTH = InBoth("Rien à signaler.", "Nothing to report.")


async def test_a_burst_of_first_contacts_is_shown_to_moderators(sqlite_url: str, tmp_path: Path) -> None:
    async with running_service(sqlite_url, tmp_path) as service, World.made(service) as world:
        box = await world.register("moderation", MailboxKind.MODERATION)
        mona = Someone("mona", (box.claim(Role.MODERATOR, admin=True),))
        await world.found(box, mona, Role.MODERATOR)
        keeper = ModerationUpkeep(service.service.store, service.service.pipeline, service.service.context)

        async def queue() -> Queue:
            answer = await world.expect(mona, "GET", "/v1/moderation/queue")
            return msgspec.json.decode(answer, type=Queue)

        hosts = ((world.project, world.holder), (world.town, world.mayor))
        threads, line = [], None
        async with world.socket(world.holder) as socket:
            for ref in range(BURST_FROM):
                command, line, _ = await claimed_opening(world, *hosts, ref)
                assert b'"t":"ack"' in await socket.ask(command)
                threads.append(command.thread)
                if ref == BURST_FROM - 2:
                    await keeper.look_for_flags()
                    assert (await queue()).cases == []
            await keeper.look_for_flags()
            await keeper.look_for_flags()
            (flagged,) = (await queue()).cases
            assert (flagged.origin, flagged.flag, flagged.measured) == ("flag", FlagRule.BURST, BURST_FROM)
            assert flagged.reports == 0

            assert line is not None
            assert b'"t":"ack"' in await socket.ask(line.send(1_000)), "a flag takes nothing from anybody"
        async with service.service.store.reading() as tx:
            rows = await tx.threads.get([ThreadId(thread) for thread in threads])
        assert [row.safety for row in rows.values()].count(Safety.FLAGGED) == 20, "the newest ones"

        path = f"/v1/moderation/cases/{flagged.case.hex()}"
        claimed = msgspec.json.decode(await world.expect(mona, "POST", f"{path}/claim"), type=Claimed)
        assert claimed.cases == [flagged.case]
        for measure in (Measure.WARNING, Measure.FREEZE, Measure.SUSPENSION):
            decision = Decide(os.urandom(16), measure, Ground.TERMS, BOTH, BOTH, [2], 7)
            if measure is Measure.WARNING:
                decision = msgspec.structs.replace(decision, days=None)
            refused = await world.request("POST", f"{path}/decision", world.token(mona), decision)
            assert refused.json()["code"] == "conflict", "nobody is sanctioned for a flag"
        none = Decide(os.urandom(16), Measure.NONE, Ground.TERMS, BOTH, BOTH)
        decided = msgspec.json.decode(await world.expect(mona, "POST", f"{path}/decision", none), type=Decided)
        assert decided.state == "in_force"
        assert (await queue()).cases == []
        await keeper.look_for_flags()
        assert (await queue()).cases == [], "once in a while"
