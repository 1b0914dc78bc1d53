"""What a moderator does: sees the queue, takes a case, opens what was reported, asks, decides, and looks at appeals.

Nothing of a case is shown before its audit leaf is proven to be in the log, and no line of a conversation that does not
verify (SPEC.md sections 10.4 and 10.6). What is opened are the very ciphertexts that the service stored.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec import structs

from messaging.domain.vocabulary import Ground, Measure
from messaging.e2ee import mailbox, merkle
from messaging.e2ee.audit import AuditLeaf, is_about, parse_leaf, verify_inclusion
from messaging.e2ee.errors import BadAudit, BadReport, BadSeal, E2EEError
from messaging.e2ee.excerpt import Excerpt, ExcerptEntry, encode_excerpt
from messaging.e2ee.excerpt_verifier import Pins, VerifiedExcerpt, verify_excerpt
from messaging.e2ee.merkle import BadPath
from messaging.e2ee.pseudonym import PublicPseudonym
from messaging.e2ee.report import StatementKind, open_statement
from messaging.e2ee.suite import KemKey, sha256
from messaging.e2ee.tree_head import TreeHead, open_head, origin_of
from messaging.e2ee.unmasking import verify_unmasking
from messaging.e2ee.verified_log import LogEvent
from messaging.wire.events import LogEntry
from messaging.wire.moderation import (
    AuditAsked,
    AuditEntry,
    AuditProof,
    AuditTrail,
    CaseFile,
    CaseStatement,
    Claimed,
    Continuing,
    Decide,
    Hearing,
    InBoth,
    Letters,
    Queue,
    Review,
    Second,
    Unmask,
    Unmasked,
)
from pli_client.keys import MailboxKeys
from pli_client.runtime import Runtime
from pli_client.trust import Trust


@dataclass(frozen=True, slots=True)
class OpenedStatement:
    """A report or an answer, and what it proves; or why nothing of it is shown."""

    statement: CaseStatement
    excerpt: Excerpt | None
    """What `pli moderation verify` reads, once encoded."""
    verified: VerifiedExcerpt | None
    refusal: E2EEError | None


@dataclass(frozen=True, slots=True)
class OpenedCase:
    """A case's file with all that could be opened and verified of it."""

    file: CaseFile
    statements: Sequence[OpenedStatement]
    leaf: AuditLeaf
    """Where the audit log says that this was read."""


@dataclass(frozen=True, slots=True)
class TrailEntry:
    """An entry that stands in the audit log at `position`."""

    position: int
    hash: bytes
    leaf: AuditLeaf | None
    """Withheld where it is about a case that somebody else has."""


