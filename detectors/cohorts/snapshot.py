"""Cohort models as bytes and back: a header in JSON, then the arrays as they are.

Layout: length of the header (8 bytes, big-endian), header, arrays one after the other. Equal states have equal bytes.
"""

from __future__ import annotations

import msgspec
import numpy as np

from detectors.cohorts import row
from detectors.cohorts.cohorts import Cohorts
from detectors.cohorts.parameters import MOST_COHORTS, MOST_GROUPS
from detectors.conformal import WIDTH

# Of the rows, so that a snapshot of another layout is not taken for one of this.
LAYOUT = f"{row.MEMBER_FIELDS} {row.COHORT_FIELDS} {row.MEMBER.itemsize} {row.COHORT.itemsize} {WIDTH}"


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What the arrays mean."""

    devices: int
    groups: int
    unmodelled: int
    cohorts: list[tuple[int, str]]


def encode(cohorts: Cohorts) -> list[bytes | memoryview]:
    """The models as bytes, in pieces that are views of them: copy them before they change."""
    header = Header(
        devices=cohorts.devices,
        groups=cohorts.groups,
        unmodelled=cohorts.unmodelled,
        cohorts=list(cohorts.numbers),
    )
    head = msgspec.json.encode(header)
    return [len(head).to_bytes(8, "big"), head, *(memoryview(one.tobytes()) for one in cohorts.used())]


def restore(cohorts: Cohorts, data: memoryview) -> None:
    """Put `encode`'s bytes into empty models; ValueError or MsgspecError where they are none, whole to the last byte."""
    end = 8 + int.from_bytes(data[:8], "big")
    header = msgspec.json.decode(data[8:end], type=Header)
    rest = data[end:]
    small = 0 <= header.groups <= MOST_GROUPS and len(header.cohorts) <= MOST_COHORTS
    if not small or not 0 <= header.devices * row.MEMBER.itemsize <= len(rest):
        raise ValueError("its header has impossible numbers")
    cohorts.numbers = {key: number for number, key in enumerate(header.cohorts)}
    cohorts.reserve(header.devices, len(header.cohorts), header.groups)
    cohorts.devices, cohorts.unmodelled = header.devices, header.unmodelled
    arrays = cohorts.used()
    if sum(array.nbytes for array in arrays) != len(rest):
        raise ValueError("its arrays have another length")
    for array in arrays:
        array[...] = np.frombuffer(rest[: array.nbytes], array.dtype).reshape(array.shape)
        rest = rest[array.nbytes :]
    of = cohorts.member_heads["cohort"][: cohorts.devices]
    if len(of) and not 0 <= of.min() <= of.max() < max(len(header.cohorts), 1):
        raise ValueError("a device is of a cohort that it does not have")
