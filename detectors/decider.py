"""What a decider is: a pure function from what it decided so far and one input to at most one consequence.

The state is the fold of the decider's own outputs (event sourcing: Fowler 2005; "decider", Chassaing 2021), so it can always be
rebuilt from the log and never disagrees with what was written. One input has at most one consequence, so a consequence is written
whole or not at all.
"""

from __future__ import annotations

from typing import Protocol, TypeVar

from schemas.event import Envelope

State = TypeVar("State")
# The version of each decider: a new one whenever some input would have another consequence than before. Every output carries it, so that
# whoever derives it again knows whether this is the code that decided.
VERSIONS = {"triage": 4, "response": 3, "gate": 1}


class Decider(Protocol[State]):
    """One decider; it reads no clock, no chance and nothing but its arguments.

    `decide` must not change the state. It raises Rejected for an input that makes no sense (an action on an alert there never was).
    `evolve` takes one own output and returns the state after it; it may reuse the object it was given, so the caller keeps only what is
    returned. The same output twice must leave the state as once.
    """

    def initial(self) -> State:
        """The state before anything was decided."""
        ...

    def decide(self, state: State, event: Envelope) -> Envelope | None:
        """The consequence of one input, or None; its id is derived from the input, its time is event time."""
        ...

    def evolve(self, state: State, output: Envelope) -> State:
        """The state after one own output."""
        ...
