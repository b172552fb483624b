"""Everything detection knows of one partition, and the one way in: telemetry and security events in, findings out.

Whoever runs detection (its worker, a replay, a what-if, a bench) calls these two functions and nothing below them, so that all run the same
detectors. Telemetry teaches what judges telemetry and events what judges events; neither sees the other, so the state after a
prefix of each input is the same however the two were interleaved.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from detectors.baseline import detector as baseline
from detectors.baseline import parameters as baseline_parameters
from detectors.baseline.block import Block
from detectors.baseline.columns import columns_of
from detectors.baseline.parameters import DEFAULTS, Parameters
from detectors.clocks import parameters as clock_parameters
from detectors.clocks.detector import Watch
from detectors.cohorts import detector as cohort
from detectors.cohorts import parameters as cohort_parameters
from detectors.cohorts.cohorts import Cohorts
from detectors.flows import detector as flows
from detectors.flows import parameters as flow_parameters
from detectors.flows.detector import Flows
from detectors.rules.engine import RULES, Engine
from detectors.rules.rule import Rule
from detectors.silence import heartbeats
from detectors.silence import parameters as silence_parameters
from detectors.silence.detector import Presence
from schemas.event import Envelope

# The version of each detector but the rules, which have their own. Every finding carries it, so that whoever finds it again knows
# whether this is what found it.
VERSIONS = {
    baseline_parameters.DETECTOR: baseline_parameters.VERSION,
    silence_parameters.DETECTOR: silence_parameters.VERSION,
    cohort_parameters.DETECTOR: cohort_parameters.VERSION,
    flow_parameters.DETECTOR: flow_parameters.VERSION,
    clock_parameters.DETECTOR: clock_parameters.VERSION,
}


class State:
    """One partition's detectors; only one with the default parameters and rules may be made a snapshot of."""

    def __init__(self, parameters: Parameters = DEFAULTS, rules: tuple[Rule, ...] = RULES) -> None:
        self.block = Block(parameters)
        self.presence = Presence(self.block)
        self.watch = Watch(self.block)
        self.cohorts = Cohorts()
        self.block.followers.append(self.cohorts.keep)
        self.engine = Engine(rules)
        self.flows = Flows()

    @classmethod
    def of(cls, telemetry: State, events: State) -> State:
        """What telemetry taught one state and security events another, shared with both from now on."""
        made = cls.__new__(cls)
        made.block, made.presence, made.watch = telemetry.block, telemetry.presence, telemetry.watch
        made.cohorts = telemetry.cohorts
        made.engine, made.flows = events.engine, events.flows
        return made


def observe_telemetry(
    state: State, batch: pa.RecordBatch, origin: str, parts: Sequence[int] = ()
) -> list[Envelope]:
    """Score a batch, learn it, and return what it completed, first the baselines' findings, then those of silence, of
    clocks and of cohorts.

    `origin` names the record (`topic/partition/offset`). `parts` are the numbers of rows of the batches that this one was joined of, if it
    was (`detectors.joining`). Rejected, with nothing learned, where the batch is not what its schema says.
    """
    columns = columns_of(state.block, batch, parts)
    found = baseline.findings(state.block, batch, columns, origin)
    found += state.presence.findings(batch, columns, origin)
    found += state.watch.findings(batch, columns, origin)
    return found + cohort.findings(state.cohorts, state.block, batch, columns, origin)


def observe_event(state: State, envelope: Envelope, origin: str) -> list[Envelope]:
    """Take one security event and return what it completed; an id seen before is counted and changes nothing."""
    return state.engine.observe(envelope, origin) + state.flows.observe(envelope, origin)


def compile_all() -> None:
    """Compile everything now (seconds the first time, then from numba's cache) so that no record waits for it."""
    baseline.compile_all()
    heartbeats.compile_all()
    state = State()
    for device, value in (("a", 1.0), ("b", None)):
        observe_telemetry(state, baseline.sample(device, value), "")
    flows.compile_all()
