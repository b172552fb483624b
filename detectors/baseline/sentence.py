"""What a baseline finding says to a person: subject, number, what is usual, peers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UNITS = {
    "_c": " °C",
    "_pct": " %",
    "_mb": " MB",
    "_kbps": " kbit/s",
    "_mbps": " Mbit/s",
    "_ms": " ms",
    "_s": " s",
    "_v": " V",
    "_w": " W",
    "_a": " A",
    "_pa": " Pa",
    "_hz": " Hz",
}


def moment(time_us: int) -> datetime:
    """Microseconds since 1970 as an aware time; exact."""
    return EPOCH + timedelta(microseconds=int(time_us))


def split_unit(metric: str) -> tuple[str, str]:
    """A metric's name in words and its unit, by convention its last part: `tx_kbps` is ("tx", " kbit/s")."""
    stem, separator, last = metric.rpartition("_")
    unit = UNITS.get(separator + last.lower(), "") if stem else ""
    return (stem if unit else metric).replace("_", " "), unit


def number(value: float) -> str:
    """At most three significant digits, thousands kept whole and grouped."""
    if value == 0 or not abs(value) < 1e15:
        return f"{value:.3g}"
    digits = max(0, 2 - _magnitude(value))
    rounded = round(value, 2 - _magnitude(value))
    text = f"{rounded:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _magnitude(value: float) -> int:
    return int(f"{abs(value):e}".rpartition("e")[2])


def span(seconds: float) -> str:
    """A duration in words: 40 s, 12 min, 3 h."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"


def out_of_range(seconds: float) -> str:
    """How long a value has been out of its range; where its first report there is the one that was found, that."""
    return f"has been out of its range for {span(seconds)}" if seconds >= 1 else "has just left its range"


def peers_text(peers: int, changed: int, model: str, site: str) -> str:
    """What the peers do that the device is compared with: those of its partition that reported lately, which may not be all it has."""
    if not peers:
        return "no peer reported lately to compare with"
    where = ", ".join(part for part in (model, site) if part)
    who = f"{peers} peer{'' if peers == 1 else 's'} compared{f' ({where})' if where else ''}"
    if not changed:
        return f"the {who} {'is' if peers == 1 else 'are'} unchanged"
    return f"{changed} of the {who} changed as well"


def listed(names: list[str]) -> str:
    """Names as a person lists them: `a`, `a and b`, `a, b and c`."""
    return " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)
