"""Mosquitto's log lines, as version 2.0.11 writes them."""

from __future__ import annotations

import pytest

from streams.enforcement.broker_log import MAX_ADDRESSES, BrokerLog, Opened, Refused

REFUSED = (
    "1795250509: Client connection from {} failed: error:0A000086:SSL routines::certificate verify failed."
)


def opened(identity: str, address: str) -> str:
    return f"1795250350: New client connected from {address}:51455 as c 1 (p5, c1, k60, u'{identity}')."


def test_who_came_from_where_is_remembered() -> None:
    log = BrokerLog()
    assert log.read(opened("acme:cam-1", "127.10.0.1")) == Opened("acme:cam-1")
    assert log.read(REFUSED.format("127.10.0.1")) == Refused("acme:cam-1", "127.10.0.1")


BEGUN = "1795250509: New connection from {}:44108 on port 18700."
ERROR = "1795250509: OpenSSL Error[0]: error:0A000086:SSL routines::certificate verify failed"
ENDED = "1795250509: Client <unknown> disconnected: Protocol error."


def test_a_refusal_told_without_an_address_is_that_of_the_only_handshake_going_on() -> None:
    log = BrokerLog()
    log.read(opened("acme:cam-1", "127.10.0.1"))
    for _ in range(3):
        assert log.read(BEGUN.format("127.10.0.1")) is None
        assert log.read(ERROR) == Refused("acme:cam-1", "127.10.0.1")
        assert log.read(ENDED) is None


def test_overlapping_handshakes_are_attributed_to_nobody_until_both_have_ended() -> None:
    log = BrokerLog()
    log.read(opened("acme:cam-1", "127.10.0.1"))
    log.read(opened("acme:cam-2", "127.10.0.2"))
    log.read(BEGUN.format("127.10.0.1"))
    log.read(BEGUN.format("127.10.0.2"))
    for _ in range(2):
        assert log.read(ERROR) is None
        log.read(ENDED)
    log.read(BEGUN.format("127.10.0.2"))
    assert log.read(ERROR) == Refused("acme:cam-2", "127.10.0.2")


def test_an_ipv6_address_is_one_too() -> None:
    log = BrokerLog()
    log.read(opened("acme:cam-1", "2001:db8::7"))
    assert log.read(REFUSED.format("2001:db8::7")) == Refused("acme:cam-1", "2001:db8::7")


def test_an_address_of_two_devices_is_attributed_to_nobody() -> None:
    log = BrokerLog()
    log.read(opened("acme:cam-1", "10.0.0.1"))
    log.read(opened("acme:cam-2", "10.0.0.1"))
    assert log.read(REFUSED.format("10.0.0.1")) is None


def test_an_address_never_seen_is_attributed_to_nobody() -> None:
    assert BrokerLog().read(REFUSED.format("10.0.0.9")) is None


def test_only_the_newest_addresses_are_kept() -> None:
    log = BrokerLog()
    for number in range(MAX_ADDRESSES + 1):
        log.read(opened("acme:cam-1", f"10.0.0.{number}"))
    assert log.read(REFUSED.format("10.0.0.0")) is None
    assert log.read(REFUSED.format("10.0.0.1")) == Refused("acme:cam-1", "10.0.0.1")


@pytest.mark.parametrize(
    "line",
    [
        "",
        "1795250350: New connection from 127.0.0.1:42701 on port 18700.",
        "1795250354: Client ing disconnected.",
        "1795250581: Reloading config.",
        "1: Client connection from 10.0.0.1 failed: error:0A00010B:SSL routines::wrong version number.",
    ],
)
def test_other_lines_say_nothing(line: str) -> None:
    log = BrokerLog()
    log.read(opened("acme:cam-1", "10.0.0.1"))
    assert log.read(line) is None
