"""What the platform does beside the service: it registers mailboxes and the targets that lead to them."""

from typing import TypeVar

import msgspec

from messaging.wire.rest import MailboxPut, MailboxRegistered, TargetPut, TargetRegistered
from tests.equality.cast import Identity, presentation
from tests.equality.script import Script
from tests.equality.tap import Tap, request
from tests.support.server import RunningService

S = TypeVar("S", bound=msgspec.Struct)


class Registry:
    """The platform's back end. What it is answered nobody else sees."""

    def __init__(self, service: RunningService, script: Script) -> None:
        self._service = service
        self._tap = Tap(script)

    async def mailbox(self, identity: Identity) -> bytes:
        body = MailboxPut(identity.ref, identity.kind, presentation(identity), identity.dimensions)
        return (await self._put("/v1/platform/mailboxes", body, MailboxRegistered)).mailbox

    async def target(self, identity: Identity, number: int) -> bytes:
        """The `number`-th target of a party."""
        body = TargetPut(identity.target_ref(number), identity.ref)
        return (await self._put("/v1/platform/targets", body, TargetRegistered)).target

    async def _put(self, path: str, body: object, kind: type[S]) -> S:
        token = self._service.idp.platform_token()
        answer = await request(self._tap, self._service.port, "PUT", path, token=token, body=body)
        return msgspec.json.decode(answer.body, type=kind)
