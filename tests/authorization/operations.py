"""How every operation is tried over the real carriers: the route or command that leads to it, and what to send.

What a maker makes is what somebody entitled would send: an intruder then sends the very same bytes. With `known` False
the object is one that does not exist, everything else being as good as it can be.
"""

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec

from messaging.domain.authorization import Operation
from messaging.domain.vocabulary import Ground, MailboxKind, Measure, ReportCategory, Role
from messaging.e2ee import chain
from messaging.e2ee.third import Shown
from messaging.moderation.case import CaseState
from messaging.sinks.webpush import VapidKey
from messaging.wire.alerts import AlertLink, AlertSettings, PushSubscription
from messaging.wire.commands import (
    AnyCommand,
    Consents,
    DeskPull,
    DeskPut,
    Invite,
    Open,
    Pull,
    Rate,
    Read,
    RestoreClaim,
    Share,
    Threads,
    Wraps,
)
from messaging.wire.events import Events
from messaging.wire.moderation import (
    Answer,
    AuditAsked,
    Continuing,
    Decide,
    Exporting,
    Hearing,
    OutsideNotice,
    Report,
    Review,
    Second,
    Unmask,
)
from messaging.wire.platform import (
    DepartureReport,
    ErasureRequest,
    ExportRequest,
    ResetBegun,
    ResetRequest,
    ResetTokens,
)
from messaging.wire.rest import AccountRevoke, ClaimRequest, Dimensions, MailboxPut, TargetPut, VaultBody, VaultWrap
from messaging.wire.types import EpochShare, Presentation
from tests.authorization.court import BOTH
from tests.authorization.roles import Cast
from tests.support.talk import Line, claimed_opening, log_head
from tests.support.thirds import Stay, accept, invitation, invite, let_in
from tests.support.world import Box, Someone, World, newcomer

REF: Final = 7


@dataclass(frozen=True, slots=True)
class Http:
    """One request."""

    method: str
    path: str
    body: msgspec.Struct | None = None


class Stage:
    """What the makers need: the world, and threads that the project opened with the town hall; in the first of them a
    third party is in, with the whole history.
    """

    def __init__(self, world: World, cast: Cast, stay: Stay, now: Callable[[], int]) -> None:
        self.world = world
        self.cast = cast
        self.stay = stay
        self.lines = stay.sides
        self.now = now
        self._unused: Open | None = None
        self._lost: str | None = None

    @classmethod
    async def made(cls, world: World, cast: Cast, now: Callable[[], int]) -> "Stage":
        stage = cls(world, cast, await entered_thread(world, cast), now)
        cast.court.thread = stage.lines[0].thread
        return stage

    def line(self, who: Someone, lines: tuple[Line, Line] | None = None) -> Line:
        """This person's end of the thread; the mayor's for anybody else."""
        initiator, recipient = lines or self.lines
        if who is self.world.holder:
            return initiator
        if who is self.cast.guest[1]:
            return self.stay.guest
        return replace(recipient, keys=self.world.town.keys(who if who is self.world.agent else self.world.mayor))

    async def unused_opening(self) -> Open:
        """The mayor's command to open a thread, which never succeeds because only others send it."""
        if self._unused is None:
            self._unused = await self.opening(self.world.mayor)
        return self._unused

    async def lost(self) -> str:
        """The platform's name of a mailbox that nobody can administer any more."""
        if self._lost is None:
            world, ref = self.world, "lost"
            box = await world.register(ref, MailboxKind.TERRITORY)
            mayor = Someone("a mayor who left", (box.claim(Role.MAYOR, admin=True),))
            await world.found(box, mayor, Role.MAYOR)
            await world.service.platform("POST", "/v1/platform/departures", DepartureReport(ref, mayor.subject))
            self._lost = ref
        return self._lost

    async def reset(self) -> bytes:
        """The reset of that mailbox."""
        body = ResetRequest(await self.lost())
        answer = await self.world.service.platform("POST", "/v1/platform/resets", body)
        return msgspec.json.decode(answer, type=ResetBegun).reset

    async def opening(self, who: Someone) -> Open:
        world = self.world
        command, _, _ = await claimed_opening(world, (world.town, who), (world.project, world.holder), REF)
        return command


