"""Every look of a moderator, and every act, has its leaf in the audit log: all operations are walked, and counted."""

from pathlib import Path

import msgspec
import pytest

from messaging.app import system_clock
from messaging.domain.authorization import Operation
from messaging.domain.ids import ID_BYTES
from messaging.e2ee.audit import HIDING_BYTES, AuditLeaf, is_about, parse_leaf
from messaging.http.routes import ROUTES
from messaging.wire.moderation import CaseFile, Queue
from tests.authorization.matrix import ALLOWED
from tests.authorization.operations import OPERATIONS, Aim, Http, Stage
from tests.authorization.roles import Cast
from tests.support.server import RunningService, running_service
from tests.support.world import World

pytestmark = pytest.mark.slow

PUBLIC = Operation.MODERATION_KEY
"""A certificate that everybody may have: nothing of a case."""
LEAVES = {
    Operation.MODERATION_QUEUE: ["queue"],
    Operation.CASE_CLAIM: ["claimed"],
    Operation.CASE_RELEASE: ["given_back"],
    Operation.CASE_READ: ["released", "read"],
    Operation.CASE_EXCERPT: ["released"],
    Operation.CASE_HEAR: ["heard"],
    Operation.CASE_DECIDE: ["decided"],
    Operation.CASE_SECOND: ["seconding"],
    Operation.CASE_APPROVE: ["refused"],
    Operation.CASE_REVIEW: ["upheld"],
    Operation.CASE_UNMASK: ["unmasking_asked"],
    Operation.CASE_UNMASKED: ["unmasked"],
    Operation.CASE_EXPORT: ["exported"],
    Operation.AUDIT_TRAIL: ["trail"],
}
WRITTEN = Operation.CASE_LETTERS
"""What a moderator wrote themselves, as it would be sent: nothing of the case is shown."""


async def log_of(service: RunningService) -> list[AuditLeaf]:
    async with service.service.store.reading() as tx:
        return [parse_leaf(leaf) for _, leaf in await tx.audit.leaves(0, 10_000)]


def test_every_address_of_moderators_is_walked() -> None:
    addresses = {f"{method} {path}" for method, path, _ in ROUTES if path.startswith("/v1/moderation/")}
    assert addresses == {OPERATIONS[operation][0] for operation in (*LEAVES, WRITTEN, PUBLIC)}


async def test_every_look_and_every_act_has_its_leaf(sqlite_url: str, tmp_path: Path) -> None:
    async with running_service(sqlite_url, tmp_path) as service, World.made(service) as world:
        stage = await Stage.made(world, await Cast.made(world, service), system_clock)
        court = stage.cast.court
        seats = {"chair": court.chair, "wing": court.wing, "idle": court.idle}
        for operation, kinds in LEAVES.items():
            for role in sorted(ALLOWED[operation]):
                request = await OPERATIONS[operation][1](stage, Aim(seats[role], known=True, granted=True))
                assert isinstance(request, Http)
                before = await log_of(service)
                token = world.token(seats[role])
                answer = await world.request(request.method, request.path, token, request.body)
                assert answer.is_success, answer.text
                added = (await log_of(service))[len(before) :]
                assert [leaf.kind for leaf in added] == kinds, operation
                assert {leaf.actor for leaf in added} == {seats[role].seat}
                if operation is Operation.MODERATION_QUEUE:
                    assert msgspec.json.decode(answer.content, type=Queue).audit.position == len(before)
                elif operation is not Operation.AUDIT_TRAIL:
                    assert all(leaf.case for leaf in added)
                if operation is Operation.CASE_READ:
                    read = msgspec.json.decode(answer.content, type=CaseFile)
                    assert is_about(added[0], read.statements[0].subject)
                    assert parse_leaf(read.audit.leaf) == added[-1]

        before = await log_of(service)
        hidden = [leaf.about[-HIDING_BYTES:] for leaf in before if leaf.case]
        assert {len(leaf.about) for leaf in before if leaf.case} == {HIDING_BYTES, HIDING_BYTES + ID_BYTES}
        assert len({*hidden}) == len(hidden), "who is shown a hash alone cannot guess what it is of"
        for operation in LEAVES:
            for role in {"chair", "wing", "idle"} - ALLOWED[operation]:
                request = await OPERATIONS[operation][1](stage, Aim(seats[role], known=True, granted=False))
                assert isinstance(request, Http)
                answer = await world.request(request.method, request.path, world.token(seats[role]), request.body)
                assert answer.status_code == 404
        assert await log_of(service) == before, "what is refused shows nothing, and leaves no trace of a look"
