"""A closed flow as the columns the traffic detector takes, and what is known of such flows before anything is learned.

The other end's address is no column: it is sealed with a key of the device, so that a fleet has no address in common, and every device that
joins would be odd for ever. It counts as a target only: how many different ones a device tried lately, and whether they answered.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from detectors.traffic.evidence import Evidence, evidence_of
from detectors.traffic.words import hashed
from schemas.security import NetworkFlowClosed

NUMBERS = ("duration_s", "bytes_sent", "bytes_received", "packets_sent", "packets_received")
WORDS = ("port", "protocol", "service", "state", "direction")
# All of them as a person calls them, numbers first.
TOLD = ("duration", "bytes sent", "bytes received", "packets sent", "packets received", *WORDS)
# Texts of which so many are kept ready; more are only slower.
KEPT = 1 << 16


class Flow(NamedTuple):
    """One flow: the other end (perhaps sealed), its numbers (None: nobody counted) and its words, empty where nobody said."""

    peer: str
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
    numbers = (
        data.duration_s,
        data.bytes_sent,
        data.bytes_received,
        data.packets_sent,
        data.packets_received,
    )
    port = "" if data.port is None else str(data.port)
    words = (port, data.protocol, data.service, data.state or "", data.direction)
    return Flow(data.peer, tuple(None if one is None else float(one) for one in numbers), words)


def numbers_of(flow: Flow) -> list[float]:
    """Its numbers, NaN where nobody counted."""
    return [math.nan if one is None else one for one in flow.numbers]


@lru_cache(KEPT)
def word_of(text: str) -> int:
    """A text as the traffic detector counts it."""
    return int(hashed([text])[0])


def known_of(flow: Flow) -> Evidence:
    """What is known of flows like this one."""
    port, protocol, service, state, _ = flow.words
    received = flow.number("bytes_received")
    risk, outcome = _known(port, protocol, service, state, None if received is None else received > 0)
    return Evidence(
        np.array([risk]),
        np.array([outcome], np.int64),
        np.array([word_of(flow.peer) if flow.peer else 0], np.uint64),
        np.array([word_of(port) if port else 0], np.uint64),
    )


@lru_cache(KEPT)
def _known(port: str, protocol: str, service: str, state: str, answered: bool | None) -> tuple[float, int]:
    """Risk and outcome; where the state says nothing, whether anything came back does, if somebody counted."""
    texts = {"port": [port], "protocol": [protocol], "service": [service], "state": [state]}
    numbers = {} if answered is None else {"received": np.array([float(answered)])}
    found = evidence_of(1, numbers, texts)
    return float(found.risks[0]), int(found.outcomes[0])