async def opened_thread(world: World) -> tuple[Line, Line]:
    command, initiator, recipient = await claimed_opening(
        world, (world.project, world.holder), (world.town, world.mayor), REF
    )
    async with world.socket(world.holder) as socket:
        answer = await socket.ask(command)
        assert b'"t":"ack"' in answer, answer
    return initiator, recipient


async def entered_thread(world: World, cast: Cast) -> Stay:
    """A new thread with a third party in it."""
    hosts = ((world.project, world.holder), (world.town, world.mayor))
    return await let_in(world, hosts, cast.guest, await opened_thread(world), history=True)


Request = Http | AnyCommand


@dataclass(frozen=True, slots=True)
class Aim:
    """What a request is for."""

    who: Someone
    """Who is entitled to send it, whether they are who sends it or not."""
    known: bool
    """Whether its object exists."""
    granted: bool
    """Whether it is meant to succeed: then whatever it needs is made ready first."""


Maker = Callable[[Stage, Aim], Awaitable[Request]]


def _plain(request: Http) -> Maker:
    async def make(stage: Stage, aim: Aim) -> Request:
        return request

    return make


def _town(make: Callable[[bytes], Request]) -> Maker:
    async def made(stage: Stage, aim: Aim) -> Request:
        return make(stage.world.town.mailbox if aim.known else os.urandom(16))

    return made


def _thread(make: Callable[[bytes], AnyCommand]) -> Maker:
    async def made(stage: Stage, aim: Aim) -> Request:
        return make(stage.lines[0].thread if aim.known else os.urandom(16))

    return made


def _vault(version: int) -> VaultBody:
    return VaultBody(version, b"blob", [VaultWrap("device", bytes(16), b"wrap")])


async def _vault_read(stage: Stage, aim: Aim) -> Request:
    await _vault_version(stage, aim.who)
    return Http("GET", "/v1/vault")


async def _vault_write(stage: Stage, aim: Aim) -> Request:
    return Http("PUT", "/v1/vault", _vault(await _vault_version(stage, aim.who) + 1))


async def _vault_version(stage: Stage, who: Someone) -> int:
    """Of the vault that this person has now."""
    token = stage.world.token(who)
    await stage.world.request("PUT", "/v1/vault", token, _vault(1))
    answer = await stage.world.request("GET", "/v1/vault", token)
    return msgspec.json.decode(answer.content, type=VaultBody).version


async def _found(stage: Stage, aim: Aim) -> Request:
    hamlet = stage.cast.hamlet if aim.known else _nowhere()
    return Http("POST", f"/v1/mailboxes/{hamlet.mailbox.hex()}/roster", hamlet.create_record(aim.who, Role.MAYOR))


async def _admit(stage: Stage, aim: Aim) -> Request:
    world, candidate = stage.world, newcomer([stage.world.town.claim(Role.AGENT)])
    if aim.granted:
        await world.ask_seat(world.town, candidate)
    await world.reread(world.town, world.mayor)
    box = world.town if aim.known else _nowhere()
    if not aim.known:
        box.records.append(box.create_record(world.mayor, Role.MAYOR).signed)
    record = box.admit_record(world.mayor, candidate, Role.AGENT)
    return Http("POST", f"/v1/mailboxes/{box.mailbox.hex()}/roster", record)


async def _admit_by_kit(stage: Stage, aim: Aim) -> Request:
    """Who asked for a seat of the annex and holds its kit."""
    annex = stage.cast.annex
    box = await annex.ready(stage.world) if aim.known else _nowhere()
    if aim.granted:
        await stage.world.ask_seat(box, annex.pending)
    if not aim.known:
        box.records.append(box.create_record(annex.kit, Role.MAYOR).signed)
    record = box.admit_record(annex.kit, annex.pending if aim.granted else newcomer(), Role.AGENT)
    return Http("POST", f"/v1/mailboxes/{box.mailbox.hex()}/roster", record)


async def _remove(stage: Stage, aim: Aim) -> Request:
    """The mayor removes a colleague of the annex; who may not, sends what would remove one of the town hall."""
    world, annex = stage.world, stage.cast.annex
    if aim.granted:
        box, colleague = await annex.ready(world), newcomer([annex.box.claim(Role.AGENT)])
        await world.seat(box, annex.mayor, colleague, Role.AGENT)
        return Http("POST", box.removals, box.renewal(annex.mayor, colleague.seat).body)
    body = world.town.renewal(world.mayor, world.agent.seat).body
    return Http("POST", (world.town if aim.known else _nowhere()).removals, body)


