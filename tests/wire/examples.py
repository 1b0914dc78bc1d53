"""One example of every struct that crosses the wire, each field filled."""

from messaging.domain.vocabulary import ClosingReason, MailboxKind, Role
from messaging.wire import commands as up
from messaging.wire import events as down
from messaging.wire.types import EpochShare, Presentation, SeatView

ID, ID_2 = b"\x01" * 16, b"\xff" * 16
KEY, SIGNATURE, WRAP = b"\x02" * 32, b"\x03" * 64, b"\x04" * 1168

PRESENTATION = Presentation("Médecin généraliste", "Côtes-d’Armor", True, "Quelques mots.")
ENTRY = down.LogEntry(1, 1_790_000_000_000, "message", 0, b"payload", b"proof")
DESK_ENTRY = down.DeskEntry(1, ID, 1_790_000_000_000, b"blob")
THREAD = down.ThreadState(
    thread=ID,
    mailbox=ID_2,
    party=1,
    target=ID,
    peer=PRESENTATION,
    seq=7,
    epoch=0,
    opened_at=1,
    last_at=2,
    stage="engaged",
    read_seq=3,
    peer_read_seq=2,
    revealed=False,
    recipient=PRESENTATION,
)
THIRD_ENTRY = down.ThirdEntry(b"joined", 6, KEY, b"record", [EpochShare(2, WRAP)])
SEAT = SeatView(ID, MailboxKind.TERRITORY, Role.MAYOR, True, "active", ID_2, True, 9)
PROBLEM = down.Problem("/problems/busy", "Service très sollicité", 503, "busy", "why", True, 500)

COMMANDS: tuple[up.AnyCommand, ...] = (
    up.Hello(ref=1, ticket="ticket", device=ID, since=5, stream_epoch=2),
    up.Refresh(ref=2, ticket="ticket"),
    up.Open(
        ref=3,
        mailbox=ID,
        claim=ID_2,
        thread=ID,
        signed_record=b"record",
        wraps=(WRAP, WRAP),
        own=SIGNATURE,
        payload=b"payload",
    ),
    up.Send(ref=4, payload=b"\x00\xff"),
    up.Rotate(ref=14, thread=ID, signed_record=b"record", wraps=(WRAP, WRAP), own=SIGNATURE, share=WRAP),
    up.Invite(ref=15, claim=ID, payload=b"invited"),
    up.Accept(ref=16, payload=b"joined", signed_record=b"record", wraps=(WRAP, WRAP), own=SIGNATURE, share=WRAP),
    up.Share(ref=17, thread=ID, shares=[EpochShare(0, WRAP)]),
    up.Rate(ref=18, thread=ID, satisfied=4, recommends=5),
    up.Pull(ref=5, thread=ID, after=0, limit=20),
    up.Wraps(ref=6, thread=ID, first=1),
    up.Threads(ref=7, since=8, after=ID),
    up.Read(ref=8, thread=ID, seq=9, share=False),
    up.RestoreClaim(ref=14, thread=ID, seq=7, head=KEY, proof=b"proof", stream_epoch=1),
    up.DeskPut(ref=9, mailbox=ID, entry=ID_2, blob=b"blob"),
    up.DeskPull(ref=10, mailbox=ID, after=3, limit=1),
    up.ConsentGive(ref=11, thread=ID, statement=b"s", signature=SIGNATURE, payload=b"card", s_server=KEY),
    up.ConsentWithdraw(ref=12, thread=ID, card=ID_2, statement=b"s", signature=SIGNATURE),
    up.Consents(ref=13, thread=ID),
    up.Notice(ref=14, payload=b"notice", reason=ClosingReason.HOUSING),
)

DOWNS: tuple[down.AnyDown, ...] = (
    down.Err(problem=PROBLEM, ref=1),
    down.Ok(ref=2),
    down.Ack(ref=3, thread=ID, seq=4, at=5, proof=b"proof"),
    down.Event(thread=ID, seq=1, at=2, kind="released", party=255, payload=b"p", proof=b"q"),
    down.Events(ref=4, thread=ID, events=[ENTRY], head_seq=1),
    down.WrapsList(ref=5, thread=ID, epochs=[down.EpochWraps(0, (WRAP, WRAP))], prekey_index=None, more=False),
    down.WrapsList(ref=15, thread=ID, epochs=[], prekey_index=3, more=True, entry=THIRD_ENTRY),
    down.Receipt(thread=ID, party=1, seq=2, at=3),
    down.RestoreExplained(ref=14, thread=ID, seq=9),
    down.Welcome(ref=6, now=7, service=ID, stream_epoch=1, account=ID_2, seats=[SEAT], threads=[THREAD], more=True),
    down.ThreadsPage(ref=7, now=8, threads=[THREAD], more=False),
    down.ThreadOpened(state=THREAD),
    down.DeskEvent(mailbox=ID, entry=DESK_ENTRY),
    down.DeskEntries(ref=8, mailbox=ID, entries=[DESK_ENTRY], head_seq=1),
    down.DeskAck(ref=9, seq=1, at=2),
    down.CardsList(ref=10, thread=ID, cards=[down.OwnCard(ID, ID_2, 3, "waiting", 4, b"s", SIGNATURE)]),
    down.CardsChanged(thread=ID),
    down.SeatsChanged(mailbox=ID),
    down.CasesChanged(mailbox=ID),
    down.Closing(code=4001, reconnect_after_ms=15_000),
)
