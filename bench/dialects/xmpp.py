"""XMPP over WebSocket (RFC 7395), with SASL PLAIN and the acks of stream management (XEP-0198).

    <open/> ->  <- <open/>, features         <auth> ->  <- <success/>
    <open/> ->  <- <open/>, features         bind ->  <- its result
    <presence/>, <enable/> ->  <- <enabled/>: from here both sides count stanzas
    <message/>... <r/> ->  <- <a h='number of stanzas handled'/>;  and the same the other way round

What is looked for in a stanza are a few exact words, as ejabberd writes them: this is no XML parser.
"""

import re
from base64 import b64encode
from collections.abc import Sequence
from typing import ClassVar, Final

from bench.record import Record, Sent

HOST: Final = "bench.example"
RESOURCE: Final = "bench"
_SASL: Final = "urn:ietf:params:xml:ns:xmpp-sasl"
_OPEN: Final = f"<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='{HOST}' version='1.0'/>".encode()
_BIND: Final = (
    "<iq xmlns='jabber:client' type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
    f"<resource>{RESOURCE}</resource></bind></iq>"
).encode()
_PRESENCE: Final = b"<presence xmlns='jabber:client'/>"
_ENABLE: Final = b"<enable xmlns='urn:xmpp:sm:3'/>"
_REQUEST: Final = b"<r xmlns='urn:xmpp:sm:3'/>"
_HANDLED: Final = re.compile(rb"<a [^>]*\bh=['\"](\d+)")
_SENT: Final = re.compile(rb" id='(\d+)'><body>([^<]*)</body>")
_STANZAS: Final = (b"<message", b"<presence", b"<iq")


def hello(user: str, password: str) -> bytes:
    """The `auth` element of SASL PLAIN."""
    initial = b64encode(f"\0{user}\0{password}".encode()).decode()
    return f"<auth xmlns='{_SASL}' mechanism='PLAIN'>{initial}</auth>".encode()


def frame(to: str, ref: int, payload: bytes) -> bytes:
    """A chat message to a user of the same server; the payload is base64."""
    head = f"<message xmlns='jabber:client' type='chat' to='{to}@{HOST}/{RESOURCE}' id='{ref}'><body>"
    return head.encode() + payload + b"</body></message>"


class Xmpp:
    """Stanzas are counted from `enabled` on, both ways; nothing but messages is sent after it."""

    subprotocol: ClassVar[str | None] = "xmpp"

    def __init__(self, hello: bytes | None) -> None:
        self._hello = hello
        self._authenticated = False
        self._acked = 0
        self._received = 0
        self.ready = False
        self.failure: str | None = None

    def opening(self) -> Sequence[bytes]:
        return (_OPEN,)

    def take(self, payload: memoryview, at: float, record: Record) -> Sequence[bytes]:
        element = bytes(payload)
        if self.ready:
            return self._talk(element, at, record)
        return self._sign_in(element)

    def _talk(self, element: bytes, at: float, record: Record) -> Sequence[bytes]:
        if element.startswith(_STANZAS):
            self._received += 1
            start = element.find(b"<body>")
            if start >= 0 and b"type='error'" not in element[:start]:
                record.deliveries.append((element[start + 6 : element.index(b"</body>", start)].decode(), at))
            elif element.startswith(b"<message"):
                self.failure = f"the server sent {element[:300]!r}"
        elif element.startswith(b"<r "):
            return (b"<a xmlns='urn:xmpp:sm:3' h='%d'/>" % self._received,)
        elif handled := _HANDLED.match(element):
            count = int(handled[1])
            record.acks.extend((ref, at) for ref in range(self._acked, count))
            self._acked = count
        else:
            self.failure = f"the server said {element[:300]!r}"
        return ()

    def _sign_in(self, element: bytes) -> Sequence[bytes]:
        assert self._hello is not None
        if element.startswith(b"<stream:features"):
            return (_BIND,) if self._authenticated else (self._hello,)
        if element.startswith(b"<success"):
            self._authenticated = True
            return (_OPEN,)
        if element.startswith(b"<iq") and b"xmpp-bind" in element:
            return (_PRESENCE, _ENABLE)
        if element.startswith(b"<enabled"):
            self.ready = True
        elif not element.startswith((b"<open", b"<presence")):
            self.failure = f"the server said {element[:300]!r}"
        return ()

    def asking(self) -> Sequence[bytes]:
        return (_REQUEST,)

    @staticmethod
    def sent(frame: bytes) -> list[Sent]:
        return [Sent(int(ref), body.decode()) for ref, body in _SENT.findall(frame)]