def _nowhere() -> Box:
    return Box("nowhere", MailboxKind.TERRITORY, os.urandom(16), os.urandom(16))


async def _ask(stage: Stage, aim: Aim) -> Request:
    box = stage.world.town if aim.known else _nowhere()
    return Http("POST", f"/v1/mailboxes/{box.mailbox.hex()}/seats", box.seat_request(aim.who))


async def _publish(stage: Stage, aim: Aim) -> Request:
    town = stage.world.town
    publisher = aim.who if aim.who is stage.world.agent else stage.world.mayor
    target = town.target if aim.known else os.urandom(16)
    return Http("POST", f"/v1/targets/{target.hex()}/prekeys", town.next_prekeys(publisher, 1))


async def _claim(stage: Stage, aim: Aim) -> Request:
    mailbox = stage.world.town.mailbox if aim.known else os.urandom(16)
    return Http("POST", f"/v1/targets/{stage.world.project.target.hex()}/claims", ClaimRequest(mailbox))


async def _open(stage: Stage, aim: Aim) -> Request:
    command = await stage.opening(aim.who) if aim.granted else await stage.unused_opening()
    return msgspec.structs.replace(command, mailbox=command.mailbox if aim.known else os.urandom(16))


async def _send(stage: Stage, aim: Aim) -> Request:
    return stage.line(aim.who).send(REF, thread=None if aim.known else os.urandom(16))


async def _notice(stage: Stage, aim: Aim) -> Request:
    return stage.line(aim.who).notice(REF, "asked", thread=None if aim.known else os.urandom(16))


def _host(stage: Stage, who: Someone) -> tuple[Box, Someone]:
    world = stage.world
    return (world.project, who) if who is world.holder else (world.town, who)


async def _invite(stage: Stage, aim: Aim) -> Request:
    """Somebody entitled invites, in a thread of its own."""
    thread = None if aim.known else os.urandom(16)
    if aim.granted:
        line = stage.line(aim.who, await opened_thread(stage.world))
        command, _ = await invite(stage.world, _host(stage, aim.who), stage.cast.guest, line, REF)
        return command
    line = stage.line(stage.world.mayor)
    shown = Shown("Partenaire", "France", False, "")
    payload = invitation(line, os.urandom(16), stage.stay.guest.own.public, shown, thread=thread)
    return Invite(ref=REF, claim=os.urandom(16), payload=payload)


async def _accept(stage: Stage, aim: Aim) -> Request:
    """Somebody entitled accepts what the other side proposed, in a thread of its own."""
    world = stage.world
    if not aim.granted:
        thread = None if aim.known else os.urandom(16)
        invited = stage.stay.third.invitation
        payload = invitation(stage.lines[0], invited.target, invited.keys, invited.shown)
        return accept(stage.line(world.mayor), payload, os.urandom(32), REF, thread=thread)[0]
    lines = await opened_thread(world)
    line = stage.line(aim.who, lines)
    other = world.mayor if aim.who is world.holder else world.holder
    asked, _ = await invite(world, _host(stage, other), stage.cast.guest, stage.line(other, lines), REF)
    async with world.socket(other) as socket:
        assert b'"t":"ack"' in await socket.ask(asked)
    return accept(line, asked.payload, await log_head(world, world.holder, line.thread), REF)[0]


async def _share(stage: Stage, aim: Aim) -> Request:
    """The key of an epoch before the joining, again; anybody's bytes, as the service cannot read them."""
    share = EpochShare(0, bytes(1168))
    return Share(ref=REF, thread=stage.lines[0].thread if aim.known else os.urandom(16), shares=[share])


async def _end_third(stage: Stage, aim: Aim) -> Request:
    """Somebody entitled ends a stay, in a thread of its own."""
    if not aim.granted:
        line = stage.line(aim.who if aim.known else stage.world.mayor)
        return stage.stay.leaving(REF, line, thread=None if aim.known else os.urandom(16))
    stay = await entered_thread(stage.world, stage.cast)
    ends = stay.guest if aim.who is stage.cast.guest[1] else stage.line(aim.who, stay.sides)
    return stay.leaving(REF, ends)


