"""Measured values as a person reads them: a unit and at most three significant digits. Counts of things stay exact."""

from __future__ import annotations

import math

UNITS = {
    "c": "°C",
    "pct": "%",
    "mb": "MB",
    "kb": "kB",
    "kbps": "kbit/s",
    "mbps": "Mbit/s",
    "s": "s",
    "ms": "ms",
    "v": "V",
    "a": "A",
    "w": "W",
    "hz": "Hz",
    "rpm": "rpm",
}
LONG_S = 120
LARGE = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e4, "k"))


def count(value: int) -> str:
    """A number of things, exact, in groups of three digits: `12,345`."""
    return f"{value:,}"


def counted(value: int, noun: str, plural: str = "") -> str:
    """A number of named things: `1 alert`, `12,345 alerts`; `plural` only where an s does not do."""
    return f"{count(value)} {noun if value == 1 else plural or noun + 's'}"


def figure(value: float | None) -> str:
    """A measured number with at most three significant digits: `0.412`, `48`, `1.23 M`; `unknown` for None and NaN."""
    if value is None or math.isnan(value):
        return "unknown"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    rounded = float(f"{value:.3g}")
    for size, prefix in LARGE:
        if abs(rounded) >= size and size < 1e15:
            return f"{_plain(float(f'{rounded / _step(size):.3g}'))} {prefix}"
    return _plain(rounded)


def _step(size: float) -> float:
    return 1e3 if size == 1e4 else size


def _plain(value: float) -> str:
    if value == 0:
        return "0"
    if abs(value) < 1e-4 or abs(value) >= 1e6:
        return f"{value:.3g}"
    decimals = max(0, 2 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def unit_of(metric: str) -> str:
    """The unit a metric's name ends in (`tx_kbps` -> `kbit/s`), empty where it names none."""
    return UNITS.get(metric.rpartition("_")[2], "") if "_" in metric else ""


def label_of(metric: str) -> str:
    """A metric's name without its unit, in words: `memory_mb` -> `memory`."""
    stem, _, suffix = metric.rpartition("_")
    return (stem if stem and suffix in UNITS else metric).replace("_", " ")


def quantity(value: float | None, metric: str) -> str:
    """A metric's value with its unit: `quantity(48.31, "tx_kbps")` is `48.3 kbit/s`."""
    unit = unit_of(metric)
    if unit == "s" and value is not None and LONG_S <= abs(value) < math.inf:
        return lasting(value)
    if not unit or value is None:
        return figure(value)
    # Two prefixes on one number (`21.6 k kbit/s`) read badly.
    rounded = float(f"{value:.3g}")
    return f"{_plain(rounded) if 1e4 <= abs(rounded) < 1e6 else figure(value)} {unit}"


def extent(low: float, high: float, metric: str) -> str:
    """From one value of a metric to another: `812 to 971 kbit/s`, `90 s to 20 min`, `-2 min to 30 s`."""
    of_time = unit_of(metric) == "s" and LONG_S <= max(abs(low), abs(high)) < math.inf
    return f"{quantity(low, metric) if of_time else figure(low)} to {quantity(high, metric)}"


def lasting(seconds: float) -> str:
    """A duration with three digits at most, in the unit that fits: `3.5 min`, `16 h`."""
    for most, unit_s, unit in ((2 * 3600, 60, "min"), (2 * 86_400, 3600, "h")):
        if abs(seconds) < most:
            return f"{figure(seconds / unit_s)} {unit}"
    return f"{figure(seconds / 86_400)} days"


def share(part: int, whole: int) -> str:
    """`part` of `whole` in percent; never rounded to 0 % or 100 % when it is not."""
    if whole <= 0:
        return "unknown"
    percent = 100 * part / whole
    if 0 < percent < 0.1:
        return "<0.1 %"
    if 99.9 < percent < 100:
        return ">99.9 %"
    return f"{figure(percent)} %"


def points(fraction: float) -> str:
    """A difference of two shares in percentage points, signed: `+4.2 points`."""
    return f"{'+' if fraction > 0 else ''}{figure(100 * fraction)} points"
