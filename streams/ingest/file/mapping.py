"""What a column of a recording means: given by flags or a small YAML file, the rest guessed from names and values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import msgspec

from schemas.errors import Rejected
from schemas.telemetry import MAX_METRICS
from streams.ingest.file.timestamp import Stamp, stamp_for

# Columns that hold the answer: sending them as metrics would let detection see it.
LABELS = re.compile(
    r"(?i)(is_?)?(label|labels|detailed[-_]label|anomaly|anomalies|attack|attack_?(type|cat)|change_?point|class|target|outlier|type)"
)
DEVICES = ("device", "device_id", "deviceid", "sensor_id", "id.orig_h")
MISSING = frozenset({"", "-", "(empty)", "na", "n/a", "nan", "null", "none", "?"})


class Mapping(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to read recordings; every field may be left out, then it is guessed.

    `time` names one column, or two that together are date and time. `device` is a column or, where there is no such column, a name. `label`
    columns are never sent. `time_format` is strptime's, or `epoch_s`, `epoch_ms`, `epoch_us`.
    """

    time: tuple[str, ...] = ()
    time_format: str = ""
    device: str = ""
    metrics: tuple[str, ...] = ()
    label: tuple[str, ...] = ()
    tenant: str = "recorded"
    model: str = ""
    site: str = ""
    delimiter: str = ""


class Columns(msgspec.Struct, frozen=True, kw_only=True):
    """Which column of one file is what, as positions; `device` is None where the whole file is one device."""

    time: tuple[int, ...]
    stamp: Stamp
    device: int | None
    metrics: dict[str, int]


def load(path: Path) -> Mapping:
    """The mapping in a YAML file; Rejected names the key that is wrong."""
    try:
        return msgspec.yaml.decode(path.read_bytes(), type=Mapping)
    except OSError as error:
        raise Rejected("bad_mapping", str(path), error.strerror or "cannot be read") from None
    except msgspec.MsgspecError as error:
        raise Rejected("bad_mapping", str(path), str(error)) from None


def resolve(mapping: Mapping, header: Sequence[str], sample: Sequence[Sequence[str]]) -> Columns:
    """The columns of a file with this header, judged by some of its rows; Rejected says what can't be found and what there is."""
    time, stamp = _time(mapping, header, sample)
    device = _device(mapping, header)
    taken = {*time, *([] if device is None else [device])}
    metrics = _metrics(mapping, header, sample, taken)
    return Columns(time=time, stamp=stamp, device=device, metrics=metrics)


def clean(name: str) -> str:
    """A column or file name as a metric or device may be named."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", name.strip())[:64].strip("_") or "unnamed"


def number(text: str) -> float | None:
    """The number a field holds; None where it says there is none. ValueError where it is something else."""
    stripped = text.strip()
    return None if stripped.lower() in MISSING else float(stripped)


def _find(header: Sequence[str], name: str, what: str) -> int:
    if name not in header:
        raise Rejected("no_column", what, f"no column {name!r}; there are: {', '.join(header)}")
    return list(header).index(name)


def _time(
    mapping: Mapping, header: Sequence[str], sample: Sequence[Sequence[str]]
) -> tuple[tuple[int, ...], Stamp]:
    if mapping.time:
        places = tuple(_find(header, name, "--time") for name in mapping.time)
        stamp = stamp_for(_texts(sample, places), mapping.time_format)
        if stamp is None:
            raise Rejected(
                "bad_time", "--time", f"cannot read {' '.join(mapping.time)} as a time; give --time-format"
            )
        return places, stamp
    pairs = [(place, place + 1) for place in range(len(header) - 1)]
    for places in [*((place,) for place in range(len(header))), *pairs]:
        named = any(re.search(r"(?i)time|date|epoch|^ts$", header[place]) for place in places)
        stamp = stamp_for(_texts(sample, places), mapping.time_format, epoch=named)
        if stamp is not None:
            return places, stamp
    raise Rejected("no_time", "--time", f"no column holds times; name one of: {', '.join(header)}")


def _texts(sample: Sequence[Sequence[str]], places: Sequence[int]) -> list[str]:
    return [joined(row, places) for row in sample]


def joined(row: Sequence[str], places: Sequence[int]) -> str:
    """The text of one or two columns that together say when."""
    return " ".join(row[place].strip() for place in places)


def _device(mapping: Mapping, header: Sequence[str]) -> int | None:
    if mapping.device:
        return list(header).index(mapping.device) if mapping.device in header else None
    return next((place for place, name in enumerate(header) if name.strip().lower() in DEVICES), None)


def _metrics(
    mapping: Mapping, header: Sequence[str], sample: Sequence[Sequence[str]], taken: set[int]
) -> dict[str, int]:
    labels = {_find(header, name, "--label") for name in mapping.label}
    if mapping.metrics:
        return {clean(name): _find(header, name, "--metrics") for name in mapping.metrics}
    found: dict[str, int] = {}
    for place, name in enumerate(header):
        if place in taken | labels or LABELS.fullmatch(name.strip()) or not _numeric(sample, place):
            continue
        key = clean(name)
        found[key if key not in found else f"{key[:60]}_{place}"] = place
    if not found or len(found) > MAX_METRICS:
        raise Rejected(
            "no_metrics", "--metrics", f"{len(found)} numeric columns found; name them, at most {MAX_METRICS}"
        )
    return found


def _numeric(sample: Sequence[Sequence[str]], place: int) -> bool:
    try:
        return any(number(row[place]) is not None for row in sample)
    except ValueError:
        return False