async def _rotate(stage: Stage, aim: Aim) -> Request:
    """Somebody entitled rotates, in a thread of its own."""
    world = stage.world
    line = stage.line(aim.who, await opened_thread(world) if aim.granted else stage.lines)
    command, _ = line.rotation(REF, await log_head(world, world.holder, line.thread))
    return command if aim.known else msgspec.structs.replace(command, thread=os.urandom(16))


async def _restore(stage: Stage, aim: Aim) -> Request:
    """What the log still has: nothing is restored, and the same can be asked again and again."""
    line, world = stage.lines[0], stage.world
    async with world.socket(world.holder) as socket:
        pulled = msgspec.json.decode(await socket.ask(Pull(ref=REF, thread=line.thread, after=0, limit=1)), type=Events)
    (first,) = pulled.events
    digest = chain.digest(first.kind, first.party, first.payload)
    head = chain.next_head(line.head_0, 1, first.at, first.kind, first.party, digest)
    thread = line.thread if aim.known else os.urandom(16)
    return RestoreClaim(ref=REF, thread=thread, seq=1, head=head, proof=first.proof, stream_epoch=0)


async def _give(stage: Stage, aim: Aim) -> Request:
    return stage.line(aim.who).give(REF, stage.now(), thread=None if aim.known else os.urandom(16))


async def _withdraw(stage: Stage, aim: Aim) -> Request:
    """Somebody entitled withdraws a card that waits, in a thread of its own."""
    world = stage.world
    line = stage.line(aim.who, await opened_thread(world) if aim.granted else stage.lines)
    given = line.give(REF, stage.now())
    if aim.granted:
        async with world.socket(aim.who) as socket:
            assert b'"t":"ok"' in await socket.ask(given)
    command = line.withdraw(REF, given, stage.now())
    return command if aim.known else msgspec.structs.replace(command, thread=os.urandom(16))


async def _depart(stage: Stage, aim: Aim) -> Request:
    world = stage.world
    leaver = newcomer([world.town.claim(Role.AGENT)])
    if aim.granted:
        await world.reread(world.town, world.mayor)
        await world.seat(world.town, world.mayor, leaver, Role.AGENT)
    report = DepartureReport("town" if aim.known else "nowhere", leaver.subject)
    return Http("POST", "/v1/platform/departures", report)


async def _reset(stage: Stage, aim: Aim) -> Request:
    """A mailbox whose only administrator left."""
    return Http("POST", "/v1/platform/resets", ResetRequest((await stage.lost()) if aim.known else "nowhere"))


async def _reset_tokens(stage: Stage, aim: Aim) -> Request:
    """Asks what is missing."""
    reset = await stage.reset() if aim.known else os.urandom(16)
    return Http("POST", f"/v1/platform/resets/{reset.hex()}/tokens", ResetTokens([]))


async def _report(stage: Stage, aim: Aim) -> Request:
    thread, line = stage.lines[0].thread if aim.known else os.urandom(16), stage.line(aim.who)
    about = 1 if line.party == 0 else 0
    said = (os.urandom(16), line.party, about, ReportCategory.OTHER, 1, 2, stage.cast.court.key, b"sealed")
    return Http("POST", f"/v1/threads/{thread.hex()}/reports", Report(*said))


def _on_case(act: str, state: CaseState, body: Callable[[bytes], msgspec.Struct | None], **parts: Any) -> Maker:
    """Who may gets a new case each time; who may not tries on one that stands."""

    async def make(stage: Stage, aim: Aim) -> Request:
        court = stage.cast.court
        if not aim.known:
            case = os.urandom(16)
        else:
            seats = {name: getattr(court, who) if isinstance(who, str) else who for name, who in parts.items()}
            case = await (court.case(state, **seats) if aim.granted else court.once(act, state, **seats))
        return Http("GET" if act == "" else "POST", _address(act, case), body(case))

    return make


def _address(act: str, case: bytes) -> str:
    if act in ("answers", "appeals"):
        return f"/v1/cases/{case.hex()}/{act}"
    if act == "unmasked":
        return f"/v1/moderation/unmaskings/{case.hex()}"
    return f"/v1/moderation/cases/{case.hex()}/{act}".rstrip("/")