class Moderator:
    """One seat of the moderators' mailbox; see `Mailbox.moderator`."""

    def __init__(self, runtime: Runtime, keys: MailboxKeys) -> None:
        self._runtime = runtime
        self._keys = keys
        self._api = runtime.api

    async def queue(self) -> Queue:
        """What waits, the most urgent first. Raises: ProblemError, Unreachable, BadAudit."""
        found = await self._api.queue()
        check_audit(found.audit, self._runtime.trust)
        return found

    async def claim(self, case: bytes) -> Claimed:
        """Takes a case, or the appeal of one, for a day. Raises: ProblemError (`not_found`: another one has it)."""
        return await self._api.claim_case(case)

    async def release(self, case: bytes) -> None:
        """Gives it back. Raises: ProblemError."""
        await self._api.on_case(case, "release")

    async def open(self, case: bytes) -> OpenedCase:
        """Reads a case that one has, opens what was sealed to the moderators, and verifies it.

        Raises: ProblemError, Unreachable, BadAudit: then nothing is shown.
        """
        read = await self._api.case_file(case)
        leaf = check_audit(read.audit, self._runtime.trust)
        if (leaf.case, leaf.kind, leaf.actor) != (case, "read", self._keys.seat):
            raise BadAudit("the leaf is not that of this reading")
        whole = [await self._whole(case, n, said) for n, said in enumerate(read.statements)]
        read = structs.replace(read, statements=whole)
        return OpenedCase(read, [self._opened(read, each) for each in whole], leaf)

    async def hear(self, case: bytes, seqs: Sequence[int]) -> None:
        """Asks the accused about these messages of theirs. Raises: ProblemError."""
        await self._api.on_case(case, "hearing", Hearing(list(seqs)))

    async def letters(self, case: bytes, decision: Decide) -> Letters:
        """What both sides would be told. Raises: ProblemError (`malformed`: a placeholder is left)."""
        return await self._api.letters(case, decision)

    async def decide(self, case: bytes, decision: Decide) -> str:
        """`in_force`, or `proposed` until a second moderator approves. Raises: ProblemError (`malformed`: a placeholder
        is left in the statement of reasons).
        """
        return (await self._api.decide(case, decision)).state

    async def second(self, case: bytes) -> None:
        """Takes on the part of the second moderator, who then reads the case too. Raises: ProblemError."""
        await self._api.on_case(case, "second")

    async def approve(self, case: bytes, subject: bytes, *, approve: bool = True) -> str:
        """Approves, or refuses, a decision or an unmasking that another moderator proposed. Raises: ProblemError."""
        return (await self._api.approve(case, Second(subject, approve))).state

    async def review(self, case: bytes, reasons: InBoth, *, overturn: bool, instead: Decide | None = None) -> None:
        """Decides an appeal that was claimed. Raises: ProblemError."""
        await self._api.on_case(case, "review", Review(overturn, reasons, instead))

    async def ask_unmasking(self, case: bytes, party: int, reason: str) -> bytes:
        """Asks a second moderator to let one see which mailbox is behind a party; its id. Raises: ProblemError."""
        unmasking = self._runtime.new_id()
        await self._api.on_case(case, "unmaskings", Unmask(unmasking, party, reason))
        return unmasking

    async def unmasked(self, unmasking: bytes, case: OpenedCase) -> Unmasked:
        """Which mailbox it is, once that was approved: it signed itself for the pseudonym of a statement of the case.

        Raises: ProblemError, BadAudit; BadReport, BadRoster, BadSignature, when what the service shows does not prove
        it.
        """
        found = await self._api.unmasked(unmasking)
        check_audit(found.audit, self._runtime.trust)
        pseudonym = PublicPseudonym(found.pk_sign, found.pk_kem)
        if pseudonym not in _pseudonyms(case, unmasking):
            raise BadReport("the pseudonym is not the party's in the conversation that was reported")
        verify_unmasking(found.roster, found.mailbox, pseudonym, found.own)
        return found

    async def export(self, opened: OpenedCase, statement: OpenedStatement) -> bytes:
        """The file of an excerpt, once the audit log says that it leaves.

        Raises: ProblemError, BadAudit; BadReport, for a statement that did not verify.
        """
        if statement.excerpt is None:
            raise BadReport("what does not verify is not exported")
        subject = statement.statement.subject
        leaf = check_audit((await self._api.export(opened.file.case, subject)).audit, self._runtime.trust)
        if (leaf.case, leaf.kind) != (opened.file.case, "exported") or not is_about(leaf, subject):
            raise BadAudit("the leaf is not that of this export")
        return encode_excerpt(statement.excerpt)

    async def audit_trail(self, before: int | None = None, *, export: bool = False) -> Sequence[TrailEntry]:
        """Entries of the audit log before that position, or the newest; the newest first.

        Raises: ProblemError, BadAudit.
        """
        found, trust = await self._api.audit_trail(AuditAsked(before, export)), self._runtime.trust
        leaf = check_audit(found.audit, trust)
        if leaf.actor != self._keys.seat or leaf.kind != ("exported" if export else "trail"):
            raise BadAudit("the leaf is not that of this look")
        check_whole(found, before)
        return [check_entry(each, found.audit, trust) for each in found.entries]

    def new_decision(
        self,
        measure: Measure,
        *,
        rule: InBoth,
        facts: InBoth,
        ground: Ground = Ground.TERMS,
        seqs: Sequence[int] = (),
        days: int | None = None,
        abusive: bool = False,
    ) -> Decide:
        """A decision under a new id; sent again it is the same one."""
        return Decide(self._runtime.new_id(), measure, ground, rule, facts, sorted(seqs), days, abusive)

    async def _whole(self, case: bytes, n: int, said: CaseStatement) -> CaseStatement:
        """A statement with all that proves it, however many answers that takes. Raises: ProblemError, BadAudit."""
        entries, events, more = [*said.entries], [*said.events], said.more
        while more:
            seqs = [0, *(each.event.seq for each in entries[-1:]), *(each.seq for each in events[-1:])]
            found = await self._api.excerpt(case, Continuing(n, seqs[-1]))
            leaf = check_audit(found.audit, self._runtime.trust)
            is_ours = (leaf.case, leaf.kind, leaf.actor) == (case, "released", self._keys.seat)
            if not is_ours or not is_about(leaf, said.subject):
                raise BadAudit("the leaf is not that of this reading")
            entries += found.entries
            events += found.events
            more = found.more and bool(found.entries or found.events)
        return structs.replace(said, entries=entries, events=events, more=False)

    def _opened(self, read: CaseFile, said: CaseStatement) -> OpenedStatement:
        try:
            excerpt = make_excerpt(said, read.thread or b"", self._kem(said.key), self._runtime.trust)
            trust = self._runtime.trust
            pins = Pins(trust.service_id, trust.stamp_key, trust.platform)
            return OpenedStatement(said, excerpt, verify_excerpt(excerpt, pins), None)
        except E2EEError as refusal:
            return OpenedStatement(said, None, None, refusal)

    def _kem(self, key: bytes) -> KemKey:
        """The secret key of the generation that a statement is sealed to. Raises: BadSeal."""
        for g, seed in self._keys.seeds.items():
            kem = mailbox.identity(seed, self._keys.mailbox, g).kem
            if sha256(kem.public) == key:
                return kem
        raise BadSeal("sealed to a key that this seat does not have")


