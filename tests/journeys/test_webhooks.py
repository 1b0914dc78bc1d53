"""What the service tells of a conversation comes to a webhook, signed and in order."""

import base64
import json
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook

from tests.journeys.people import cast
from tests.support.consumer import consumer
from tests.support.server import running_service
from tests.support.waiting import until

pytestmark = pytest.mark.slow

SECRET = f"whsec_{base64.b64encode(bytes(24)).decode()}"


async def test_a_conversation_is_told_to_a_webhook(sqlite_url: str, tmp_path: Path) -> None:
    async with consumer() as crm:
        file = tmp_path / "webhooks.json"
        listed = {"name": "crm", "url": f"http://127.0.0.1:{crm.port}/hook", "secrets": [SECRET]}
        file.write_text(json.dumps([listed]))
        async with running_service(sqlite_url, tmp_path, webhooks=file) as service:
            people = await cast(service)
            await people.settle()
            async with people.doctor.online() as doctor, people.mayor.online() as mayor:
                await doctor.client.mailboxes[0].open(people.listing, "Bonjour")
                await mayor.reads("Bonjour")
                await mayor.thread.send("Bienvenue")
            await until(lambda: len(crm.posts) >= 5, 20.0)
    events = [Webhook(SECRET).verify(body, headers) for headers, body in crm.posts]
    assert [event["type"].removeprefix("fr.pli.relation.") for event in events] == [
        *("solicited", "message.accepted", "message.accepted", "engaged", "stage.changed")
    ]
    assert [headers["webhook-id"] for headers, _ in crm.posts] == [event["id"] for event in events]