async def _answer_body(stage: Stage, aim: Aim, act: str, state: CaseState) -> Request:
    court = stage.cast.court
    case = os.urandom(16)
    if aim.known:
        case = await (court.case(state) if aim.granted else court.once(act, state))
    return Http("POST", _address(act, case), Answer(0, 0, court.key, os.urandom(8)))


def _answering(act: str, state: CaseState) -> Maker:
    return lambda stage, aim: _answer_body(stage, aim, act, state)


async def _unmasked(stage: Stage, aim: Aim) -> Request:
    court, held = stage.cast.court, {"holder": stage.cast.court.chair, "second": stage.cast.court.wing}
    case = await court.once("unmasked", CaseState.CLAIMED, unmasked=True, **held) if aim.known else os.urandom(16)
    return Http("GET", _address("unmasked", case))


async def _outside(stage: Stage, aim: Aim) -> Request:
    notice = OutsideNotice(os.urandom(16), ReportCategory.OTHER, "Cette annonce usurpe notre commune.", good_faith=True)
    return Http("POST", "/v1/notices", notice)


def _refuse(case: bytes) -> Second:
    return Second(case, approve=False)


def _ask_unmasking(_case: bytes) -> Unmask:
    return Unmask(os.urandom(16), 1, "pour vérifier")


def _decision(_case: bytes) -> Decide:
    return Decide(os.urandom(16), Measure.NONE, Ground.TERMS, BOTH, BOTH)


_POINT: Final = VapidKey(bytes(32)).public
PUT_MAILBOX = MailboxPut("shire", MailboxKind.TERRITORY, Presentation("Commune", "Ailleurs"), Dimensions())

