"""Reports over failures, and to whom they are sealed: nobody but the key that the pinned root vouches for."""

from collections.abc import Callable
from dataclasses import replace

import httpx
import msgspec
import pytest

from messaging.domain.vocabulary import ReportCategory
from messaging.e2ee.audit import AuditLeaf, encode_leaf
from messaging.e2ee.errors import BadAudit, BadModerationKey, BadReport, BadSignature, E2EEError
from messaging.e2ee.merkle import leaf_hash
from messaging.e2ee.moderation_key import ModerationKey, certify
from messaging.e2ee.report import StatementKind, open_statement
from messaging.e2ee.suite import KemKey, SigningKey
from messaging.e2ee.tree_head import TreeHead, origin_of, sign_head
from messaging.wire.moderation import Answer, AuditProof, ModerationKeyView, Report, ReportTaken
from pli_client import Desk, MemoryStorage, Thread, Trust, local
from pli_client.errors import ClientError, ProblemError, TimedOut
from pli_client.moderating import check_audit
from pli_client.runtime import Runtime
from tests.sdk.rig import HttpService, ScriptedLink, opened_keeper, refusal, runtime
from tests.sdk.test_engine import state
from tests.sdk.world import NOW, PREKEY_INDEX, SERVICE_ID, STAMP, TRUST, World

ROOT = SigningKey(b"\x0b" * 32)
PINNED = replace(TRUST, moderation_root=ROOT.public)
KEM, NEXT = KemKey(b"\x0c" * 32), KemKey(b"\x0d" * 32)
DAY_MS = 86_400_000
CASE = b"\xca" * 16
WORDS = "Il demande un virement."


def certificate(kem: KemKey = KEM, g: int = 0, root: SigningKey = ROOT, *, until: int = NOW + 90 * DAY_MS) -> bytes:
    return certify(ModerationKey(kem.public, g, until - 90 * DAY_MS, until), root)


class Moderated(HttpService):
    """A service with moderators: it keeps what it is sent, and has its troubles."""

    def __init__(self) -> None:
        super().__init__()
        self.certificate = certificate()
        self.reports: list[Report] = []
        self.answers: list[Answer] = []
        self.trouble: list[Callable[[], httpx.Response]] = []

    def _get_key(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=msgspec.json.encode(ModerationKeyView(self.certificate)))

    def _post_reports(self, request: httpx.Request) -> httpx.Response:
        self.reports.append(msgspec.json.decode(request.content, type=Report))
        if self.trouble:
            return self.trouble.pop(0)()
        return httpx.Response(201, content=msgspec.json.encode(ReportTaken(CASE, NOW)))

    def _post_answers(self, request: httpx.Request) -> httpx.Response:
        self.answers.append(msgspec.json.decode(request.content, type=Answer))
        return self.trouble.pop(0)() if self.trouble else httpx.Response(204)


class Mayor:
    """The town hall's side of the world's thread, in which the doctor wrote twice and the mayor once."""

    def __init__(self, world: World, service: Moderated, parts: Runtime) -> None:
        self.service = service
        self.parts = parts
        self.thread = Thread(
            parts,
            world.town,
            Desk(parts, world.town, 0),
            state(world),
            followed=None,
            reread=self._reread,
            on_tag=lambda tag: None,
            on_change=lambda thread: None,
        )

    async def _reread(self) -> None:
        """The roster stays as it is."""

    async def report(self, text: str = WORDS) -> ReportTaken:
        await self.thread.load()
        shown = [each for each in self.thread.messages if each.text == "Payez d’abord"]
        return await self.thread.report(shown, ReportCategory.PAYMENT, text)

    async def waiting(self) -> list[str]:
        return await self.parts.storage.names(local.STATEMENTS)


@pytest.fixture
async def mayor() -> Mayor:
    world, service = World(), Moderated()
    world.talk((0, "Bonjour"), (1, "Bonjour docteur"), (0, "Payez d’abord"))
    link = ScriptedLink(world.service.entries, {0: world.opening.wraps}, PREKEY_INDEX)
    parts = runtime(link, await opened_keeper(service, MemoryStorage(), "mayor"), service)
    return Mayor(world, service, replace(parts, trust=PINNED))


def lost() -> httpx.Response:
    raise httpx.ReadTimeout("no answer")


async def test_a_report_holds_the_keys_of_what_was_chosen_and_of_nothing_else(mayor: Mayor) -> None:
    taken = await mayor.report()
    (body,) = mayor.service.reports
    thread = mayor.thread.id
    opened = open_statement(
        body.sealed, StatementKind.REPORT, kem=KEM, service=SERVICE_ID, thread=thread, subject=body.report
    ).statement
    assert (opened.category, opened.text, opened.party) == ("payment", WORDS, 1)
    (chosen,) = [each.seq for each in mayor.thread.messages if each.text == "Payez d’abord"]
    assert [each.seq for each in opened.openings] == [chosen]
    assert (opened.first, opened.last) == (body.first, body.last) == (chosen - 2, chosen)
    (receipt,) = await mayor.thread.report_receipts()
    assert (receipt.report, receipt.case, receipt.at, receipt.seqs) == (body.report, taken.case, NOW, (chosen,))
    assert await mayor.waiting() == []


