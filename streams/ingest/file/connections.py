"""Zeek's log of connections (conn.log): each line becomes a closed network flow, an event like those that come in live.

The device is who opened the connection, or who answered it where Zeek says that only that end is local (`local_orig`, `local_resp`). Labels
and every other column are left out. Source: Zeek's documentation of conn.log; the labelled logs of IoT-23 are read as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple, get_args, get_type_hints

from schemas.event import rfc3339
from schemas.security import NetworkFlowClosed
from streams.ingest.file.mapping import clean, number
from streams.ingest.file.timestamp import Stamp

BREAK = re.compile(r"\t| {2,}")
NEEDED = frozenset(("ts", "id.orig_h", "id.resp_h", "id.resp_p", "proto"))
PROTOCOLS = get_args(get_type_hints(NetworkFlowClosed)["protocol"])
# Without ports; Zeek puts type and code of the message there.
PORTLESS = frozenset(("icmp",))
EPOCH = Stamp("epoch_s")
UNSET = ("-", "(empty)", "")


class Connection(NamedTuple):
    """One line: when it ended (None where that is unreadable), whose it is, and the event; the line as it is where it has other columns."""

    time: datetime | None
    device: str
    content: dict[str, Any] | bytes


def fields_of(lines: Iterator[str]) -> list[str] | None:
    """The columns of a log of connections, None where it is no such log; reads up to the first line without `#`."""
    fields: list[str] = []
    path = ""
    for line in lines:
        if not line.startswith("#"):
            break
        name, *said = BREAK.split(line)
        if name == "#path":
            path = said[0] if said else ""
        if name == "#fields":
            fields = said
    return fields if path == "conn" and set(fields) >= NEEDED else None


def connections(
    lines: Iterator[str], fields: list[str], *, source: str, tenant: str, device: str = ""
) -> Iterator[Connection]:
    """The connections of a log; `device` is a column or the name of the only device, by default it is found in each line."""
    for place, line in enumerate(one for one in lines if one.strip() and not one.startswith("#")):
        said = BREAK.split(line)
        if len(said) != len(fields):
            yield Connection(None, clean(device or source), line.encode("utf-8", "surrogateescape"))
            continue
        row = dict(zip(fields, said, strict=True))
        inbound = row.get("local_orig") == "F" and row.get("local_resp") == "T"
        own = row.get(device, device) if device else row["id.resp_h" if inbound else "id.orig_h"]
        time = _ended(row)
        yield Connection(
            time,
            clean(own),
            {
                "specversion": "1.0",
                "id": _text(row, "uid") or f"{source}#{place}",
                "source": f"file:{source}",
                "type": NetworkFlowClosed.TYPE,
                "subject": clean(own),
                "tenant": tenant,
                "time": rfc3339(time) if time else row["ts"],
                "data": _data(row, inbound=inbound),
            },
        )


def _ended(row: Mapping[str, str]) -> datetime | None:
    try:
        return EPOCH.parse(row["ts"]) + timedelta(seconds=number(row.get("duration", "-")) or 0.0)
    except (ValueError, OverflowError):
        return None


def _data(row: Mapping[str, str], *, inbound: bool) -> dict[str, Any]:
    """What the event says; what can't be read is said as it is, so that ingest refuses it by its own rule."""
    sent, received = ("resp", "orig") if inbound else ("orig", "resp")
    protocol = row["proto"] if row["proto"] in PROTOCOLS else "other"
    said = {
        "peer": row["id.orig_h" if inbound else "id.resp_h"],
        "protocol": protocol,
        "direction": "inbound" if inbound else "outbound",
        "port": None if protocol in PORTLESS else _count(row, "id.resp_p"),
        "service": _text(row, "service"),
        "state": _text(row, "conn_state"),
        "duration_s": _number(row, "duration"),
        "bytes_sent": _count(row, f"{sent}_bytes"),
        "bytes_received": _count(row, f"{received}_bytes"),
        "packets_sent": _count(row, f"{sent}_pkts"),
        "packets_received": _count(row, f"{received}_pkts"),
    }
    return {name: value for name, value in said.items() if value not in (None, "")}


def _text(row: Mapping[str, str], column: str) -> str:
    text = row.get(column, "-")
    return "" if text in UNSET else text


def _number(row: Mapping[str, str], column: str) -> float | str | None:
    text = row.get(column, "-")
    try:
        return number(text)
    except ValueError:
        return text


def _count(row: Mapping[str, str], column: str) -> float | str | None:
    found = _number(row, column)
    return int(found) if isinstance(found, float) and found.is_integer() else found