OPERATIONS: Final[dict[Operation, tuple[str, Maker]]] = {
    Operation.SERVICE_READ: ("GET /v1/service", _plain(Http("GET", "/v1/service"))),
    Operation.ACCOUNT_READ: ("GET /v1/account", _plain(Http("GET", "/v1/account"))),
    Operation.VAULT_READ: ("GET /v1/vault", _vault_read),
    Operation.VAULT_WRITE: ("PUT /v1/vault", _vault_write),
    Operation.TICKET_ISSUE: ("POST /v1/tickets", _plain(Http("POST", "/v1/tickets"))),
    Operation.ALERTS_READ: ("GET /v1/account/alerts", _plain(Http("GET", "/v1/account/alerts"))),
    Operation.ALERTS_WRITE: (
        "PUT /v1/account/alerts",
        _plain(Http("PUT", "/v1/account/alerts", AlertSettings(True, None))),
    ),
    Operation.ALERTS_OPEN: (
        "POST /v1/account/alerts/open",
        _plain(Http("POST", "/v1/account/alerts/open", AlertLink("unknown"))),
    ),
    Operation.ALERTS_UNREACHED: (
        "GET /v1/mailboxes/{mailbox}/alerts",
        _town(lambda mailbox: Http("GET", f"/v1/mailboxes/{mailbox.hex()}/alerts")),
    ),
    Operation.PUSH_SUBSCRIBE: (
        "PUT /v1/account/push",
        _plain(Http("PUT", "/v1/account/push", PushSubscription("https://push.example/1", _POINT, bytes(16)))),
    ),
    Operation.PUSH_UNSUBSCRIBE: (
        "DELETE /v1/account/push/{subscription}",
        _plain(Http("DELETE", f"/v1/account/push/{bytes(16).hex()}")),
    ),
    Operation.ROSTER_READ: (
        "GET /v1/mailboxes/{mailbox}/roster",
        _town(lambda mailbox: Http("GET", f"/v1/mailboxes/{mailbox.hex()}/roster")),
    ),
    Operation.ROSTER_CREATE: ("POST /v1/mailboxes/{mailbox}/roster", _found),
    Operation.SEAT_ASK: ("POST /v1/mailboxes/{mailbox}/seats", _ask),
    Operation.SEATS_PENDING: (
        "GET /v1/mailboxes/{mailbox}/seats",
        _town(lambda mailbox: Http("GET", f"/v1/mailboxes/{mailbox.hex()}/seats")),
    ),
    Operation.SEAT_ADMIT: ("POST /v1/mailboxes/{mailbox}/roster", _admit),
    Operation.SEAT_ADMIT_BY_KIT: ("POST /v1/mailboxes/{mailbox}/roster", _admit_by_kit),
    Operation.SEAT_REMOVE: ("POST /v1/mailboxes/{mailbox}/removals", _remove),
    Operation.TARGETS_LIST: (
        "GET /v1/mailboxes/{mailbox}/targets",
        _town(lambda mailbox: Http("GET", f"/v1/mailboxes/{mailbox.hex()}/targets")),
    ),
    Operation.PREKEYS_PUBLISH: ("POST /v1/targets/{target}/prekeys", _publish),
    Operation.PREKEY_CLAIM: ("POST /v1/targets/{target}/claims", _claim),
    Operation.THREAD_OPEN: ("open", _open),
    Operation.THREADS_LIST: ("threads", _thread(lambda _: Threads(ref=REF))),
    Operation.THREAD_ROTATE: ("rotate", _rotate),
    Operation.MESSAGE_SEND: ("send", _send),
    Operation.FIGURES_READ: ("GET /v1/figures", _plain(Http("GET", "/v1/figures"))),
    Operation.NOTICE_GIVE: ("notice", _notice),
    Operation.RELATION_RATE: ("rate", _thread(lambda thread: Rate(ref=REF, thread=thread, satisfied=4, recommends=5))),
    Operation.THIRD_INVITE: ("invite", _invite),
    Operation.THIRD_ACCEPT: ("accept", _accept),
    Operation.THIRD_SHARE: ("share", _share),
    Operation.THIRD_END: ("notice", _end_third),
    Operation.EVENTS_PULL: ("pull", _thread(lambda thread: Pull(ref=REF, thread=thread, after=0))),
    Operation.WRAPS_PULL: ("wraps", _thread(lambda thread: Wraps(ref=REF, thread=thread))),
    Operation.RECEIPT_WRITE: ("read", _thread(lambda thread: Read(ref=REF, thread=thread, seq=1))),
    Operation.RESTORE_CLAIM: ("restore.claim", _restore),
    Operation.DESK_WRITE: (
        "desk.put",
        _town(lambda mailbox: DeskPut(ref=REF, mailbox=mailbox, entry=os.urandom(16), blob=b"sealed")),
    ),
    Operation.DESK_READ: ("desk.pull", _town(lambda mailbox: DeskPull(ref=REF, mailbox=mailbox, after=0))),
    Operation.CONSENT_GIVE: ("consent.give", _give),
    Operation.CONSENT_WITHDRAW: ("consent.withdraw", _withdraw),
    Operation.CONSENTS_LIST: ("consents", _thread(lambda thread: Consents(ref=REF, thread=thread))),
    Operation.REPORT_MAKE: ("POST /v1/threads/{thread}/reports", _report),
    Operation.CASES_LIST: (
        "GET /v1/mailboxes/{mailbox}/cases",
        _town(lambda mailbox: Http("GET", f"/v1/mailboxes/{mailbox.hex()}/cases")),
    ),
    Operation.CASE_ANSWER: ("POST /v1/cases/{case}/answers", _answering("answers", CaseState.DECIDED)),
    Operation.CASE_APPEAL: ("POST /v1/cases/{case}/appeals", _answering("appeals", CaseState.DECIDED)),
    Operation.MODERATION_KEY: ("GET /v1/moderation/key", _plain(Http("GET", "/v1/moderation/key"))),
    Operation.NOTICE_FORM: ("POST /v1/notices", _outside),
    Operation.NOTICE_TRACK: ("GET /v1/notices", _plain(Http("GET", "/v1/notices"))),
    Operation.MODERATION_QUEUE: ("GET /v1/moderation/queue", _plain(Http("GET", "/v1/moderation/queue"))),
    Operation.CASE_CLAIM: (
        "POST /v1/moderation/cases/{case}/claim",
        _on_case("claim", CaseState.RECEIVED, lambda _: None),
    ),
    Operation.CASE_RELEASE: (
        "POST /v1/moderation/cases/{case}/release",
        _on_case("release", CaseState.CLAIMED, lambda _: None, holder="chair", second="wing"),
    ),
    Operation.CASE_READ: (
        "GET /v1/moderation/cases/{case}",
        _on_case("", CaseState.CLAIMED, lambda _: None, holder="chair", second="wing"),
    ),
    Operation.CASE_EXCERPT: (
        "POST /v1/moderation/cases/{case}/excerpts",
        _on_case("excerpts", CaseState.CLAIMED, lambda _: Continuing(0, 0), holder="chair", second="wing"),
    ),
    Operation.CASE_HEAR: (
        "POST /v1/moderation/cases/{case}/hearing",
        _on_case("hearing", CaseState.CLAIMED, lambda _: Hearing([2]), holder="chair", second="wing"),
    ),
    Operation.CASE_LETTERS: (
        "POST /v1/moderation/cases/{case}/letters",
        _on_case("letters", CaseState.CLAIMED, _decision, holder="chair", second="wing"),
    ),
    Operation.CASE_DECIDE: (
        "POST /v1/moderation/cases/{case}/decision",
        _on_case("decision", CaseState.CLAIMED, _decision, holder="chair", second="wing"),
    ),
    Operation.CASE_SECOND: (
        "POST /v1/moderation/cases/{case}/second",
        _on_case("second", CaseState.CLAIMED, lambda _: None, holder="chair", proposed=True),
    ),
    Operation.CASE_APPROVE: (
        "POST /v1/moderation/cases/{case}/approval",
        _on_case("approval", CaseState.CLAIMED, _refuse, holder="chair", second="wing", proposed=True),
    ),
    Operation.CASE_REVIEW: (
        "POST /v1/moderation/cases/{case}/review",
        _on_case("review", CaseState.APPEALED, lambda _: Review(False, BOTH), holder="chair", second="wing"),
    ),
    Operation.CASE_UNMASK: (
        "POST /v1/moderation/cases/{case}/unmaskings",
        _on_case("unmaskings", CaseState.CLAIMED, _ask_unmasking, holder="chair", second="wing"),
    ),
    Operation.CASE_UNMASKED: ("GET /v1/moderation/unmaskings/{unmasking}", _unmasked),
    Operation.CASE_EXPORT: (
        "POST /v1/moderation/cases/{case}/exports",
        _on_case("exports", CaseState.CLAIMED, lambda case: Exporting(case), holder="chair", second="wing"),
    ),
    Operation.AUDIT_TRAIL: (
        "POST /v1/moderation/audit",
        _plain(Http("POST", "/v1/moderation/audit", AuditAsked())),
    ),
    Operation.PLATFORM_MAILBOX_PUT: (
        "PUT /v1/platform/mailboxes",
        _plain(Http("PUT", "/v1/platform/mailboxes", PUT_MAILBOX)),
    ),
    Operation.PLATFORM_TARGET_PUT: (
        "PUT /v1/platform/targets",
        _plain(Http("PUT", "/v1/platform/targets", TargetPut("shire/listing", "town"))),
    ),
    Operation.PLATFORM_ACCOUNT_REVOKE: (
        "POST /v1/platform/revocations",
        _plain(Http("POST", "/v1/platform/revocations", AccountRevoke("nobody in particular"))),
    ),
    Operation.PLATFORM_SEATS_LIST: (
        "GET /v1/platform/mailboxes/{mailbox}/seats",
        _town(lambda mailbox: Http("GET", f"/v1/platform/mailboxes/{mailbox.hex()}/seats")),
    ),
    Operation.PLATFORM_DEPARTURE: ("POST /v1/platform/departures", _depart),
    Operation.PLATFORM_RESET: ("POST /v1/platform/resets", _reset),
    Operation.PLATFORM_RESET_TOKENS: ("POST /v1/platform/resets/{reset}/tokens", _reset_tokens),
    Operation.PLATFORM_ERASURE: (
        "POST /v1/platform/erasures",
        _plain(Http("POST", "/v1/platform/erasures", ErasureRequest("nobody in particular"))),
    ),
    Operation.PLATFORM_EXPORT: (
        "POST /v1/platform/exports",
        _plain(Http("POST", "/v1/platform/exports", ExportRequest("nobody in particular"))),
    ),
}
"""Operation -> (the one route or command that leads to it, what to send)."""
