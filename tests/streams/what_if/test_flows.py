"""Flows over history: found once however many setups ask, and told by those in which they are on."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest

from detectors.state import State
from detectors.variant.parsing import parse
from schemas.event import Envelope
from schemas.security import SECURITY_EVENTS
from streams.what_if.detection import Setup, scan_events
from streams.what_if.history import History
from tests.detectors.flows.test_detector import burst, life
from tests.detectors.flows.test_hosting import fold, story


class Past:
    """A log of security events in one partition."""

    def __init__(self, events: list[Envelope]) -> None:
        self._events = events

    def events(self, topic: str) -> Iterator[Any]:
        """Each event as history has it."""
        assert topic == SECURITY_EVENTS
        for place, envelope in enumerate(self._events):
            yield SimpleNamespace(
                envelope=envelope, partition=0, written_ms=place, origin=f"{topic}/0/{place}"
            )


def scanned(*variants: dict[str, Any]) -> list[list[Envelope]]:
    """What each variant finds in the story."""
    history = cast(History, Past(story()))
    found = scan_events(history, [Setup.of(parse(one)) for one in variants])
    return [[one.detection for one in part] for part in found]


def test_without_a_change_it_is_what_live_detection_finds() -> None:
    (found,) = scanned({})
    assert found == fold(State(), story())


@pytest.mark.parametrize("others", [{}, {"rules": {"attestation_failed": {"on": False}}}])
def test_switched_off_they_are_told_by_nobody_else(others: dict[str, Any]) -> None:
    whole, without = scanned({}, {"flows": {"on": False}, **others})
    assert [one for one in whole if "flow" not in one.source] == without or others
    assert not any(one.source.endswith("flow") for one in without)
    assert parse({"flows": {"on": False}}).told() == ["flows off"]


def test_a_flood_alone_is_lost_with_them() -> None:
    past = life()
    history = cast(History, Past([*past, *burst("cam-1", past[-1].time, 20, 5.0)]))
    was, would_be = scan_events(history, [Setup.of(parse(one)) for one in ({}, {"flows": {"on": False}})])
    assert (len(was), would_be) == (1, [])
