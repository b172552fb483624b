"""Sessions as the MQTT broker itself saw them, from its log: what a device says about itself proves nothing about who connected.

The lines are those of Mosquitto 2.0: connects name client, address and user (the certificate's CN), disconnects only the client.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from schemas.event import Envelope
from schemas.ids import derive
from schemas.pki import NAME
from schemas.security import SecurityEvent, SessionClosed, SessionOpened
from streams.ingest.cloud_event import utc

SOURCE = "mqtt-broker"
LINE = re.compile(r"([0-9]{1,10}): (.*)", re.DOTALL)
# Greedy up to the last match: a client chooses its own id and may put anything into it, but what follows it is the broker's.
CONNECTED = re.compile(
    r"New client connected from (\S+):(\d+) as (.*) \(p\d+, c[01], k\d+, u'([^']*)'\)\.", re.DOTALL
)
DISCONNECTED = tuple(
    re.compile(pattern, re.DOTALL)
    for pattern in (
        r"Client (.*)( already connected, closing old connection| closed its connection| has exceeded timeout, disconnecting"
        r"| been disconnected by administrative action| disconnected(?: due to [a-z ]+|, not authorised)?)\.",
        r"Socket error on client (.*)(, disconnecting)\.",
        r"Bad socket read/write on client (.*)(: [^:]+)\.",
    )
)


@dataclass(frozen=True, slots=True)
class Session:
    """An open session: its id, whose it is, from where, and the client id it uses."""

    id: str
    tenant: str
    device: str
    address: str
    client: str


class Sessions:
    """The sessions open now, folded from the broker's log line by line. Not thread-safe.

    A client id has at most one session on a broker, so a second connect of it ends the first even where the line that says so was lost.
    """

    def __init__(self, open_now: Iterable[Session] = ()) -> None:
        self._open = {session.client: session for session in open_now}

    def read(self, line: str, received_us: int) -> list[Envelope]:
        """The events of one line: none where it is about something else or about one of our own processes.

        Event time is `received_us` as far as it lies within the second the line names.
        """
        parts = LINE.fullmatch(line)
        if not parts:
            return []
        second, said = int(parts[1]), parts[2]
        time_us = min(max(received_us, second * 1_000_000), second * 1_000_000 + 999_999)
        if connected := CONNECTED.fullmatch(said):
            return self._connected(second, time_us, *connected.groups())
        for pattern in DISCONNECTED:
            if disconnected := pattern.fullmatch(said):
                return self._closed(disconnected[1], disconnected[2].strip(" ,:"), time_us)
        return []

    def _connected(
        self, second: int, time_us: int, address: str, port: str, client: str, user: str
    ) -> list[Envelope]:
        tenant, colon, device = user.partition(":")
        events = self._closed(client, "replaced by a new connection", time_us)
        if not colon or not NAME.fullmatch(tenant) or not NAME.fullmatch(device):
            return events
        session = Session(derive("session", second, client, address, port), tenant, device, address, client)
        self._open[client] = session
        opened = SessionOpened(session=session.id, address=address, client=client)
        return [*events, _envelope(session, opened, time_us)]

    def _closed(self, client: str, reason: str, time_us: int) -> list[Envelope]:
        session = self._open.pop(client, None)
        if session is None:
            return []
        return [
            _envelope(
                session, SessionClosed(session=session.id, address=session.address, reason=reason), time_us
            )
        ]


def still_open(events: Iterable[Envelope]) -> list[Session]:
    """The sessions that were opened and not closed by these events, which the edge wrote earlier."""
    sessions: dict[str, Session] = {}
    for event in events:
        if event.source != SOURCE:
            continue
        if isinstance(event.data, SessionOpened):
            data = event.data
            sessions[data.session] = Session(
                data.session, event.tenant, event.subject, data.address, data.client
            )
        elif isinstance(event.data, SessionClosed):
            sessions.pop(event.data.session, None)
    return list(sessions.values())


def _envelope(session: Session, data: SecurityEvent, time_us: int) -> Envelope:
    return Envelope(
        id=derive("event", session.tenant, SOURCE, session.id, data.TYPE),
        type=data.TYPE,
        source=SOURCE,
        subject=session.device,
        tenant=session.tenant,
        time=utc(time_us),
        data=data,
    )
