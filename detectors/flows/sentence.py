"""What a flow finding says to a person: the device, how many flows, which was the oddest and why, what is usual."""

from __future__ import annotations

import re
from typing import NamedTuple

from detectors.baseline.sentence import listed, number, span
from detectors.flows.columns import NUMBERS, TOLD, WORDS, Flow
from detectors.flows.parameters import KIND
from detectors.flows.usual import Usual

NAMED = dict(zip(TOLD, (*NUMBERS, *WORDS), strict=True))
MENTION = re.compile(rf"\b({'|'.join(TOLD)})s?\b")
UNANSWERED = frozenset({"S0", "SH"})
ENDS = {"REJ": "rejected", "RSTO": "reset", "RSTR": "reset", "RSTOS0": "reset", "RSTRH": "reset"}


class Told(NamedTuple):
    """A finding's words."""

    kind: str
    title: str
    explanation: str


def mentioned(view: str) -> tuple[str, ...]:
    """The columns that what the traffic detector said is about, in its order; none where it is about how many flows there are."""
    return tuple(dict.fromkeys(NAMED[name] for name in MENTION.findall(view)))


def kind_of(view: str) -> str:
    """Findings of one kind say the same: the column that is odd, or `many` (flows, targets), `together` (numbers) and `risk` (alone)."""
    if view.startswith("many"):
        return f"{KIND}.many"
    about = mentioned(view)
    return f"{KIND}.{about[0] if about else 'together' if view else 'risk'}"


def summary(flow: Flow) -> str:
    """A flow in one line."""
    peer, port, protocol, service, state, direction = flow.words
    way = "from" if direction == "inbound" else "to"
    where = f", port {port}" if port else ""
    ended = "unanswered" if state in UNANSWERED else ENDS.get(state, "")
    parts = [f"{protocol} {way} {peer}{where}{f' ({service})' if service else ''}", ended, _size(flow)]
    return ", ".join(part for part in parts if part)


def _size(flow: Flow) -> str:
    sent, received, duration_s = (
        flow.number(name) for name in ("bytes_sent", "bytes_received", "duration_s")
    )
    bytes_ = "" if sent is None or received is None else f"{number(sent)} bytes out and {number(received)} in"
    lasted = "" if duration_s is None else f"in {number(duration_s)} s"
    return " ".join(part for part in (bytes_, lasted) if part)


def describe(
    device: str, counts: tuple[int, int], lasted_s: float, oddest: tuple[Flow, str], usual: Usual
) -> Told:
    """A finding in words; `counts` are the device's odd flows and all its flows since the first odd one."""
    odd, flows = counts
    flow, view = oddest
    about = mentioned(view)
    many = f"{odd:,} unusual network flow{'' if odd == 1 else 's'}"
    why = f": {view}" if view else ": it is known to be risky"
    common = "; ".join(part for part in (usual_text(column, device, usual) for column in about[:2]) if part)
    return Told(
        kind=kind_of(view),
        title=f"{device} has unusual network flows{_about(flow, about)}",
        explanation=f"{device} had {many} in {span(lasted_s)}, of {flows:,} in all. The oddest is {summary(flow)}{why}."
        f"{f' Usual is {common}.' if common else ''}",
    )


def _about(flow: Flow, about: tuple[str, ...]) -> str:
    """What the title names: a word that is odd and short; addresses are not for titles."""
    named = next(
        (column for column in about if column in WORDS and column != "peer" and flow.word(column)), ""
    )
    return f" ({named} {flow.word(named)})" if named else ""


def usual_text(column: str, device: str, usual: Usual) -> str:
    """What is usual of a column, in words; empty where nothing is known of it."""
    if column in NUMBERS:
        extent = usual.extent(column)
        name = TOLD[NUMBERS.index(column)]
        unit = " s" if column == "duration_s" else ""
        return f"{name} {number(extent.low)} to {number(extent.high)}{unit}" if extent else ""
    shares = common_text(column, device, usual)
    return f"{column} {shares}" if shares else ""


def common_text(column: str, device: str, usual: Usual) -> str:
    """The most frequent words of a column with their shares; of peers the device's own, for no other's are comparable."""
    found = usual.common(column, device if column == "peer" else "")
    return listed([f"{word or 'none'} ({100 * share:.0f}%)" for word, share in found])
