"""People of the demo with a device: they come and go, and what a device keeps stays between two visits."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Collection
from typing import Final, Self, TypeVar

from messaging.demo.people import Party, Person
from messaging.demo.stage import Stage, StepFailed
from messaging.demo.words import telling as words
from messaging.domain.vocabulary import CardField
from pli_client import Card, Client, Happening, Mailbox, MemoryStorage, Message, Recovery, Storage

T = TypeVar("T")

wait_s: Final = 30.0
"""For what must come. Far more than it takes: a machine may be busy with something else."""
_SPREAD_S: Final = 0.5
"""Nobody here compares the clocks of two conversations, so nothing has to leave spread over seconds."""


class Actor:
    """A person with one device."""

    def __init__(
        self,
        stage: Stage,
        party: Party,
        person: Person,
        *,
        device: Storage | None = None,
        device_name: str = "",
        typed_code: str | None = None,
        url: str | None = None,
    ) -> None:
        """typed_code: the recovery code as they type it on a device that is new to their account. url: another way to
        the service than its own address."""
        self.party = party
        self.person = person
        self._stage = stage
        self._device = device or MemoryStorage()
        self._device_name = device_name
        self._typed_code = typed_code
        self._url = url or stage.url

    @property
    def name(self) -> str:
        return self.person.name

    @property
    def recovery_code(self) -> str:
        """The newest that this person was shown."""
        return self._stage.codes[self.person.subject]

    def on_a_new_device(self, name: str) -> "Actor":
        """The same person with a device that is new to their account."""
        return Actor(self._stage, self.party, self.person, device_name=name, url=self._url)

    def typing(self, code: str) -> "Actor":
        """The same person on the same device, with this recovery code typed in."""
        return Actor(
            self._stage,
            self.party,
            self.person,
            device=self._device,
            device_name=self._device_name,
            typed_code=code,
            url=self._url,
        )

    @contextlib.asynccontextmanager
    async def online(self) -> AsyncIterator["Online"]:
        """One visit. Raises: what entering a client raises."""
        client = Client(
            self._url,
            token=self._token,
            device=self._device,
            trust=self._stage.trust,
            recovery=Recovery(show=self._keep_code, code=self._typed_code),
            timeout_s=wait_s,
            spread_s=_SPREAD_S,
            device_name=self._device_name,
        )
        async with client as me, Online(self, me) as online:
            yield online

    def attestation(self, identity_key: bytes) -> str:
        """What the platform vouches for, asked for by this person's own client."""
        return self._stage.idp.attestation(identity_key, self.party.attested)

    async def _token(self) -> str:
        return self._stage.idp.token(self.person.subject, [self.party.claim(self.person)])

    def _keep_code(self, code: str) -> None:
        self._stage.codes[self.person.subject] = code


class Online:
    """One visit: a connected client, and what happened to it. `mailbox` is the only one, or the first."""

    def __init__(self, actor: Actor, client: Client) -> None:
        self.actor = actor
        self.client = client
        self.happened: list[Happening] = []
        self._reader: asyncio.Task[None] | None = None
        self._news = asyncio.Condition()

    async def __aenter__(self) -> Self:
        self._reader = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)

    @property
    def name(self) -> str:
        return self.actor.name

    @property
    def mailbox(self) -> Mailbox:
        return self.client.mailboxes[0]

    @property
    def wanted(self) -> bytes:
        """The mailbox in which the platform gives this person a seat."""
        return self.client.seats[0].mailbox

    def heard(self, kind: type[T]) -> list[T]:
        """The events of this kind that came so far."""
        return [event for event in self.happened if isinstance(event, kind)]

    async def until(self, what: str, kind: type[T], holds: Callable[[T], bool] = lambda _: True) -> T:
        """The first event of this kind for which `holds`, come or to come. Raises: StepFailed."""
        try:
            async with asyncio.timeout(wait_s), self._news:
                while True:
                    for event in self.heard(kind):
                        if holds(event):
                            return event
                    await self._news.wait()
        except TimeoutError:
            raise StepFailed(words.NEVER_CAME.format(what=what)) from None

    async def reads(self, text: str) -> Message:
        """The message with this text, come or to come. Raises: StepFailed."""
        return await self.until(f"« {text} »", Message, lambda message: message.text == text)

    async def texts(self, thread_id: bytes) -> list[str]:
        """All that stands in a conversation, read from its first event on."""
        thread = self.client.thread(thread_id)
        await thread.load()
        return [message.text or "" for message in thread.messages]

    async def consent(self, thread_id: bytes, fields: Collection[CardField], text: str) -> bytes:
        """Agrees to show these fields of the person's card, attested by the platform; the card's id."""
        return await self.client.thread(thread_id).consent(
            Card(**{field.value: value for field, value in self.actor.person.card.items()}),
            fields={field.value for field in fields},
            text=text,
            attestation=self.actor.attestation(self.mailbox.identity_key),
            channel="demo",
        )

    async def _read(self) -> None:
        async for event in self.client.events():
            async with self._news:
                self.happened.append(event)
                self._news.notify_all()
