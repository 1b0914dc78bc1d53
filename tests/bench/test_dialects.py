"""What the generator says to each server under test, and what it makes of the answers."""

from base64 import b64encode

import pytest

from bench.dialects import DIALECTS, Dialect, socketio, xmpp
from bench.record import Record, Sent
from bench.sealing import blank_frames, blank_payloads

PAYLOAD = b64encode(bytes(range(200)))


def say(dialect: Dialect, record: Record, packet: str) -> list[str]:
    return [answer.decode() for answer in dialect.take(memoryview(packet.encode()), 1.5, record)]


def test_the_service_may_say_that_another_process_went_on() -> None:
    dialect, record = DIALECTS["pli"](b"hello"), Record()

    say(dialect, record, '[{"t":"welcome","more":false},{"t":"thread","state":{"seq":7}},{"t":"ack","ref":0}]')

    assert dialect.ready
    assert dialect.failure is None
    assert record.acks == [(0, 1.5)]


def test_socket_io_connects_when_the_server_has_opened() -> None:
    dialect = DIALECTS["socket.io"](socketio.hello(7))

    assert [*dialect.opening()] == []
    assert say(dialect, Record(), '0{"sid":"x","upgrades":[],"pingInterval":25000}') == ['40{"number":7}']
    assert not dialect.ready
    assert say(dialect, Record(), '40{"sid":"y"}') == []
    assert dialect.ready
    assert dialect.failure is None


def test_socket_io_messages_acks_and_pings() -> None:
    dialect, record = DIALECTS["socket.io"](socketio.hello(7)), Record()

    answers = [say(dialect, record, packet) for packet in ('42["event",{"payload":"QUJD"}]', "4312[]", "430[]", "2")]

    assert answers == [[], [], [], ["3"]]
    assert record.deliveries == [("QUJD", 1.5)]
    assert record.acks == [(12, 1.5), (0, 1.5)]


def test_socket_io_that_refuses_is_a_failure() -> None:
    dialect = DIALECTS["socket.io"](socketio.hello(7))

    say(dialect, Record(), '44{"message":"who are you"}')

    assert dialect.failure is not None
    assert "who are you" in dialect.failure


def signed_in(dialect: Dialect) -> Dialect:
    """Past the talk of RFC 7395, SASL and resource binding, as ejabberd holds its side."""
    talk = [
        ("<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' version='1.0' id='1'/>", []),
        ("<stream:features><mechanisms/></stream:features>", ["<auth"]),
        ("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>", ["<open"]),
        ("<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' version='1.0' id='2'/>", []),
        ("<stream:features><bind/></stream:features>", ["<iq"]),
        ("<iq id='bind' type='result'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>", ["<presence", "<enable"]),
        ("<presence from='user-1@bench.example/bench'/>", []),
    ]
    for heard, said in talk:
        assert [answer.split(" ")[0] for answer in say(dialect, Record(), heard)] == said
        assert not dialect.ready
    say(dialect, Record(), "<enabled xmlns='urn:xmpp:sm:3'/>")
    assert dialect.ready
    return dialect


def test_xmpp_signs_in_by_its_steps() -> None:
    dialect = signed_in(DIALECTS["xmpp"](xmpp.hello("user-1", "word")))

    assert dialect.failure is None


def test_xmpp_acks_are_all_up_to_the_count() -> None:
    dialect, record = signed_in(DIALECTS["xmpp"](xmpp.hello("user-1", "word"))), Record()

    say(dialect, record, "<a h='3' xmlns='urn:xmpp:sm:3'/>")
    say(dialect, record, "<a xmlns='urn:xmpp:sm:3' h='5'/>")

    assert record.acks == [(0, 1.5), (1, 1.5), (2, 1.5), (3, 1.5), (4, 1.5)]


def test_xmpp_answers_a_request_with_what_it_received_since_enabled() -> None:
    dialect, record = signed_in(DIALECTS["xmpp"](xmpp.hello("user-1", "word"))), Record()
    message = "<message from='user-0@bench.example/bench' type='chat'><stanza-id id='9'/><body>QUJD</body></message>"

    say(dialect, record, message)
    say(dialect, record, message)

    assert say(dialect, record, "<r xmlns='urn:xmpp:sm:3'/>") == ["<a xmlns='urn:xmpp:sm:3' h='2'/>"]
    assert record.deliveries == [("QUJD", 1.5)] * 2


@pytest.mark.parametrize(
    "stanza",
    [
        "<message type='error' id='1'><body>QUJD</body><error type='cancel'/></message>",
        "<stream:error><policy-violation/></stream:error>",
    ],
)
def test_xmpp_that_bounces_or_complains_is_a_failure(stanza: str) -> None:
    dialect, record = signed_in(DIALECTS["xmpp"](xmpp.hello("user-1", "word"))), Record()

    say(dialect, record, stanza)

    assert dialect.failure is not None
    assert not record.deliveries


def test_what_was_sent_is_read_back_for_the_accounting() -> None:
    payload = PAYLOAD.decode()

    assert DIALECTS["socket.io"].sent(socketio.frame(12, PAYLOAD)) == [Sent(12, payload)]
    assert DIALECTS["xmpp"].sent(xmpp.frame("user-0", 12, PAYLOAD)) == [Sent(12, payload)]


def test_frames_of_all_have_about_the_same_size() -> None:
    [payload] = blank_payloads(1)
    sizes = [len(blank_frames(1, 1)[0]), len(socketio.frame(0, payload)), len(xmpp.frame("user-0", 0, payload))]

    assert max(sizes) < 1.15 * min(sizes)
