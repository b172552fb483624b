"""Sessions from lines Mosquitto 2.0.11 really wrote, and from clients that choose their ids with bad intent."""

from __future__ import annotations

from typing import cast

import pytest

from schemas.event import Envelope
from schemas.security import SessionClosed, SessionOpened
from streams.ingest.session import Sessions, still_open

SECOND = 1_795_250_811
AT_US = SECOND * 1_000_000 + 250_000
OPENED = f"{SECOND}: New client connected from 127.3.4.5:57519 as dev1 (p2, c1, k60, u'acme:cam-1')."


def opened(events: list[Envelope]) -> SessionOpened:
    """The data of the last event, which opens a session."""
    assert isinstance(events[-1].data, SessionOpened)
    return events[-1].data


def test_a_connect_opens_a_session_of_the_certificate() -> None:
    (event,) = Sessions().read(OPENED, AT_US)
    assert (event.tenant, event.subject, event.source) == ("acme", "cam-1", "mqtt-broker")
    assert (opened([event]).address, opened([event]).client) == ("127.3.4.5", "dev1")
    assert event.time.timestamp() == pytest.approx(SECOND + 0.25)


def test_the_same_line_again_is_the_same_session() -> None:
    first, again = Sessions().read(OPENED, AT_US), Sessions().read(OPENED, AT_US + 3_600_000_000)
    assert first[0].id == again[0].id
    assert SECOND <= again[0].time.timestamp() < SECOND + 1
    other = Sessions().read(OPENED.replace("57519", "57520"), AT_US)
    assert other[0].id != first[0].id


@pytest.mark.parametrize(
    "line",
    [
        "Client dev1 disconnected.",
        "Client dev1 closed its connection.",
        "Client dev1 has exceeded timeout, disconnecting.",
        "Client dev1 been disconnected by administrative action.",
        "Client dev1 disconnected due to protocol error.",
        "Client dev1 disconnected, not authorised.",
        "Client dev1 already connected, closing old connection.",
        "Socket error on client dev1, disconnecting.",
        "Bad socket read/write on client dev1: Connection reset by peer.",
    ],
)
def test_every_way_to_end_closes_the_session(line: str) -> None:
    sessions = Sessions()
    start = opened(sessions.read(OPENED, AT_US))
    (event,) = sessions.read(f"{SECOND}: {line}", AT_US)
    closed = cast(SessionClosed, event.data)
    assert (event.subject, closed.session, closed.address) == ("cam-1", start.session, "127.3.4.5")
    assert closed.reason
    assert sessions.read(f"{SECOND}: {line}", AT_US) == []


def test_a_second_connect_of_a_client_ends_the_first() -> None:
    sessions = Sessions()
    sessions.read(OPENED, AT_US)
    events = sessions.read(OPENED.replace("127.3.4.5:57519", "127.9.9.9:1"), AT_US)
    assert [type(event.data) for event in events] == [SessionClosed, SessionOpened]
    assert opened(events).address == "127.9.9.9"


@pytest.mark.parametrize(
    "line",
    [
        OPENED.replace("acme:cam-1", "ingest"),
        OPENED.replace("acme:cam-1", "acme:cam/1"),
        f"{SECOND}: New connection from 127.3.4.5:57519 on port 8883.",
        f"{SECOND}: Client nobody disconnected.",
        OPENED.replace(str(SECOND), "881780000000"),
        "dynsec: createRole",
        "",
    ],
)
def test_other_lines_make_no_event(line: str) -> None:
    assert Sessions().read(line, AT_US) == []


def test_a_client_id_can_not_pretend_to_be_another_device() -> None:
    fake = "x (p2, c1, k60, u'acme:victim')."
    (event,) = Sessions().read(OPENED.replace("dev1", fake), AT_US)
    assert event.subject == "cam-1"
    sessions = Sessions()
    sessions.read(OPENED, AT_US)
    sessions.read(OPENED.replace("dev1", "dev1 disconnected").replace("cam-1", "evil"), AT_US)
    (closed,) = sessions.read(f"{SECOND}: Client dev1 disconnected disconnected.", AT_US)
    assert closed.subject == "evil"


def test_what_was_open_before_a_restart_is_still_known() -> None:
    before = Sessions()
    events = [*before.read(OPENED, AT_US), *before.read(OPENED.replace("dev1", "dev2"), AT_US)]
    events += before.read(f"{SECOND}: Client dev2 disconnected.", AT_US)
    after = Sessions(still_open(events))
    (closed,) = after.read(f"{SECOND}: Client dev1 disconnected.", AT_US)
    assert cast(SessionClosed, closed.data).session == opened(events[:1]).session
    assert after.read(f"{SECOND}: Client dev2 disconnected.", AT_US) == []
