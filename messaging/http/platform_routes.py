"""The addresses of the platform's back end (PROTOCOL.md section 6.3). Every change takes an Idempotency-Key."""

from typing import Final

import msgspec
from starlette.responses import Response

from messaging.domain.ids import MailboxId, ResetId
from messaging.http.exchange import Exchange, Handler, json_response
from messaging.services import accounts, departures, erasure, export, platform, reset_tokens, resets
from messaging.wire.platform import (
    DepartureReport,
    ErasureProof,
    ErasureRequest,
    ExportRequest,
    ResetRequest,
    ResetTokens,
)
from messaging.wire.rest import AccountRevoke, MailboxPut, TargetPut


async def put_mailbox(exchange: Exchange) -> Response:
    body = await exchange.body(MailboxPut)
    return await exchange.run_once(lambda tx, actor: platform.put_mailbox(tx, actor, body, exchange.context))


async def put_target(exchange: Exchange) -> Response:
    body = await exchange.body(TargetPut)
    return await exchange.run_once(lambda tx, actor: platform.put_target(tx, actor, body, exchange.context))


async def list_seats(exchange: Exchange) -> Response:
    mailbox = MailboxId(exchange.path_id("mailbox"))
    return json_response(await exchange.read(lambda tx, actor: departures.list_seats(tx, actor, mailbox)))


async def revoke_account(exchange: Exchange) -> Response:
    issuer, body = (await exchange.claims()).issuer, await exchange.body(AccountRevoke)
    return await exchange.run_once(lambda tx, actor: accounts.revoke(tx, actor, issuer, body, exchange.context))


async def report_departure(exchange: Exchange) -> Response:
    issuer, body = (await exchange.claims()).issuer, await exchange.body(DepartureReport)
    return await exchange.run_once(lambda tx, actor: departures.report(tx, actor, issuer, body, exchange.context))


async def begin_reset(exchange: Exchange) -> Response:
    body = await exchange.body(ResetRequest)
    return await exchange.run_once(lambda tx, actor: resets.begin(tx, actor, body, exchange.context))


async def take_reset_tokens(exchange: Exchange) -> Response:
    reset, body = ResetId(exchange.path_id("reset")), await exchange.body(ResetTokens)
    return await exchange.run_once(lambda tx, actor: reset_tokens.take(tx, actor, reset, body, exchange.context))


async def erase_account(exchange: Exchange) -> Response:
    """Answered once the files are clear: sent again after a failure, with the same key, it goes on where it stopped.

    The key is looked at before access is closed: what is refused changes nothing, and an old request that comes again
    does not shut out who came back meanwhile.
    """
    issuer, body = (await exchange.claims()).issuer, await exchange.body(ErasureRequest)
    context = exchange.context
    answer = await exchange.begin_once(lambda tx, actor: erasure.close_access(tx, actor, issuer, body, context))
    if answer is None:
        answer = await exchange.answer_once(lambda tx, actor: erasure.erase(tx, actor, issuer, body, context))
    proof = msgspec.json.decode(answer.body, type=ErasureProof)
    return json_response(msgspec.structs.replace(proof, files=dict(await exchange.purge(erasure.TABLES))))


async def export_account(exchange: Exchange) -> Response:
    """Reads only: it takes no Idempotency-Key, and no copy of it is kept."""
    issuer, body = (await exchange.claims()).issuer, await exchange.body(ExportRequest)
    return json_response(
        await exchange.read(lambda tx, actor: export.export(tx, actor, issuer, body, exchange.context))
    )


PLATFORM_ROUTES: Final[tuple[tuple[str, str, Handler], ...]] = (
    ("PUT", "/v1/platform/mailboxes", put_mailbox),
    ("GET", "/v1/platform/mailboxes/{mailbox}/seats", list_seats),
    ("PUT", "/v1/platform/targets", put_target),
    ("POST", "/v1/platform/revocations", revoke_account),
    ("POST", "/v1/platform/departures", report_departure),
    ("POST", "/v1/platform/resets", begin_reset),
    ("POST", "/v1/platform/resets/{reset}/tokens", take_reset_tokens),
    ("POST", "/v1/platform/erasures", erase_account),
    ("POST", "/v1/platform/exports", export_account),
)
