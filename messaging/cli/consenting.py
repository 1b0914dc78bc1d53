"""`pli consent export | verify`: the proof of one person's consent, out of the register, and its check by anybody."""

import argparse
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from messaging.cli.command import Commands, id_bytes, public_key, read_file, say
from messaging.config import Settings
from messaging.e2ee.card import FIELDS
from messaging.e2ee.consent_proof import ProvenConsent
from messaging.e2ee.errors import E2EEError
from messaging.operations import OperationFailed, carry_out
from messaging.operations.proving import EXPORT, CardProof, Wanted, verified


def add(commands: Commands) -> None:
    group = commands.add_parser("consent", help="prove a consent: export the proof from the register, verify one")
    consents = group.add_subparsers(required=True, metavar="COMMAND")
    export = consents.add_parser("export", help="write the proofs of a conversation's consents, as JSON lines")
    export.add_argument("thread", nargs="?", type=id_bytes, help="the conversation, 32 hex digits")
    export.add_argument("--card", type=id_bytes, help="one card only; needs no conversation")
    export.set_defaults(command=_export)
    verify = consents.add_parser("verify", help="check exported proofs, without any service")
    verify.add_argument("file", type=Path, help="what `export` wrote")
    verify.add_argument("--root", type=public_key, help="the root that the mailbox's roster must have, 64 hex digits")
    verify.add_argument("--text", type=Path, help="a file with the text that the person must have agreed to")
    verify.set_defaults(command=_verify)


async def _export(settings: Settings, options: argparse.Namespace) -> int:
    if options.thread is None and options.card is None:
        raise OperationFailed("Name a conversation, or a card with --card.")
    answer = await carry_out(settings, EXPORT, Wanted(options.thread, options.card), say)
    for proof in answer.proofs:
        print(msgspec.json.encode(proof).decode())
    return 0


async def _verify(settings: Settings, options: argparse.Namespace) -> int:
    """1 if any proof does not hold."""
    lines = (await read_file(options.file)).splitlines()
    text = None if options.text is None else (await read_file(options.text)).decode()
    documents = [line for line in lines if line.strip()]
    if not documents:
        raise OperationFailed(f"{options.file} holds no proof.")
    return int(sum(not _told(document, options.root, text) for document in documents) > 0)


def _told(document: bytes, root: bytes | None, text: str | None) -> bool:
    """Prints what one document proves; whether it holds."""
    try:
        proof = msgspec.json.decode(document, type=CardProof)
        proven = verified(proof, root=root, text=text)
    except (msgspec.DecodeError, E2EEError) as error:
        print(f"WRONG  {type(error).__name__}: {error}")
        return False
    for name, value in _says(proof, proven):
        print(f"{name:<12} {value}")
    return True


def _says(document: CardProof, proven: ProvenConsent) -> list[tuple[str, str]]:
    consent, proof = proven.consent, document.proof
    ended = [("withdrawn", f"{_time(proven.withdrawn_at)} (the person's own clock)")] if proven.withdrawn_at else []
    ended += [("removed", "the seat was removed, and the consent ended with it")] if proven.removed else []
    return [
        ("ok", f"the consent to card {document.card}"),
        ("thread", document.thread),
        ("fields", ", ".join(name for bit, name in enumerate(FIELDS) if consent.bits >> bit & 1)),
        ("text", f"SHA-256 {consent.text_hash.hex()}"),
        ("given", f"{_time(consent.time)} (the person's own clock), channel {consent.channel}"),
        ("seat", f"{proof.seat.hex()}, {proven.seat.role}, of the mailbox with root {proven.root.hex()}"),
        *ended,
        ("accepted", f"{_time(proof.given.accepted_at)} (the service's word)"),
        ("state", f"{proof.state} (the service's word)"),
    ]


def _time(at: int) -> str:
    return datetime.fromtimestamp(at / 1_000, UTC).isoformat(timespec="seconds")
