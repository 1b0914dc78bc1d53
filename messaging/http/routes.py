"""Every address of the HTTP interface and the operation behind it (PROTOCOL.md section 6)."""

import asyncio
from typing import Final

from starlette.responses import Response

from messaging.domain import limits
from messaging.domain.errors import TargetNotReady
from messaging.domain.ids import MailboxId, TargetId
from messaging.http.alert_routes import ALERT_ROUTES
from messaging.http.exchange import Exchange, Handler, empty_response, json_response
from messaging.http.moderation_routes import MODERATION_ROUTES
from messaging.http.platform_routes import PLATFORM_ROUTES
from messaging.services import accounts, mailboxes, removals, reporting, targets
from messaging.wire.rest import (
    ClaimRequest,
    PrekeyBatch,
    Removal,
    RosterAppend,
    SeatRequest,
    VaultBody,
)


async def issue_ticket(exchange: Exchange) -> Response:
    claims = await exchange.claims()
    return json_response(
        await exchange.run(lambda tx, actor: accounts.issue_ticket(tx, actor, claims, exchange.context)), 201
    )


async def read_account(exchange: Exchange) -> Response:
    return json_response(await exchange.run(accounts.view))


async def read_vault(exchange: Exchange) -> Response:
    vault = await exchange.read(accounts.read_vault)
    return empty_response() if vault is None else json_response(vault)


async def write_vault(exchange: Exchange) -> Response:
    body = await exchange.body(VaultBody, limits.vault_body_bytes_max)
    await exchange.run(lambda tx, actor: accounts.write_vault(tx, actor, body))
    return empty_response()


async def read_roster(exchange: Exchange) -> Response:
    mailbox = MailboxId(exchange.path_id("mailbox"))
    return json_response(await exchange.read(lambda tx, actor: mailboxes.read_roster(tx, actor, mailbox)))


async def append_roster(exchange: Exchange) -> Response:
    mailbox, body = MailboxId(exchange.path_id("mailbox")), await exchange.body(RosterAppend)
    await exchange.run(lambda tx, actor: mailboxes.append_roster(tx, actor, mailbox, body, exchange.context))
    return empty_response()


async def remove_seat(exchange: Exchange) -> Response:
    mailbox = MailboxId(exchange.path_id("mailbox"))
    body = await exchange.body(Removal, limits.removal_body_bytes_max)
    await exchange.read(lambda tx, actor: removals.allowed(tx, actor, mailbox))
    checked = await asyncio.to_thread(removals.check, mailbox, body)
    await exchange.run(lambda tx, actor: removals.remove(tx, actor, mailbox, checked, exchange.context))
    return empty_response()


async def pending_seats(exchange: Exchange) -> Response:
    mailbox = MailboxId(exchange.path_id("mailbox"))
    return json_response(await exchange.read(lambda tx, actor: mailboxes.pending_seats(tx, actor, mailbox)))


async def ask_seat(exchange: Exchange) -> Response:
    mailbox, body = MailboxId(exchange.path_id("mailbox")), await exchange.body(SeatRequest)
    await exchange.run(lambda tx, actor: mailboxes.ask_seat(tx, actor, mailbox, body, exchange.context))
    return empty_response()


async def own_targets(exchange: Exchange) -> Response:
    mailbox = MailboxId(exchange.path_id("mailbox"))
    return json_response(await exchange.read(lambda tx, actor: targets.list_own(tx, actor, mailbox)))


async def publish_prekeys(exchange: Exchange) -> Response:
    target = TargetId(exchange.path_id("target"))
    batch = await exchange.body(PrekeyBatch, limits.prekey_body_bytes_max)
    await exchange.read(lambda tx, actor: targets.owner(tx, actor, target))
    await asyncio.to_thread(targets.check_prekeys, batch)
    await exchange.run(lambda tx, actor: targets.publish(tx, actor, target, batch))
    return empty_response()


async def claim_prekey(exchange: Exchange) -> Response:
    target, body = TargetId(exchange.path_id("target")), await exchange.body(ClaimRequest)
    try:
        claim = await exchange.run(lambda tx, actor: targets.claim(tx, actor, target, body, exchange.context))
    except TargetNotReady:
        await exchange.run(lambda tx, actor: targets.want(tx, actor, target, body, exchange.context))
        # What is usual is no error: a browser writes one to its console.
        return empty_response()
    return json_response(claim, 201)


async def read_figures(exchange: Exchange) -> Response:
    year = exchange.query("year", r"\d{4}")
    return json_response(await exchange.read(lambda tx, actor: reporting.read(tx, actor, year)))


ROUTES: Final[tuple[tuple[str, str, Handler], ...]] = (
    ("POST", "/v1/tickets", issue_ticket),
    ("GET", "/v1/account", read_account),
    ("GET", "/v1/vault", read_vault),
    ("PUT", "/v1/vault", write_vault),
    ("GET", "/v1/mailboxes/{mailbox}/roster", read_roster),
    ("POST", "/v1/mailboxes/{mailbox}/roster", append_roster),
    ("POST", "/v1/mailboxes/{mailbox}/removals", remove_seat),
    ("GET", "/v1/mailboxes/{mailbox}/seats", pending_seats),
    ("POST", "/v1/mailboxes/{mailbox}/seats", ask_seat),
    ("GET", "/v1/mailboxes/{mailbox}/targets", own_targets),
    ("POST", "/v1/targets/{target}/prekeys", publish_prekeys),
    ("POST", "/v1/targets/{target}/claims", claim_prekey),
    *MODERATION_ROUTES,
    ("GET", "/v1/figures", read_figures),
    *ALERT_ROUTES,
    *PLATFORM_ROUTES,
)
"""(method, path, handler). Everything here needs a token; what needs none is in `public`."""
