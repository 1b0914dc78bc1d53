"""The checks around the store: settings, files, disk, the platform's keys, the public address."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

import httpx
import msgspec
from redis.exceptions import RedisError

from messaging import keys, web
from messaging.config import Settings
from messaging.domain.errors import Busy
from messaging.e2ee.suite import SigningKey
from messaging.fanout.redis import check as check_redis
from messaging.identity.jwks import JwksVerifier
from messaging.keys import KeyFileError
from messaging.operations.doctor.check import Check
from messaging.operations.doctor.inside import Inside
from messaging.ports import Clock, MailServerError
from messaging.sinks.redis_stream import RedisStreamSink
from messaging.sinks.smtp import SmtpSink
from messaging.store import KeyRing, StoreError
from messaging.store.address import parse
from messaging.wire.rest import ServiceInfo

free_bytes_min: Final = 1 << 30
_ANSWER_S: Final = 5.0
_OTHERS_WRITE: Final = 0o022
_OTHERS_READ: Final = 0o077

FreeBytes = Callable[[Path], int]
"""How much room there is where this path is."""


def free_bytes(path: Path) -> int:
    return shutil.disk_usage(path).free


def settings_check(settings: Settings) -> Check:
    kind = "embedded, SQLite" if settings.embedded else "PostgreSQL"
    return Check.ok("settings", f"understood: {kind}, for {settings.public_url}")


def web_client() -> Check:
    """Whether the package was built with its pages."""
    name = "web client"
    if not web.is_built():
        return Check.wrong(name, "the package was built without its pages. Run `make web`, and build the wheel anew.")
    return Check.ok(name, "in the package")


def proxies(settings: Settings) -> Check:
    """Whether the service can tell people apart by their address."""
    if settings.one_address:
        says = "only this machine's is trusted: behind another one all people are one address. Set PLI_TRUSTED_PROXIES."
        return Check.note("proxies", says)
    return Check.ok("proxies", f"trusted to say where requests come from: {', '.join(settings.trusted_proxies)}")


def folder(settings: Settings) -> Check:
    """The data folder, and the files of a SQLite database in it or elsewhere."""
    name, path = "data folder", settings.data_dir
    if not path.is_dir():
        return Check.wrong(name, f"{path} is not there. Run `pli migrate`, or set PLI_DATA_DIR to where it is.")
    if not os.access(path, os.W_OK | os.X_OK):
        return Check.wrong(name, f"{path} cannot be written by this user. Run as the user of the service, or chown it.")
    if path.stat().st_mode & _OTHERS_WRITE:
        return Check.wrong(name, f"others may write to {path}, and replace keys there. Run: chmod 700 {path}")
    if settings.embedded:
        database = parse(settings.database_url).file
        for file in sorted(database.parent.glob(database.name + "*")):
            if file.stat().st_mode & _OTHERS_READ:
                return Check.wrong(name, f"others may read {file}. Run: chmod 600 {file}")
    return Check.ok(name, f"{path.resolve()}, which nobody else writes to")


def key_files(settings: Settings) -> Check:
    """Each key file there, whole, and for its owner only."""
    try:
        keys.load(settings.data_dir)
        if settings.key_ring is None:
            KeyRing.from_file(settings.key_ring_file)
    except (KeyFileError, StoreError) as error:
        return Check.wrong("key files", str(error))
    return Check.ok("key files", "there, and for their owner only")


def disk(settings: Settings, free: FreeBytes = free_bytes) -> Check:
    """Room where the service writes."""
    for path in {settings.data_dir, settings.event_log.parent}:
        if path.is_dir() and (left := free(path)) < free_bytes_min:
            return Check.wrong(
                "disk", f"{left >> 20} MiB are free at {path}: the service stops taking messages when none are left."
            )
    return Check.ok("disk", f"more than {free_bytes_min >> 30} GiB free")


async def events(settings: Settings) -> Check:
    """Whether relation events can be written where they go."""
    return _event_log(settings) if settings.event_stream is None else await _event_stream(settings.event_stream)


async def _event_stream(url: str) -> Check:
    name, sink = "events", RedisStreamSink(url)
    try:
        durable = await sink.check()
    except (RedisError, OSError) as error:
        return Check.wrong(name, f"the stream cannot be written ({type(error).__name__}). Check PLI_EVENT_STREAM.")
    finally:
        await sink.close()
    if not durable:
        return Check.wrong(name, "that Redis forgets when it stops. Set appendonly yes and appendfsync always there.")
    return Check.ok(name, "a stream of Redis, appendonly")


def _event_log(settings: Settings) -> Check:
    path = settings.event_log
    if path.exists() and not os.access(path, os.W_OK):
        return Check.wrong("events", f"{path} cannot be written by this user. Check its owner, or set PLI_EVENT_LOG.")
    if not path.exists() and not os.access(path.parent, os.W_OK):
        return Check.wrong("events", f"{path.parent} cannot be written: make the folder, or set PLI_EVENT_LOG.")
    return Check.ok("events", str(path))


async def platform_keys(settings: Settings, clock: Clock) -> Check:
    """The keys that the platform's tokens are checked with."""
    name = "platform keys"
    if settings.jwks is None or settings.token_issuer is None:
        return Check.wrong(name, "nobody can sign in. Set PLI_JWKS and PLI_TOKEN_ISSUER to the platform's.")
    verifier = JwksVerifier(settings.jwks, settings.token_issuer, settings.token_audience, clock)
    try:
        found = [key for key in await verifier.key_ids() if key not in ("", "None")]
    except Busy as error:
        reason = type(error.__cause__).__name__
        return Check.wrong(name, f"{settings.jwks} cannot be read as a JWK set ({reason}). Check PLI_JWKS.")
    if not found:
        return Check.wrong(name, f"{settings.jwks} names no key with a `kid`: no token can be checked.")
    return Check.ok(name, f"{len(found)} at {settings.jwks}")


