"""What is refused of settings, browsers and pages, and that nothing of it reaches anybody."""

from pathlib import Path

import pytest

from messaging.wire.alerts import AlertSettings, PushSubscription
from tests.alerts.town import ADDRESS, MINUTE, town

pytestmark = pytest.mark.slow

_INSIDE = (
    "https://127.0.0.1/1",
    "https://localhost/1",
    "http://10.0.0.1:80/1",
    "https://push.example:22/1",
    "file:///etc",
)


async def test_nothing_wrong_is_taken(sqlite_url: str, tmp_path: Path) -> None:
    async with town(sqlite_url, tmp_path) as here:
        agent, world = here.world.agent, here.world
        token = world.token(agent)
        for address in ("a@b.example\r\nBcc: c@d.example", "a@b", "<a@b.example>", "a@b.example,c@d.example"):
            assert (await here.put(agent, AlertSettings(True, address))).status_code == 400
        for settings in (
            AlertSettings(True, ADDRESS, zone="../etc"),
            AlertSettings(True, ADDRESS, "Europe/Paris", 1, 0),
        ):
            assert (await here.put(agent, settings)).status_code == 400
        told = here.push.subscription
        for endpoint in _INSIDE:
            answer = await world.request(
                "PUT", "/v1/account/push", token, PushSubscription(endpoint, told.p256dh, told.auth)
            )
            assert answer.status_code == 400, endpoint
        off_curve = PushSubscription(told.endpoint, b"\x04" + bytes(64), told.auth)
        assert (await world.request("PUT", "/v1/account/push", token, off_curve)).status_code == 422
        for page in ("confirm", "unsubscribe"):
            assert (await world.client.post(f"/alerts/{page}/{'A' * 43}", content=bytes(2_000))).status_code == 413
        await here.later(MINUTE)
        view = await here.view(agent)
        assert (view.settings, view.pending, view.subscriptions) == (AlertSettings(True, None), None, [])
        assert here.mail.mails == []
