"""Detection over history: the same detectors as live, one state a partition and setup, records in the order of the log.

Baselines, silence, cohorts and clocks see telemetry only, rules and flows security events only, so each topic in its own order gives
exactly what live detection found, however the two were interleaved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc
from confluent_kafka import Message

from detectors.baseline.parameters import DEFAULTS, Parameters
from detectors.baseline.parameters import DETECTOR as BASELINE
from detectors.clocks.parameters import DETECTOR as CLOCK
from detectors.cohorts.parameters import DETECTOR as COHORT
from detectors.flows.detector import Flows
from detectors.rules.engine import Engine
from detectors.rules.rule import Rule
from detectors.silence.parameters import DETECTOR as SILENCE
from detectors.state import State
from detectors.variant.variant import Variant
from schemas import telemetry
from schemas.errors import Rejected
from schemas.event import Envelope
from schemas.roll_back import RollBack, RollBackAsked, is_roll_back
from schemas.security import SECURITY_EVENTS, SecurityEvent
from streams.log.learning import learn_flows_again
from streams.what_if.chunk import Partition, Placed
from streams.what_if.found import Found
from streams.what_if.history import STEP, History, Watch, Written

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Look = Callable[[int, int, int, pa.RecordBatch], None]


@dataclass(frozen=True, slots=True)
class Setup:
    """Detectors to run: the baseline's numbers (None: off), the rules, and which of the others tell what they find."""

    baseline: Parameters | None
    rules: tuple[Rule, ...]
    silence: bool = True
    cohorts: bool = True
    clocks: bool = True
    flows: bool = True

    @classmethod
    def of(cls, variant: Variant) -> Setup:
        """What a variant runs."""
        tells = (variant.silence.on, variant.cohorts.on, variant.clocks.on, variant.flows.on)
        return cls(variant.parameters(), variant.rule_set(), *tells)

    @property
    def run(self) -> Parameters:
        """The baseline that is run; where it is off one runs all the same, for the others do not depend on its numbers."""
        return self.baseline or DEFAULTS

    def chosen(self, findings: Iterable[Found]) -> list[Found]:
        """Of what was found with `run`, all but what detectors found that are switched off."""
        baseline = self.baseline is not None
        switches = {BASELINE: baseline, SILENCE: self.silence, COHORT: self.cohorts, CLOCK: self.clocks}
        off = {name for name, is_on in switches.items() if not is_on}
        return [one for one in findings if getattr(one.detection.data, "detector", "") not in off]


@dataclass(slots=True)
class Scanned:
    """What telemetry gave: findings of each baseline, events, the event times of the first and the newest batch."""

    findings: dict[Parameters, list[Found]]
    events: int = 0
    first: datetime | None = None
    newest: datetime | None = None

    def add(self, findings: Iterable[tuple[Parameters, Found]]) -> None:
        """Keep findings."""
        for baseline, found in findings:
            self.findings[baseline].append(found)

    def reach(self, batch: pa.RecordBatch) -> None:
        """Count a batch and its newest event time."""
        self.events += batch.num_rows
        if batch.num_rows:
            newest_us = pc.max(batch.column("event_time").cast(pa.int64())).as_py()
            newest = EPOCH + timedelta(microseconds=newest_us)
            self.first = newest if self.first is None else min(self.first, newest)
            self.newest = newest if self.newest is None else max(self.newest, newest)


def scan_telemetry(
    history: History, watch: Watch, baselines: set[Parameters], look: Look | None = None
) -> Scanned:
    """Run every baseline, and silence, cohorts and clocks beside each, over all telemetry.

    `look` sees each batch too (partition, offset, written_ms, batch).
    """
    scanned = Scanned({one: [] for one in baselines})
    partitions: dict[int, Partition] = {}
    for message, batch in _batches(history, watch, scanned):
        number, written_ms = message.partition(), int(message.timestamp()[1])
        if number not in partitions:
            partitions[number] = Partition(number, {one: State(one) for one in baselines})
        if is_roll_back(batch):
            scanned.add(partitions[number].roll_back(history.stretches(), message.offset()))
            continue
        scanned.add(partitions[number].take(Placed(message.offset(), written_ms, batch)))
        if look is not None:
            look(number, message.offset(), written_ms, batch)
    for partition in partitions.values():
        scanned.add(partition.settle())
    return scanned


def _batches(history: History, watch: Watch, scanned: Scanned) -> Iterator[tuple[Message, pa.RecordBatch]]:
    """Every batch there is; what is none went to the dead letters when it was live."""
    read = rows = 0
    for message in history.messages(telemetry.TOPIC):
        read += 1
        try:
            batch = telemetry.decode(message.value() or b"")
        except Rejected:
            continue
        yield message, batch
        rows += batch.num_rows
        scanned.reach(batch)
        if read >= STEP:
            watch.read(read, rows, scanned.newest)
            read = rows = 0
    watch.read(read, rows, scanned.newest)


def scan_events(history: History, setups: list[Setup]) -> list[list[Found]]:
    """Run every setup's rules over all security events, and the flow detector once for all that tell of flows; the findings of each."""
    engines = [dict[int, Engine]() for _ in setups]
    flows: dict[int, Flows] = {}
    findings: list[list[Found]] = [[] for _ in setups]
    wanted = any(setup.flows for setup in setups)
    for event in history.events(SECURITY_EVENTS):
        if isinstance(event.envelope.data, RollBackAsked) and event.partition in flows:
            _learn_again(history, flows, event, event.envelope.data.asked)
        if not isinstance(event.envelope.data, SecurityEvent):
            continue
        unusual: list[Envelope] = []
        if wanted:
            unusual = flows.setdefault(event.partition, Flows()).observe(event.envelope, event.origin)
        for setup, engine, found in zip(setups, engines, findings, strict=True):
            one = engine.setdefault(event.partition, Engine(setup.rules))
            raised = one.observe(event.envelope, event.origin) + (unusual if setup.flows else [])
            found += [Found(event.partition, event.written_ms, detection) for detection in raised]
    return findings


def _learn_again(history: History, flows: dict[int, Flows], event: Written, asked: RollBack) -> None:
    number = event.partition
    again = learn_flows_again(flows[number], history.stretches(), number, event.offset, asked)
    if again is not None:
        flows[number] = again.flows