@pytest.mark.parametrize(
    ("trouble", "error"),
    [(lost, TimedOut), (lambda: refusal("busy", 503, retryable=True), ProblemError)],
    ids=["no answer", "busy"],
)
async def test_a_report_without_an_answer_is_sent_again_as_the_same_bytes(
    mayor: Mayor, trouble: Callable[[], httpx.Response], error: type[ClientError]
) -> None:
    mayor.service.trouble = [trouble]
    with pytest.raises(error):
        await mayor.report()
    assert await mayor.thread.report_receipts() == []
    await mayor.report()
    first, second = mayor.service.reports
    assert first == second
    assert len(await mayor.thread.report_receipts()) == 1
    await mayor.report("Et il insiste.")
    assert mayor.service.reports[2].report != first.report
    assert [each.case for each in await mayor.thread.report_receipts()] == [CASE, CASE]


async def test_what_was_sealed_to_a_key_that_changed_meanwhile_is_sealed_once_more(mayor: Mayor) -> None:
    mayor.service.trouble = [lost]
    with pytest.raises(TimedOut):
        await mayor.report()
    mayor.service.certificate = certificate(NEXT, 1)
    mayor.service.trouble = [lambda: refusal("conflict", 409)]
    await mayor.report()
    first, again, anew = mayor.service.reports
    assert first == again
    assert anew.report != first.report
    open_statement(
        anew.sealed, StatementKind.REPORT, kem=NEXT, service=SERVICE_ID, thread=mayor.thread.id, subject=anew.report
    )


async def test_a_refusal_for_good_leaves_nothing(mayor: Mayor) -> None:
    mayor.service.trouble = [lambda: refusal("conflict", 409), lambda: refusal("conflict", 409)]
    with pytest.raises(ProblemError, match="conflict"):
        await mayor.report()
    mayor.service.trouble = [lambda: refusal("malformed", 400)]
    with pytest.raises(ProblemError, match="malformed"):
        await mayor.report()
    assert (await mayor.waiting(), await mayor.thread.report_receipts()) == ([], [])


async def test_an_answer_is_sent_once_too(mayor: Mayor) -> None:
    await mayor.thread.load()
    mayor.service.trouble = [lost]
    with pytest.raises(TimedOut):
        await mayor.thread.answer_case(CASE, "C’était pour rire.")
    await mayor.thread.answer_case(CASE, "C’était pour rire.")
    first, second = mayor.service.answers
    assert (first, first.first, first.last) == (second, 0, 0)
    opened = open_statement(
        first.sealed, StatementKind.ANSWER, kem=KEM, service=SERVICE_ID, thread=mayor.thread.id, subject=CASE
    )
    assert opened.statement.text == "C’était pour rire."


@pytest.mark.hostile
@pytest.mark.attack("hands out a moderation key of its own")
async def test_a_key_that_the_root_did_not_certify(mayor: Mayor) -> None:
    for root in (SigningKey(b"\x0e" * 32), STAMP):
        mayor.service.certificate = certificate(KemKey(b"\x0f" * 32), 7, root)
        with pytest.raises(BadSignature):
            await mayor.report()
    assert (mayor.service.reports, await mayor.waiting()) == ([], [])


@pytest.mark.hostile
@pytest.mark.attack("hands out the moderation key from before a moderator left")
async def test_a_key_older_than_the_newest_that_was_seen(mayor: Mayor) -> None:
    mayor.service.certificate = certificate(NEXT, 1)
    await mayor.report()
    for stale in (certificate(), certificate(KEM, 1)):
        mayor.service.certificate = stale
        with pytest.raises(BadModerationKey):
            await mayor.report("Une autre fois")
    assert len(mayor.service.reports) == 1


@pytest.mark.hostile
@pytest.mark.attack("hands out a moderation key whose time is over")
async def test_a_key_out_of_its_time(mayor: Mayor) -> None:
    for until in (NOW, NOW + 91 * DAY_MS):
        mayor.service.certificate = certificate(until=until)
        with pytest.raises(BadModerationKey):
            await mayor.report()
    assert mayor.service.reports == []


async def test_without_a_pinned_root_nothing_is_reported(mayor: Mayor) -> None:
    unpinned = Mayor(World(), mayor.service, replace(mayor.parts, trust=TRUST))
    await mayor.thread.load()
    with pytest.raises(BadModerationKey, match="no root"):
        await unpinned.thread.answer_case(CASE, "Bonjour")
    with pytest.raises(BadReport):
        await mayor.thread.report([], ReportCategory.OTHER)


AUDIT = SigningKey(b"\x10" * 32)
LEAF = encode_leaf(AuditLeaf(NOW, "read", case=CASE))


def proof(leaf: bytes = LEAF, key: SigningKey = AUDIT, service: bytes = SERVICE_ID, position: int = 0) -> AuditProof:
    note = sign_head(TreeHead(origin_of(service), 1, leaf_hash(LEAF)), key)
    return AuditProof(position, leaf, b"", note)


@pytest.mark.hostile
@pytest.mark.attack("shows a moderator a case that its audit log does not tell of")
def test_nothing_is_shown_that_the_audit_log_does_not_tell_of() -> None:
    trust = replace(TRUST, audit_key=AUDIT.public)
    assert check_audit(proof(), trust).case == CASE
    other = encode_leaf(AuditLeaf(NOW, "read", case=bytes(16)))
    lies: list[tuple[Trust, AuditProof, type[E2EEError]]] = [
        (trust, proof(other), BadAudit),
        (trust, proof(position=1), BadAudit),
        (trust, proof(service=bytes(16)), BadAudit),
        (trust, proof(key=STAMP), BadSignature),
        (TRUST, proof(), BadAudit),
    ]
    for pinned, shown, error in lies:
        with pytest.raises(error):
            check_audit(shown, pinned)
