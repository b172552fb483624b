"""Hostile input: JSONTestSuite and the big list of naughty strings where they are, and what we made up, in every field there is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from schemas.event import rfc3339

TEXTS = ("id", "tenant", "device", "time", "model", "site", "firmware")
ATTRIBUTES = ("specversion", "id", "source", "type", "subject", "tenant", "time", "datacontenttype")
DATA = ("account", "address", "method", "reason")
HEADER_BYTES = 65_536
HUGE = ("1e400", "-1e400", "1e-400", "9" * 400, "-0.0", "0.1" + "0" * 5000, "123456789012345678901234567890")
NOT_NUMBERS = (
    "NaN",
    "Infinity",
    "-Infinity",
    "nan",
    "0x10",
    "1_000",
    "01",
    "+1",
    ".5",
    "5.",
    "1e",
    "true",
    '"1"',
)
SURROGATES = ('"\\ud800"', '"\\udc00"', '"\\ud800\\ud800"', '"\\udbff x"', '"\\uD834\\uDD1E"')
VALUES: tuple[Any, ...] = (None, 0, -1, 1.5, True, [], {}, [[]], {"a": {}})
DEPTHS = (50, 500, 900, 1100, 100_000)
CLOCKS = (
    "1970-01-01T00:00:00Z",
    "1999-12-31T23:59:59.999999Z",
    "2000-01-01T00:00:00Z",
    "2038-01-19T03:14:08Z",
    "2106-02-07T06:28:16Z",
    "9999-12-31T23:59:59-23:59",
    "0001-01-01T00:00:00+23:59",
    "2026-02-30T00:00:00Z",
    "2016-12-31T23:59:60Z",
    "2026-01-01",
    "2026-01-01T00:00:00",
    "20260101T000000Z",
    "2026-W01-1T00:00:00Z",
    "1767225600",
)


class Hostile(NamedTuple):
    """One message to a trusted way in; `name` says where it is from."""

    name: str
    raw: bytes


def hostile(now: datetime, shared: Path | None) -> list[Hostile]:
    """All of it, around the time `now`; without the recorded parts where `shared` is None."""
    return [*_generated(now), *(_recorded(now, shared) if shared else ())]


def report(now: datetime, **changes: Any) -> dict[str, Any]:
    """A good telemetry object with changes."""
    good = {"tenant": "hostile", "device": "cam-1", "time": rfc3339(now), "metrics": {"a": 1.5}}
    return {**good, **changes}


def event(now: datetime, **changes: Any) -> dict[str, Any]:
    """A good security event with changes."""
    good = {
        "specversion": "1.0",
        "id": "1",
        "source": "/s",
        "type": "authentication.failed.v1",
        "subject": "cam-1",
        "tenant": "hostile",
        "time": rfc3339(now),
        "data": {"account": "root", "address": "203.0.113.7"},
    }
    return {**good, **changes}


def _recorded(now: datetime, shared: Path) -> Iterator[Hostile]:
    for path in sorted((shared / "json" / "test_parsing").glob("*.json")):
        raw = path.read_bytes()
        yield Hostile(f"{path.name} alone", raw)
        for name, whole in _around(now, b"@"):
            yield Hostile(f"{path.name} as {name}", whole.replace(b'"@"', raw))
    strings = json.loads((shared / "json" / "naughty_strings.json").read_text("utf-8"))
    for number, text in enumerate(strings):
        yield from _everywhere(now, f"naughty {number}", text)


def _around(now: datetime, mark: bytes) -> Iterator[tuple[str, bytes]]:
    text = mark.decode()
    for name, value in (
        ("metrics", report(now, metrics=text)),
        ("a metric", report(now, metrics={"a": text})),
        ("an id", report(now, id=text)),
        ("data", event(now, data=text)),
    ):
        yield name, json.dumps(value).encode()


def _everywhere(now: datetime, name: str, text: str) -> Iterator[Hostile]:
    """A string in every field that takes one, written as JSON writes it and, in turn, with every character as it is."""
    for field in TEXTS:
        yield Hostile(f"{name} as {field}", _json(report(now, **{field: text})))
    yield Hostile(f"{name} as a metric's name", _json(report(now, metrics={text: 1})))
    yield Hostile(f"{name} as an unknown field", _json(report(now, note=text)))
    yield Hostile(f"{name} as an unknown field's name", _json(report(now, **{text: 1})))
    yield Hostile(f"{name} as an extension", _json(event(now, note=text)))
    yield Hostile(f"{name} as an extension's name", _json(event(now, **{text: "x"})))
    for field in ATTRIBUTES:
        yield Hostile(f"{name} as {field} of an event", _json(event(now, **{field: text})))
    for field in DATA:
        data = {"account": "root", "address": "203.0.113.7", field: text}
        yield Hostile(f"{name} as data.{field}", _json(event(now, data=data)))


def _generated(now: datetime) -> Iterator[Hostile]:
    yield from _values(now)
    yield from _structure(now)
    next_week = rfc3339(now + timedelta(days=7))
    for clock in (*CLOCKS, next_week):
        yield Hostile(f"clock at {clock}", _json(report(now, time=clock)))
        yield Hostile(f"event's clock at {clock}", _json(event(now, time=clock)))
    versions: tuple[Any, ...] = ("", "0.3", "1", "1.1", "2.0", 1.0, None, ["1.0"], {"1": "0"}, True)
    for version in versions:
        yield Hostile(f"specversion {version!r}", _json(event(now, specversion=version)))
    long = "h" * HEADER_BYTES
    yield from _everywhere(now, "64 KiB of text", long)
    yield from _everywhere(now, "a null character", "a\x00b")
    yield from _everywhere(now, "an escape sequence", "\x1b]0;owned\x07\x1b[31m")
    yield from _everywhere(now, "bidirectional control", "\u202egpj.exe\u2066")


def _values(now: datetime) -> Iterator[Hostile]:
    for literal in (*HUGE, *NOT_NUMBERS, *SURROGATES):
        for name, whole in _around(now, b"@"):
            yield Hostile(f"{literal[:20]} as {name}", whole.replace(b'"@"', literal.encode()))
    for depth in DEPTHS:
        for name, whole in _around(now, b"@"):
            nested = b"[" * depth + b"]" * depth
            yield Hostile(f"{depth} deep as {name}", whole.replace(b'"@"', nested))
        yield Hostile(f"{depth} open objects", b'{"a":' * depth)
    for field in (*TEXTS, "metrics"):
        for value in VALUES:
            yield Hostile(f"{field} = {value!r}", _json(report(now, **{field: value})))
    for field in (*ATTRIBUTES, "data", "data_base64", "note", "cause", "trace-parent", "Note"):
        for value in VALUES:
            yield Hostile(f"event's {field} = {value!r}", _json(event(now, **{field: value})))


def _structure(now: datetime) -> Iterator[Hostile]:
    good, fine = _json(report(now)), _json(event(now))
    for name, whole in (("report", good), ("event", fine)):
        for key in (b'"tenant":"other",', b'"time":"x",', b'"x":1,"x":1,'):
            yield Hostile(f"{name} with {key!r} twice", whole.replace(b"{", b"{" + key, 1))
        for cut in range(0, len(whole), 7):
            yield Hostile(f"{name} cut at {cut}", whole[:cut])
        for around in (
            b"\xef\xbb\xbf%s",
            b"%s\x00",
            b"\x00%s",
            b"%s%s",
            b"%s,%s",
            b"[%s]",
            b"\x1e%s\n",
            b"%s\xff",
            b"\r\n\t %s \r\n",
        ):
            yield Hostile(f"{name} in {around!r}", around.replace(b"%s", whole))
        for encoding in ("utf-16", "utf-16-le", "utf-32", "utf-7", "cp037"):
            yield Hostile(f"{name} in {encoding}", whole.decode().encode(encoding))
        yield Hostile(f"{name} with a broken line", whole + b"\n{broken\n" + whole)
    yield Hostile("duplicate metric", good.replace(b'"a":1.5', b'"a":1.5,"a":2'))
    yield Hostile("100,000 metrics", _json(report(now, metrics={f"m{n}": n for n in range(100_000)})))
    yield Hostile("2 MB of blanks", b" " * 2_000_000)
    yield Hostile("2 MB in one text", _json(report(now, id="x" * 2_000_000)))
    yield Hostile("1 MB of line ends", b"\n" * 1_000_000)
    yield Hostile("nothing", b"")
    for byte in range(256):
        yield Hostile(f"the byte {byte}", bytes([byte]))


def _json(value: dict[str, Any]) -> bytes:
    """JSON; every second one with its characters as they are, the others escaped, so that both forms are tried of each field."""
    escaped = json.dumps(value)
    return escaped.encode() if len(escaped) % 2 else json.dumps(value, ensure_ascii=False).encode()
