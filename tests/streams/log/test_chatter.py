"""What a client library repeats is said once in a while; our own words always."""

from __future__ import annotations

import logging

from streams.log.chatter import Throttle


def record(name: str, message: str, line: int = 1) -> logging.LogRecord:
    return logging.LogRecord(name, logging.ERROR, "client.py", line, message, ("node 1",), None)


def test_a_client_repeats_itself_only_after_a_while() -> None:
    now = [0.0]
    throttle = Throttle(10, lambda: now[0])
    said = record("aiokafka.client", "Unable to connect to %s")
    assert throttle.filter(said)
    now[0] = 9.9
    assert not throttle.filter(said)
    assert throttle.filter(record("aiokafka.client", "Something else at %s"))
    now[0] = 10.0
    assert throttle.filter(said)


def test_our_own_log_is_never_cut() -> None:
    throttle = Throttle(10, lambda: 0.0)
    assert all(throttle.filter(record("triage", "dead letter")) for _ in range(5))