async def mail(settings: Settings) -> Check:
    """Whether the mail server takes this service in."""
    if settings.smtp_url is None:
        return Check.ok("mail", "none is sent: PLI_SMTP_URL is not set")
    try:
        await SmtpSink(settings.smtp_url, settings.smtp_from).check()
    except MailServerError as error:
        return Check.wrong("mail", str(error))
    return Check.ok("mail", f"the server takes it, from {settings.smtp_from}")


async def redis(settings: Settings) -> Check:
    """Whether the processes can tell each other what they committed."""
    if settings.embedded:
        return Check.ok("redis", "one process on SQLite needs none")
    if not settings.redis_urls:
        return Check.note("redis", "PLI_REDIS_URL is not set: run one `web` process, or they hear each other late")
    try:
        versions = await check_redis(settings.redis_urls)
    except (RedisError, OSError) as error:
        return Check.wrong("redis", f"cannot be used ({error or type(error).__name__}). Check PLI_REDIS_URL.")
    return Check.ok("redis", f"answers, version {versions}")


async def address(settings: Settings, inside: Inside) -> Check:
    """Whether the public address leads to this very deployment."""
    name = "address"
    if settings.embedded and not inside.running:
        return Check.note(name, "the service does not run; start it with `pli serve`")
    url = settings.public_url
    try:
        async with httpx.AsyncClient(timeout=_ANSWER_S, follow_redirects=False) as client:
            answer = await client.get(f"{url}/v1/service")
            answer.raise_for_status()
        info = msgspec.json.decode(answer.content, type=ServiceInfo)
    except (httpx.HTTPError, msgspec.DecodeError) as error:
        return Check.wrong(
            name,
            f"{url} does not answer as the service ({type(error).__name__}). Does it run? Does the proxy lead to it?",
        )
    if info.service != inside.service_id:
        return Check.wrong(
            name, f"{url} is another deployment than this database's. Check PLI_PUBLIC_URL and the proxy."
        )
    if _stamp_key(settings) not in (None, info.stamp_key):
        return Check.wrong(
            name,
            f"{url} stamps with another key than {settings.data_dir / 'stamp.key'}. Copy one to all hosts; restart.",
        )
    if info.stream_epoch != inside.stream_epoch:
        return Check.wrong(name, f"{url} does not know of a restored backup yet. Restart its processes.")
    return Check.ok(name, f"{url} leads here")


def _stamp_key(settings: Settings) -> bytes | None:
    try:
        return SigningKey(keys.load(settings.data_dir).stamp_seed).public
    except KeyFileError:
        return None
