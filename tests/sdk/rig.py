"""What unit tests of the SDK put in place of the service: HTTP answered in memory, and a line that a script answers."""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol, TypeVar, cast

import httpx
import msgspec

from messaging.domain.vocabulary import Role
from messaging.e2ee import roster, roster_record
from messaging.wire.commands import AnyCommand, Pull, Wraps
from messaging.wire.events import EpochWraps, Events, LogEntry, Problem, WrapsList
from messaging.wire.rest import (
    AccountView,
    DepartedSeat,
    OwnTarget,
    OwnTargets,
    PendingSeat,
    PendingSeats,
    PrekeyBatch,
    PreviousSeed,
    Removal,
    RosterAppend,
    RosterView,
    SeatRequest,
    SeedWrap,
    ServiceInfo,
    VaultBody,
)
from messaging.wire.types import SeatView
from pli_client import MemoryStorage, Storage
from pli_client.errors import Overloaded, TimedOut
from pli_client.http import Api
from pli_client.link import Link
from pli_client.runtime import Inbox, Runtime, Tasks
from pli_client.vault import Recovery, VaultKeeper, this_device
from pli_client.views import Happening
from tests.sdk.world import NOW, SERVICE_ID, STAMP, TRUST, Stream

ACCOUNT = b"\xaa" * 16
URL = "http://service.localhost"


def refusal(code: str, status: int, *, retryable: bool = False) -> httpx.Response:
    problem = Problem(f"/problems/{code}", code, status, code, retryable=retryable)
    return httpx.Response(status, content=msgspec.json.encode(problem))


