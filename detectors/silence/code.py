"""Durations as codes: 256 times the base-2 logarithm of seconds plus `SECOND`, linear between powers of two.

They are the upper bits of a float32, so equal on every machine.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from detectors.silence.compiled import inlined

SECOND, OCTAVE = 127 * 256, 256


@inlined
def code_of(gap_us: int) -> Any:
    """A duration as a code; less than a second is a second."""
    return max(np.int64(np.float32(gap_us * 1e-6).view(np.int32)) >> 15, SECOND)


@inlined
def us_of(code: int) -> Any:
    """The duration of a code in microseconds."""
    return np.int64(np.float64(np.int32(code << 15).view(np.float32)) * 1e6)


@inlined
def pause_of(code: Any) -> Any:
    """A code in eighths of an octave, rounded up."""
    return min((code - SECOND + 31) >> 5, 255)


def seconds_of(code: int) -> float:
    """The duration of a code in seconds; 0 for none."""
    octaves, part = divmod(code - SECOND, OCTAVE)
    return float(2.0**octaves * (1 + part / OCTAVE)) if code else 0.0


def all_seconds_of(codes: Any) -> Any:
    """The durations of an array of codes in seconds."""
    steps = codes.astype(np.int64) - SECOND
    return np.where(codes > 0, np.ldexp(1 + steps % OCTAVE / OCTAVE, steps // OCTAVE), 0.0)
