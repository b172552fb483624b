"""A closed flow as the columns the traffic detector takes, and what is known of such flows before anything is learned."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from detectors.traffic.evidence import Evidence, evidence_of
from detectors.traffic.words import hashed
from schemas.security import NetworkFlowClosed

NUMBERS = ("duration_s", "bytes_sent", "bytes_received", "packets_sent", "packets_received")
WORDS = ("peer", "port", "protocol", "service", "state", "direction")
# All of them as a person calls them, numbers first.
TOLD = (
    *("duration", "bytes sent", "bytes received", "packets sent", "packets received"),
    *("peer", "port", "protocol", "service", "state", "direction"),
)
# Texts of which so many are kept ready; more are only slower.
KEPT = 1 << 16


class Flow(NamedTuple):
    """One flow: its numbers (None: nobody counted) and its words, empty where nobody said. `peer` may be a sealed token."""

    numbers: tuple[float | None, ...]
    words: tuple[str, ...]

    def word(self, column: str) -> str:
        """One of its words."""
        return self.words[WORDS.index(column)]

    def number(self, column: str) -> float | None:
        """One of its numbers."""
        return self.numbers[NUMBERS.index(column)]


def flow_of(data: NetworkFlowClosed) -> Flow:
    """The columns of an event."""
    port = "" if data.port is None else str(data.port)
    numbers = (
        data.duration_s,
        data.bytes_sent,
        data.bytes_received,
        data.packets_sent,
        data.packets_received,
    )
    words = (data.peer, port, data.protocol, data.service, data.state or "", data.direction)
    return Flow(tuple(None if one is None else float(one) for one in numbers), words)


def numbers_of(flow: Flow) -> list[float]:
    """Its numbers, NaN where nobody counted."""
    return [math.nan if one is None else one for one in flow.numbers]


@lru_cache(KEPT)
def word_of(text: str) -> int:
    """A text as the traffic detector counts it."""
    return int(hashed([text])[0])


def known_of(flow: Flow) -> Evidence:
    """What is known of a flow like this one; `peer` is compared, never read, for it is sealed."""
    peer, port, protocol, service, state, _ = flow.words
    received = flow.number("bytes_received")
    risk, outcome = _known(port, protocol, service, state, received is None or received > 0)
    return Evidence(
        np.array([risk]),
        np.array([outcome], np.int64),
        np.array([word_of(peer) if peer else 0], np.uint64),
        np.array([word_of(port) if port else 0], np.uint64),
    )


@lru_cache(KEPT)
def _known(port: str, protocol: str, service: str, state: str, answered: bool) -> tuple[float, int]:
    """Risk and outcome; where the state says nothing, whether anything came back does."""
    texts = {"port": [port], "protocol": [protocol], "service": [service], "state": [state]}
    found = evidence_of(1, {"received": np.array([float(answered)])}, texts)
    return float(found.risks[0]), int(found.outcomes[0])
