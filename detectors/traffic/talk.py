"""What was said in each event, by columns' names: whether bytes went both ways, and whether a protocol was recognised."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

BACK = (
    "resp_bytes",
    "dst_bytes",
    "dbytes",
    "bytes_in",
    "received",
    "resp_pkts",
    "dpkts",
    "total backward packets",
    "tot bwd pkts",
)
FORTH = ("orig_bytes", "src_bytes", "sbytes", "bytes_out", "sent")
SPOKEN = {"irc": 3.0, "telnet": 3.0, "ssh": 0.5, "private": 0.7}
UNRECOGNISED = "-"  # the service where somebody looked and found none; an empty one is nobody's word
WELL_KNOWN = frozenset(("80", "443", "465", "993", "995", "8443"))


def numbers_named(numbers: Mapping[str, Any], wanted: tuple[str, ...]) -> Any:
    """The first numeric column of these names."""
    names = {name.strip().lower(): name for name in numbers}
    return next((numbers[names[name]] for name in wanted if name in names), None)


def each(column: Sequence[str], told: Callable[[str], float]) -> npt.NDArray[np.float64]:
    """What is told of each text; each distinct one is asked once."""
    known: dict[str, float] = {}
    return np.array([known[text] if text in known else known.setdefault(text, told(text)) for text in column])


def service_risk(text: str) -> float:
    """The risk of an application protocol."""
    return SPOKEN.get(text.strip().lower(), 0.0)


def both_talked(count: int, numbers: Mapping[str, Any]) -> npt.NDArray[np.bool_]:
    """Whether bytes went both ways; nobody's word is no."""
    forth, back = numbers_named(numbers, FORTH), numbers_named(numbers, BACK)
    if forth is None or back is None:
        return np.zeros(count, np.bool_)
    return np.asarray((np.nan_to_num(forth) > 0) & (np.nan_to_num(back) > 0))


def spoken(count: int, service: Sequence[str] | None) -> npt.NDArray[np.bool_]:
    """Whether a protocol was recognised in each event that is no risk by itself."""
    if service is None:
        return np.zeros(count, np.bool_)
    named = each(service, lambda text: float(text.strip() not in ("", UNRECOGNISED)))
    return np.asarray((named > 0) & (each(service, service_risk) == 0))


def unspoken(count: int, service: Any, port: Any, protocol: Any) -> npt.NDArray[np.bool_]:
    """Whether no protocol was recognised in each event on a TCP port where one is; nobody's word is no."""
    if service is None or port is None or protocol is None:
        return np.zeros(count, np.bool_)
    silent = each(service, lambda text: float(text.strip() == UNRECOGNISED)) > 0
    expected = each(port, lambda text: float(text.strip() in WELL_KNOWN)) > 0
    return np.asarray(
        silent & expected & (each(protocol, lambda text: float(text.strip().lower() in ("tcp", "6"))) > 0)
    )
