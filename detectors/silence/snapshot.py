"""Everything known of reports as bytes and back, never a pickle; equal states have equal bytes.

Layout: magic, length of the header (8 bytes, big-endian), header in JSON, the arrays one after the other.
"""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from detectors.silence import layout, week
from detectors.silence.heartbeats import Heartbeats
from detectors.silence.parameters import DEFAULTS, VERSION, Parameters
from schemas.errors import Fatal

MAGIC = b"VSL1"


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What the arrays mean."""

    version: int
    used: int
    cohorts: int
    places: int
    totals: tuple[int, ...]


def encode(beats: Heartbeats) -> bytes:
    """The state as bytes; a copy, so the state may change at once."""
    header = Header(
        version=VERSION,
        used=beats.used,
        cohorts=len(beats.cohorts),
        places=len(beats.places),
        totals=tuple(beats.totals.tolist()),
    )
    head = msgspec.json.encode(header)
    return b"".join([MAGIC, len(head).to_bytes(8, "big"), head, *(part.tobytes() for part in _parts(beats))])


def decode(data: bytes | memoryview, parameters: Parameters = DEFAULTS) -> Heartbeats:
    """The state of `encode`; Fatal where the bytes are not a state of this very version, whole to the last byte."""
    beats = Heartbeats(parameters)
    try:
        if data[:4] != MAGIC:
            raise ValueError("wrong magic")
        end = 12 + int.from_bytes(data[4:12], "big")
        header = msgspec.json.decode(data[12:end], type=Header)
        if header.version != VERSION:
            raise ValueError(f"it is of version {header.version}, not {VERSION}")
        if min(header.used, header.cohorts - 1, header.places - 1) < 0:
            raise ValueError("its header has numbers that are too small")
        if len(data) - end != _size(header) or len(header.totals) != layout.TOTALS:
            raise ValueError("it is cut off or too long")
        _restore(beats, header, memoryview(data)[end:])
    except (ValueError, msgspec.MsgspecError) as error:
        raise Fatal(f"a snapshot of silence cannot be read: {error}") from None
    return beats


def _parts(beats: Heartbeats) -> tuple[npt.NDArray[Any], ...]:
    return (
        *(beats.heads[: beats.used], beats.hours[: beats.used], beats.soons[: _chunks(beats.used)]),
        *(beats.cohorts, beats.cohort_hours, beats.places),
    )


def _chunks(used: int) -> int:
    return -(-used // layout.CHUNK)


def _size(header: Header) -> int:
    device = layout.HEAD.itemsize + week.HOURS_BYTES
    cohort = layout.COHORT.itemsize + week.COHORT_CELLS
    chunks = 8 * _chunks(header.used)
    return chunks + header.used * device + header.cohorts * cohort + header.places * layout.PLACE.itemsize


def _restore(beats: Heartbeats, header: Header, data: memoryview) -> None:
    slots = np.arange(header.used)
    beats.enrol(slots, np.full(header.used, header.cohorts - 1), np.full(header.used, header.places - 1))
    beats.cohorts = np.zeros(header.cohorts, layout.COHORT)
    beats.cohort_hours = np.zeros((header.cohorts, week.COHORT_CELLS), np.uint8)
    beats.places = np.zeros(header.places, layout.PLACE)
    start = 0
    for part in _parts(beats):
        part[...] = np.frombuffer(data, part.dtype, part.size, start).reshape(part.shape)
        start += part.nbytes
    if header.used and (
        beats.heads["cohort"].max() >= header.cohorts or beats.heads["place"].max() >= header.places
    ):
        raise ValueError("a device is of a group that it does not have")
    beats.totals[:] = header.totals
