"""A bench that loses, doubles or changes a message must not report a rate."""

import pytest

from bench.accounting import Outcome, Unaccounted, account, percentile_ms, rate
from bench.load import Client
from bench.record import Record
from bench.sealing import blank_frames


def two_clients(structs_per_frame: int = 1) -> tuple[list[Client], list[Record]]:
    """A pair that sent two frames each and got everything back."""
    clients = [Client("ws://floor", None, blank_frames(2, structs_per_frame)) for _ in range(2)]
    records = [Record(), Record()]
    for number, client in enumerate(clients):
        for ref, payload in enumerate(payloads(client)):
            records[number].due.append(0.0)
            records[number].acks.append((ref, 1.0 + ref))
            records[number ^ 1].deliveries.append((payload, 2.0))
    return clients, records


def payloads(client: Client) -> list[str]:
    return [part.split('"')[0] for frame in client.frames for part in frame.decode().split('"payload":"')[1:]]


@pytest.mark.parametrize("structs_per_frame", [1, 3])
def test_a_run_in_which_all_came_back_once_has_an_outcome_for_each(structs_per_frame: int) -> None:
    outcomes = account(*two_clients(structs_per_frame))

    assert len(outcomes) == 4 * structs_per_frame
    assert outcomes[0] == Outcome(due=0.0, acked=1.0, delivered=2.0)
    assert outcomes[0].complete == 2.0
    assert outcomes[2].complete == max(2.0, outcomes[2].acked)


def test_a_lost_ack_fails_the_run() -> None:
    clients, records = two_clients()
    records[0].acks.pop()

    with pytest.raises(Unaccounted, match="1 acks"):
        account(clients, records)


def test_a_doubled_ack_fails_the_run() -> None:
    clients, records = two_clients()
    records[0].acks[1] = records[0].acks[0]

    with pytest.raises(Unaccounted, match="for 1 of them"):
        account(clients, records)


def test_a_lost_delivery_fails_the_run() -> None:
    clients, records = two_clients()
    records[1].deliveries.pop()

    with pytest.raises(Unaccounted, match="1 deliveries"):
        account(clients, records)


def test_a_doubled_delivery_fails_the_run() -> None:
    clients, records = two_clients()
    records[1].deliveries.append(records[1].deliveries[0])

    with pytest.raises(Unaccounted, match="3 deliveries came of 2"):
        account(clients, records)


def test_a_message_delivered_to_its_own_sender_fails_the_run() -> None:
    clients, records = two_clients()
    records[0].deliveries, records[1].deliveries = records[1].deliveries, records[0].deliveries

    with pytest.raises(Unaccounted):
        account(clients, records)


def test_a_changed_message_fails_the_run() -> None:
    clients, records = two_clients()
    payload, at = records[1].deliveries[0]
    records[1].deliveries[0] = ("A" + payload[1:] if payload[0] != "A" else "B" + payload[1:], at)

    with pytest.raises(Unaccounted):
        account(clients, records)


def test_the_rate_is_that_of_the_middle() -> None:
    slow_start = [Outcome(0.0, -100.0, 0.0)]
    steady = [Outcome(0.0, index / 10, 0.0) for index in range(99)]

    assert rate(slow_start + steady) == pytest.approx(10.0, rel=0.02)


def test_percentiles_are_of_the_slowest() -> None:
    assert percentile_ms([index / 1_000 for index in range(100)], 0.99) == 99.0
    assert percentile_ms([0.001], 0.5) == 1.0
