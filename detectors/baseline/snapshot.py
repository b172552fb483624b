"""A block of baselines as bytes and back: a header in JSON, then the arrays as they are.

Layout: length of the header (8 bytes, big-endian), header, arrays one after the other. Equal blocks have equal bytes.
"""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from detectors.baseline import row
from detectors.baseline.block import Block

# Of a device's row, so that a snapshot of another layout is not taken for one of this.
LAYOUT = " ".join([f"{row.LANES} float32:", *row.NAMES])
COUNTS = ("scored", "late", "infinite", "unmodelled", "forgotten")


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What the arrays mean."""

    devices: int
    text: int
    tenants: list[str]
    metrics: list[str]
    cohorts: list[tuple[str, str, str]]
    counts: dict[str, int]


def encode(block: Block) -> list[bytes | memoryview]:
    """The block as bytes, in pieces that are views of it: copy them before it changes."""
    names, used = block.names, block.devices
    header = Header(
        devices=used,
        text=names.text_used,
        tenants=list(names.tenants),
        metrics=list(block.metric_columns),
        cohorts=list(block.cohort_numbers),
        counts={name: getattr(block, name) for name in COUNTS},
    )
    head = msgspec.json.encode(header)
    arrays = (
        block.used_cells(),
        block.heads[:used],
        names.names[:used],
        names.text[: names.text_used],
        *block.cohort_arrays(),
    )
    return [len(head).to_bytes(8, "big"), head, *(array.view(np.uint8).data for array in arrays)]


def restore(block: Block, data: memoryview) -> None:
    """Put `encode`'s bytes into an empty block; ValueError, KeyError or MsgspecError where they are none, whole to the last byte."""
    end = 8 + int.from_bytes(data[:8], "big")
    header = msgspec.json.decode(data[8:end], type=Header)
    _prepare(block, header)
    names = block.names
    arrays: tuple[Any, ...] = (
        block.used_cells(),
        block.heads[: names.used],
        names.names[: names.used],
        names.text[: header.text],
        *block.cohort_arrays(),
    )
    _fill(arrays, data[end:])
    ends = names.names["start"][: names.used].astype(np.int64) + names.names["length"][: names.used]
    if names.used and (ends.max() > header.text or names.names["length"].min() < 0):
        raise ValueError("its names lie outside of their text")
    if names.used and names.names["tenant"][: names.used].max() >= len(header.tenants):
        raise ValueError("a device has no tenant")
    names.index()


def _prepare(block: Block, header: Header) -> None:
    if min(header.devices, header.text) < 0 or header.devices > block.most_bytes:
        raise ValueError("its header has impossible numbers")
    block.metric_columns = {metric: column for column, metric in enumerate(header.metrics)}
    block.cohort_numbers = {cohort: number for number, cohort in enumerate(header.cohorts)}
    for name in COUNTS:
        setattr(block, name, header.counts[name])
    block.reserve(header.devices, header.text, -(-len(header.metrics) // row.LANES))
    names = block.names
    names.tenants = {tenant: number for number, tenant in enumerate(header.tenants)}
    names.used, names.text_used = header.devices, header.text


def _fill(arrays: tuple[Any, ...], data: memoryview) -> None:
    if sum(array.nbytes for array in arrays) != len(data):
        raise ValueError("its arrays have another length")
    for array in arrays:
        array[...] = np.frombuffer(data[: array.nbytes], array.dtype).reshape(array.shape)
        data = data[array.nbytes :]
