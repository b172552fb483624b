"""What a flow finding says to a person: the device, how many flows, which was the oddest and why, what is usual."""

from __future__ import annotations

import re
from typing import NamedTuple

from detectors.baseline.sentence import listed, number, span
from detectors.flows.columns import NUMBERS, TOLD, WORDS, Flow
from detectors.flows.crowd import Crowd
from detectors.flows.parameters import KIND, KNOWN_RISK, SHARED
from detectors.flows.usual import Usual

COLUMN = dict(zip(TOLD, (*NUMBERS, *WORDS), strict=True))
MENTION = re.compile(rf"\b({'|'.join(TOLD)})s?\b")
UNANSWERED = frozenset({"S0", "SH"})
ENDS = {"REJ": "rejected", "RSTO": "reset", "RSTR": "reset", "RSTOS0": "reset", "RSTRH": "reset"}
NAMED = 3


class Oddest(NamedTuple):
    """The oddest flow of a finding, what the traffic detector said of it, and how risky it is known to be (nats)."""

    flow: Flow
    view: str
    risk: float

    @property
    def is_known(self) -> bool:
        """Whether attacks are known for such flows."""
        return self.risk >= KNOWN_RISK


class Told(NamedTuple):
    """A finding's words."""

    kind: str
    title: str
    explanation: str


def mentioned(view: str) -> tuple[str, ...]:
    """The columns that what the traffic detector said is about, in its order; none where it is about how many flows there are."""
    return tuple(dict.fromkeys(COLUMN[name] for name in MENTION.findall(view)))


def kind_of(oddest: Oddest) -> str:
    """Findings of one kind say the same: `known` (of attacks), `many` (flows, targets), the odd column, or `together` (of numbers)."""
    if oddest.is_known:
        return f"{KIND}.known"
    if oddest.view.startswith("many"):
        return f"{KIND}.many"
    about = mentioned(oddest.view)
    return f"{KIND}.{about[0] if about else 'together'}"


def summary(flow: Flow) -> str:
    """A flow in one line."""
    port, protocol, service, state, direction = flow.words
    way = "from" if direction == "inbound" else "to"
    where = f", port {port}" if port else ""
    ended = "unanswered" if state in UNANSWERED else ENDS.get(state, "")
    parts = [f"{protocol} {way} {flow.peer}{where}{f' ({service})' if service else ''}", ended, _size(flow)]
    return ", ".join(part for part in parts if part)


def _size(flow: Flow) -> str:
    sent, received = flow.number("bytes_sent"), flow.number("bytes_received")
    duration_s = flow.number("duration_s")
    carried = (
        ""
        if sent is None or received is None
        else f"{number(sent)} bytes sent and {number(received)} received"
    )
    lasted = "" if duration_s is None else f"in {number(duration_s)} s"
    return " ".join(part for part in (carried, lasted) if part)


def describe(device: str, counts: tuple[int, int], lasted_s: float, oddest: Oddest, usual: Usual) -> Told:
    """A finding on one device; `counts` are its odd flows and all its flows since the first odd one."""
    odd, flows = counts
    what = "network flows that attacks are known for" if oddest.is_known else "unusual network flows"
    about = ("port", "service") if oddest.is_known else mentioned(oddest.view)
    named = next((column for column in about if column in WORDS and oddest.flow.word(column)), "")
    return Told(
        kind=kind_of(oddest),
        title=f"{device} has {what}{f' ({named} {oddest.flow.word(named)})' if named else ''}",
        explanation=f"{device} had {odd:,} unusual network flow{'' if odd == 1 else 's'} in {span(lasted_s)}, of {flows:,} in all."
        f" {_why(oddest, usual)}",
    )


def describe_shared(device: str, crowd: Crowd, oddest: Oddest, usual: Usual) -> Told:
    """A finding on many devices, one of which completed it."""
    count, others = len(crowd.suspects), [one for one in crowd.suspects if one != device]
    more = [f"{len(others) - NAMED:,} more"] if len(others) > NAMED else []
    return Told(
        kind=SHARED,
        title=f"Network flows of {count:,} of {crowd.devices:,} devices became unusual together",
        explanation=f"{count:,} of the {crowd.devices:,} devices with flows in the last hour have unusual ones:"
        f" {listed([device, *others[:NAMED], *more])}. The cause is more likely outside of them (the network, a service they use, an"
        f" update), if nothing spreads among them. {_why(oddest, usual)}",
    )


def _why(oddest: Oddest, usual: Usual) -> str:
    """The oddest flow, what is odd about it, and what is usual."""
    about = mentioned(oddest.view)[:2]
    common = "; ".join(text for text in (usual_text(column, usual) for column in about) if text)
    reasons = ["attacks are known for such flows"] if oddest.is_known else []
    told = ", and ".join([*reasons, *([oddest.view] if oddest.view else [])])
    return f"The oddest is {summary(oddest.flow)}{f': {told}' if told else ''}.{f' Usual: {common}.' if common else ''}"


def usual_text(column: str, usual: Usual) -> str:
    """What is usual of a column, in words; empty where nothing is known of it."""
    if column in WORDS:
        shares = common_text(column, usual)
        return f"{column} {shares}" if shares else ""
    extent = usual.extent(column)
    unit = " s" if column == "duration_s" else ""
    name = TOLD[NUMBERS.index(column)]
    return f"{name} {number(extent.low)} to {number(extent.high)}{unit}" if extent else ""


def common_text(column: str, usual: Usual) -> str:
    """The most frequent words of a column with their shares."""
    return listed([f"{word or 'none'} ({100 * share:.0f}%)" for word, share in usual.common(column)])
