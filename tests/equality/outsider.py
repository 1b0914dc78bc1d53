"""Somebody who asks for everything that is not theirs: by name, by id, with and without an account."""

from websockets.exceptions import InvalidHandshake

from messaging.wire import commands as up
from messaging.wire.rest import AccountRevoke, ClaimRequest, MailboxPut, PrekeyBatch, SeatRequest, TargetPut
from tests.equality.cast import presentation
from tests.equality.device import Device
from tests.equality.tap import Socket, Tap, request

NOBODYS = b"\x01\xfe" * 8
"""An id that nothing has."""


async def pry(device: Device, a: Device, thread: bytes, targets: list[bytes]) -> None:
    """With an account and a connected socket. The first target is asked for until nothing is left, the second once."""
    await _pry_mailbox(device, a.mailbox, targets[0])
    await _pry_platform(device, a)
    while (await device.try_claim(targets[0])).status == 201:
        pass
    for target in (targets[1], NOBODYS):
        await device.try_claim(target)
    await _pry_thread(device, thread)
    await device.ask(up.Send(ref=0, payload=a.seal(thread, "Une phrase que A n'a jamais envoyée.")))


async def _pry_mailbox(device: Device, mailbox: bytes, target: bytes) -> None:
    path = f"/v1/mailboxes/{mailbox.hex()}"
    for what in ("roster", "seats", "targets"):
        await device.request("GET", f"{path}/{what}")
    pair = device.keys.pair
    await device.request("POST", f"{path}/seats", SeatRequest(NOBODYS, pair.sign.public, pair.kem.public))
    await device.request("POST", f"/v1/targets/{target.hex()}/claims", ClaimRequest(mailbox))
    prekeys = PrekeyBatch(device.keys.prekeys(target, [0]))
    await device.request("POST", f"/v1/targets/{target.hex()}/prekeys", prekeys)
    await device.ask(up.DeskPull(ref=0, mailbox=mailbox, after=0))
    await device.ask(up.DeskPut(ref=0, mailbox=mailbox, entry=NOBODYS, blob=b"x"))


async def _pry_platform(device: Device, a: Device) -> None:
    identity = a.identity
    shown = presentation(identity)
    await device.request("PUT", "/v1/platform/mailboxes", MailboxPut(identity.ref, identity.kind, shown))
    await device.request("PUT", "/v1/platform/targets", TargetPut(identity.target_ref(0), identity.ref))
    for subject in (*identity.subjects, "nobody"):
        await device.request("POST", "/v1/platform/revocations", AccountRevoke(subject))
    await device.request("GET", "/v1/vault")
    await device.request("GET", "/v1/account")


async def _pry_thread(device: Device, thread: bytes) -> None:
    await device.ask(up.Pull(ref=0, thread=thread, after=0))
    await device.ask(up.Wraps(ref=0, thread=thread))
    await device.ask(up.Read(ref=0, thread=thread, seq=1))
    await device.ask(up.Consents(ref=0, thread=thread))
    withdrawal = up.ConsentWithdraw(ref=0, thread=thread, card=NOBODYS, statement=b"x", signature=bytes(64))
    await device.ask(withdrawal)


async def pry_anonymously(tap: Tap, port: int, a: Device, targets: list[bytes]) -> None:
    """Without an account, with a bad one, and from another page."""
    for path in ("/healthz", "/readyz", "/v1/service", "/problems/not_found", "/problems/nothing", "/nowhere"):
        await request(tap, port, "GET", path)
    for token in (None, "x.y.z"):
        await request(tap, port, "POST", "/v1/tickets", token=token)
        for mailbox in (a.mailbox, NOBODYS):
            await request(tap, port, "GET", f"/v1/mailboxes/{mailbox.hex()}/roster", token=token)
        body = ClaimRequest(NOBODYS)
        await request(tap, port, "POST", f"/v1/targets/{targets[0].hex()}/claims", token=token, body=body)
    await request(tap, port, "PUT", "/v1/platform/mailboxes", body={"ref": a.identity.ref})
    await _pry_by_socket(tap, port)
    await _pry_by_stream(tap, port)


async def _pry_by_socket(tap: Tap, port: int) -> None:
    try:
        await Socket.connect(tap, port, origin="https://ailleurs.example")
    except InvalidHandshake:
        tap.take("ws refused", b"")
    socket = await Socket.connect(tap, port)
    await socket.closes(up.Hello(ref=1, ticket="not a ticket", device=NOBODYS))


async def _pry_by_stream(tap: Tap, port: int) -> None:
    """The second carrier, also with a secret that is nobody's."""
    hello, command = up.Hello(ref=1, ticket="not a ticket", device=NOBODYS), up.Threads(ref=1)
    for headers in ([], [f"Pli-Stream: {NOBODYS.hex() * 2}"]):
        await request(tap, port, "POST", "/v1/stream", body=hello, headers=headers)
        await request(tap, port, "POST", "/v1/commands", body=command, headers=headers)