class HttpService:
    """Vault, rosters, seats and prekeys of a service that checks nothing but compare-and-swap: clients must."""

    def __init__(self) -> None:
        self.vault: VaultBody | None = None
        self.stream_epoch = 1
        self.records: list[bytes] = []
        self.seeds: list[SeedWrap] = []
        self.prevs: list[PreviousSeed] = []
        self.removals: list[Removal] = []
        self.busy = 0
        """So many removals are told to come again."""
        self.pending: list[PendingSeat] = []
        self.departed: list[DepartedSeat] = []
        self.targets: list[OwnTarget] = []
        self.published: list[tuple[str, PrekeyBatch]] = []
        self.seats: list[SeatView] = []
        self.requests: list[tuple[str, str]] = []

    def api(self) -> Api:
        return Api(URL, lambda: "token", transport=httpx.MockTransport(self._answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append((request.method, request.url.path))
        *_, last = request.url.path.split("/")
        handler: Callable[[httpx.Request], httpx.Response] = getattr(self, f"_{request.method.lower()}_{last}")
        return handler(request)

    def _get_account(self, request: httpx.Request) -> httpx.Response:
        return _json(AccountView(ACCOUNT, self.seats))

    def _get_service(self, request: httpx.Request) -> httpx.Response:
        return _json(ServiceInfo(SERVICE_ID, STAMP.public, self.stream_epoch, "pli.v1"))

    def _get_vault(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(204) if self.vault is None else _json(self.vault)

    def _put_vault(self, request: httpx.Request) -> httpx.Response:
        body = msgspec.json.decode(request.content, type=VaultBody)
        if body.version != (self.vault.version if self.vault else 0) + 1:
            return refusal("stale_head", 409, retryable=True)
        self.vault = body
        return httpx.Response(204)

    def _get_roster(self, request: httpx.Request) -> httpx.Response:
        heads = [roster_record.parse_signed(signed)[0] for signed in self.records]
        kits = {record.seat for record in heads if record.role == roster.KIT}
        return _json(
            RosterView(self.records, self.seeds, self.prevs, [seed for seed in self.seeds if seed.seat in kits])
        )

    def _post_roster(self, request: httpx.Request) -> httpx.Response:
        body = msgspec.json.decode(request.content, type=RosterAppend)
        if roster_record.parse_signed(body.signed)[0].index != len(self.records):
            return refusal("stale_head", 409, retryable=True)
        self.records.append(body.signed)
        self.seeds.append(body.seed)
        return httpx.Response(204)

    def _post_removals(self, request: httpx.Request) -> httpx.Response:
        body = msgspec.json.decode(request.content, type=Removal)
        if self.busy:
            self.busy -= 1
            return refusal("busy", 503, retryable=True)
        first = roster_record.parse_signed(body.remove or body.rotate)[0]
        if first.index != len(self.records):
            return refusal("stale_head", 409, retryable=True)
        self.removals.append(body)
        self.records += [signed for signed in (body.remove, body.rotate) if signed is not None]
        self.seeds += body.seeds
        self.prevs.append(PreviousSeed(body.seeds[0].g, body.prev))
        return httpx.Response(204)

    def _get_seats(self, request: httpx.Request) -> httpx.Response:
        return _json(PendingSeats(self.pending, self.departed))

    def _post_seats(self, request: httpx.Request) -> httpx.Response:
        asked = msgspec.json.decode(request.content, type=SeatRequest)
        if all(each.seat != asked.seat for each in self.pending):
            seat = PendingSeat(asked.seat, asked.sign_pk, asked.kem_pk, Role.AGENT, NOW)
            self.pending.append(seat)
        return httpx.Response(204)

    def _get_targets(self, request: httpx.Request) -> httpx.Response:
        return _json(OwnTargets(self.targets))

    def _post_prekeys(self, request: httpx.Request) -> httpx.Response:
        target = request.url.path.split("/")[-2]
        self.published.append((target, msgspec.json.decode(request.content, type=PrekeyBatch)))
        return httpx.Response(204)


def _json(body: msgspec.Struct) -> httpx.Response:
    return httpx.Response(200, content=msgspec.json.encode(body))


class Shown:
    """Keeps the recovery codes that a person was shown."""

    def __init__(self, code: str | None = None) -> None:
        self.codes: list[str] = []
        self.recovery = Recovery(show=self.codes.append, code=code)


async def opened_keeper(service: HttpService, storage: Storage, name: str, code: str | None = None) -> VaultKeeper:
    """A device's vault, opened as `Client` opens it."""
    entropy = Stream(name)
    device = await this_device(storage, ACCOUNT, entropy)
    keeper = VaultKeeper(service.api(), storage, device, entropy)
    await keeper.open(Shown(code).recovery)
    return keeper


K = TypeVar("K")


class Line(Protocol):
    """What a client's parts use of their link."""

    async def request(self, command: AnyCommand, kind: type[K], *, timeout_s: float | None) -> K: ...


class ScriptedLink:
    """Answers `pull` and `wraps` from a service's own log of one thread; `entries` may be made to lie."""

    def __init__(self, entries: list[LogEntry], wraps: dict[int, tuple[bytes, bytes]], prekey_index: int) -> None:
        self.entries = entries
        self.wraps = wraps
        self.head_seq: int | None = None
        self.repeated: list[LogEntry] = []
        """Given with each `pull`, whatever was asked."""
        self.endless_wraps = False
        self.is_full = False
        self.held: list[bytes] = []
        self.failures = 0
        """So many questions get no answer."""
        self.asked: list[AnyCommand] = []
        self._prekey_index = prekey_index

    async def insist(self, command: AnyCommand, kind: type[K]) -> K:
        return cast(K, await Link.insist(cast(Link, self), command, cast(type[Any], kind)))

    def hold(self, thread: bytes) -> None:
        self.held.append(thread)

    def check_room(self) -> None:
        if self.is_full:
            raise Overloaded("too many commands wait already")

    async def request(self, command: AnyCommand, kind: type[K], *, timeout_s: float | None) -> K:
        self.asked.append(command)
        await asyncio.sleep(0)
        if self.failures:
            self.failures -= 1
            raise TimedOut("the service did not answer in time")
        answer: object
        if isinstance(command, Pull):
            listed = [entry for entry in self.entries if entry.seq > command.after][: command.limit]
            listed += self.repeated
            head = self.head_seq if self.head_seq is not None else max(entry.seq for entry in self.entries)
            answer = Events(ref=0, thread=command.thread, events=listed, head_seq=head)
        else:
            assert isinstance(command, Wraps)
            first = 0 if self.endless_wraps else command.first
            epochs = [EpochWraps(n, pair) for n, pair in sorted(self.wraps.items()) if n >= first]
            answer = WrapsList(
                ref=0,
                thread=command.thread,
                epochs=epochs[:1],
                prekey_index=self._prekey_index,
                more=len(epochs) > 1 or self.endless_wraps,
            )
        assert isinstance(answer, kind)
        return answer


def runtime(link: Line, keeper: VaultKeeper, service: HttpService, storage: Storage | None = None) -> Runtime:
    return Runtime(
        api=service.api(),
        link=cast(Link, link),
        keeper=keeper,
        storage=storage or MemoryStorage(),
        trust=TRUST,
        entropy=Stream("runtime"),
        clock=lambda: NOW,
        timeout_s=1.0,
        inbox=Inbox(),
        tasks=Tasks(),
    )


async def next_event(inbox: Inbox) -> Happening:
    async with asyncio.timeout(30):
        return await anext(aiter(inbox.read()))
