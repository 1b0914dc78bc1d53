"""`pli moderation verify`: an excerpt of a conversation, checked by whoever has its file, without any service."""

import argparse
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from messaging.cli.command import Commands, id_bytes, public_key, read_file
from messaging.config import Settings
from messaging.e2ee.content import Text
from messaging.e2ee.errors import E2EEError
from messaging.e2ee.excerpt import parse_excerpt
from messaging.e2ee.excerpt_verifier import Line, LineState, Pins, VerifiedExcerpt, verify_excerpt
from messaging.e2ee.verified_log import PlatformKey
from messaging.operations import OperationFailed
from messaging.wire.rest import ServiceInfo


def add(commands: Commands) -> None:
    group = commands.add_parser("moderation", help="what moderators work with: verify an excerpt")
    moderation = group.add_subparsers(required=True, metavar="COMMAND")
    verifying = moderation.add_parser("verify", help="check an exported excerpt offline; exit 1 if it proves nothing")
    verifying.add_argument("file", type=Path, help="the excerpt")
    verifying.add_argument("--pins", type=Path, help="a file with the answer to /v1/service, from when it was trusted")
    verifying.add_argument("--service", type=id_bytes, help="the service's id, 32 hex digits")
    verifying.add_argument("--stamp-key", type=public_key, help="the public key of its stamps, 64 hex digits")
    verifying.add_argument("--platform-key", type=public_key, help="the platform's public key, 64 hex digits")
    verifying.add_argument("--audience", default="pli-attest", help="of what the platform signs; else pli-attest")
    verifying.set_defaults(command=_verify)


async def _verify(settings: Settings, options: argparse.Namespace) -> int:
    """1 if the excerpt does not hold; then nothing of it is shown."""
    pins = await _pins(options)
    data = await read_file(options.file)
    try:
        verified = verify_excerpt(parse_excerpt(data), pins)
    except E2EEError as error:
        print(f"WRONG  {type(error).__name__}: {error}")
        return 1
    for line in _says(verified):
        print(line)
    return 0


async def _pins(options: argparse.Namespace) -> Pins:
    """Raises: OperationFailed."""
    if options.pins is None:
        if options.service is None or options.stamp_key is None:
            raise OperationFailed("Say whose stamps count: --pins FILE, or --service and --stamp-key.")
        platform = None if options.platform_key is None else PlatformKey(options.platform_key, options.audience)
        return Pins(options.service, options.stamp_key, platform)
    try:
        info = msgspec.json.decode(await read_file(options.pins), type=ServiceInfo)
    except msgspec.DecodeError:
        raise OperationFailed(f"{options.pins} is no answer to /v1/service.") from None
    known = None if info.platform_key is None else PlatformKey(info.platform_key, info.attestation_audience)
    return Pins(info.service, info.stamp_key, known)


def _says(verified: VerifiedExcerpt) -> list[str]:
    said = verified.statement
    told = f"{said.kind.value} {said.subject.hex()}" + (f", {said.category}" if said.category else "")
    return [
        f"ok        {told}",
        f"thread    {said.thread.hex()}",
        f"by        party {said.party}, pseudonym {verified.author_sign_pk.hex()}",
        *([f"range     seq {said.first} to {said.last}, {len(said.openings)} opened"] if said.last else []),
        *([f"words     {_one_line(said.text)}"] if said.text else []),
        *(_line(line) for line in verified.lines),
    ]


def _line(line: Line) -> str:
    at = datetime.fromtimestamp(line.time / 1_000, UTC).isoformat(timespec="seconds")
    who = "service" if line.party == 255 else f"party {line.party}"
    return f"{line.state.value:<9} {line.seq:>6}  {at}  {who:<8} {line.kind}{_shown(line)}"


def _shown(line: Line) -> str:
    if line.state is LineState.REFUSED:
        return f": {line.refusal}, no client shows it"
    if line.content is None:
        return ""
    return f": {_one_line(line.content.text if isinstance(line.content, Text) else line.content.label)}"


def _one_line(text: str) -> str:
    """Text of a participant, harmless to a terminal: control characters are written as escapes."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
