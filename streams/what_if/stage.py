"""Triage or response over a stretch of history: what was decided before it is taken over, what comes in it is decided anew."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from detectors.decider import Decider
from schemas.errors import Rejected
from schemas.event import Envelope
from streams.what_if.alias import Aliases
from streams.what_if.order import Input


@dataclass(slots=True)
class Decided:
    """What a stage decided, in order, each with the input it follows from; `refused`: inputs about something that isn't there."""

    outputs: list[tuple[Input, Envelope]] = field(default_factory=list)
    refused: int = 0


def decide(decider: Decider[Any], inputs: Iterable[Input], aliases: Aliases) -> Decided:
    """Run a pure decider over one partition's inputs in order, as its live worker does.

    `aliases` learns what is decided and points a person's action to what stands in the place of the thing it was about.
    """
    state, decided = decider.initial(), Decided()
    for one in inputs:
        if one.settled:
            aliases.learn(one.envelope)
            state = decider.evolve(state, one.envelope)
            continue
        try:
            output = decider.decide(state, aliases.rename(one.envelope))
        except Rejected:
            decided.refused += 1
            continue
        if output is not None:
            output = msgspec.structs.replace(output, cause=one.origin)
            aliases.learn(output)
            state = decider.evolve(state, output)
            decided.outputs.append((one, output))
    return decided