def _pseudonyms(case: OpenedCase, unmasking: bytes) -> set[PublicPseudonym]:
    """Of the party that an unmasking is about, in the statements that verified."""
    about = {each.party for each in case.file.unmaskings if each.unmasking == unmasking}
    verified = [each.verified.pseudonyms for each in case.statements if each.verified is not None]
    return {found[party] for found in verified for party in about if party < len(found)}


def check_audit(proof: AuditProof, trust: Trust) -> AuditLeaf:
    """Raises: BadAudit, unless the leaf stands in the log that the service signs."""
    return verify_inclusion(proof.leaf, proof.position, proof.path, pinned_head(proof.checkpoint, trust))


def check_entry(entry: AuditEntry, proof: AuditProof, trust: Trust) -> TrailEntry:
    """Raises: BadAudit, unless it stands in the log under the checkpoint of `proof`."""
    head = pinned_head(proof.checkpoint, trust)
    try:
        root = merkle.root_from_path(entry.hash, entry.position, head.size, entry.path)
    except BadPath as wrong:
        raise BadAudit(f"the entry is not proven: {wrong}") from wrong
    if root != head.root or (entry.leaf is not None and merkle.leaf_hash(entry.leaf) != entry.hash):
        raise BadAudit("the entry is not in the log that was signed")
    return TrailEntry(entry.position, entry.hash, None if entry.leaf is None else parse_leaf(entry.leaf))


def check_whole(trail: AuditTrail, before: int | None) -> None:
    """Nothing is left out between the entries, nor of the newest ones. Raises: BadAudit."""
    size = trail.audit.position + 1
    end = size if before is None else min(before, size)
    expected = range(end - 1, end - 1 - len(trail.entries), -1)
    if [each.position for each in trail.entries] != [*expected] or (end > 0 and not trail.entries):
        raise BadAudit("entries of the log are left out")


def pinned_head(checkpoint: str, trust: Trust) -> TreeHead:
    """Raises: BadAudit, BadSignature, unless the service's audit key signed it."""
    if trust.audit_key is None:
        raise BadAudit("no key of the audit log is pinned here")
    return open_head(checkpoint, origin_of(trust.service_id), trust.audit_key)


def make_excerpt(said: CaseStatement, thread: bytes, kem: KemKey, trust: Trust) -> Excerpt:
    """Opens a statement and puts it beside what the service stored. Raises: BadSeal, BadEncoding, BadReport."""
    signed = open_statement(
        said.sealed,
        StatementKind(said.kind),
        kem=kem,
        service=trust.service_id,
        thread=thread,
        subject=said.subject,
    )
    entries = tuple(ExcerptEntry(each.head, _event(each.event)) for each in said.entries)
    return Excerpt(trust.service_id, thread, entries, said.head, tuple(map(_event, said.events)), signed)


def _event(entry: LogEntry) -> LogEvent:
    return LogEvent(entry.seq, entry.at, entry.kind, entry.party, entry.payload, entry.proof)
