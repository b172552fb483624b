"""One what-if from the log to its result: history is run twice, as it was and as it would have been, and the two are compared.

The unchanged run is not taken from the log but derived like the other, so every difference comes from the variant alone; that it
equals what is on the log is checked each time and told (`Result.check`).
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

from detectors.variant.changes import GateChange
from detectors.variant.variant import Variant
from schemas.rollout import GateJudged
from schemas.settings import Settings
from schemas.what_if import Check, Count, Result
from streams.log.provenance import parse
from streams.what_if import course as courses
from streams.what_if.course import Course
from streams.what_if.detection import Scanned, Setup, scan_events, scan_telemetry
from streams.what_if.difference import alerts_of, compare_alerts, compare_devices, compare_gates, decisions_of
from streams.what_if.facts import Facts, envelopes
from streams.what_if.found import Found
from streams.what_if.gate import Gate, Prefix, decisive, prefix_of
from streams.what_if.history import Ends, History, Watch, Written, first_of_each
from streams.what_if.sentence import summary
from streams.what_if.stages import Key, Reports, StageLog, stages_in

AS_IT_WAS = Variant()


@dataclass(frozen=True, slots=True)
class Gates:
    """The stages of the stretch, their devices' reports, and the verdicts on the log."""

    stages: list[StageLog]
    reports: Reports
    verdicts: list[Written]

    def first(self, change: GateChange) -> dict[Key, GateJudged | None]:
        """The verdict on each stage that decides, under a changed policy."""
        return {stage.key: decisive(self.gate(stage, change)) for stage in self.stages}

    def gate(self, stage: StageLog, change: GateChange) -> Gate:
        """The gate of one stage."""
        return Gate(stage, self.reports.reached(stage.key[0]), change)

    def check(self, ends: Ends) -> Check:
        """How many of the stages' verdicts on the log are what the gate says at the prefix they name, if that was read."""
        gates = {stage.key: self.gate(stage, GateChange()) for stage in self.stages}
        facts = equal = 0
        for one in first_of_each(self.verdicts):
            data = one.envelope.data
            if not isinstance(data, GateJudged):
                continue
            gate = gates.get((one.envelope.tenant, data.rollout, data.stage))
            if gate is not None and _was_read(prefix_of(data), ends):
                facts += 1
                equal += gate.judged(prefix_of(data)) == data
        return Check(facts=facts, equal=equal)


def _was_read(prefix: Prefix, ends: Ends) -> bool:
    read = ends["telemetry"]
    return all(end <= read.get(number, 0) for number, end in prefix.telemetry.items())


def run(settings: Settings, variant: Variant, history: History, watch: Watch) -> Result:
    """Run a what-if over this history. Raises Retryable where Kafka does not answer and whatever `watch` raises."""
    started = time.monotonic()
    gates = _gates(history, variant)
    unchanged, changed = (Setup.of(one) for one in (AS_IT_WAS, variant))
    scanned = scan_telemetry(
        history,
        watch,
        {unchanged.run, changed.run},
        gates.reports.look if gates.stages else None,
    )
    by_events = scan_events(history, [unchanged, changed])
    facts = Facts.read(history)
    as_it_was, as_would_be = (
        _course(facts, scanned, setup, found, (variant, change), settings)
        for setup, found, change in (
            (unchanged, by_events[0], AS_IT_WAS),
            (changed, by_events[1], variant),
        )
    )
    seconds = time.monotonic() - started
    return _result(variant, facts, (as_it_was, as_would_be), gates, scanned, history, seconds, settings)


def _gates(history: History, variant: Variant) -> Gates:
    stages = stages_in(history.events("rollouts"), variant)
    return Gates(stages, Reports(stages), [*history.events("gate-verdicts")])


def _course(
    facts: Facts,
    scanned: Scanned,
    setup: Setup,
    by_events: list[Found],
    variants: tuple[Variant, Variant],
    settings: Settings,
) -> Course:
    found = [setup.chosen(scanned.findings[setup.run]), by_events]
    return courses.course(facts, found, *variants, settings.max_decisions)


def _result(
    variant: Variant,
    facts: Facts,
    both: tuple[Course, Course],
    gates: Gates,
    scanned: Scanned,
    history: History,
    seconds: float,
    settings: Settings,
) -> Result:
    was, would_be = both
    alerts = [alerts_of(one.alerts) for one in both]
    devices = [decisions_of(one.decisions) for one in both]
    verdicts = [gates.first(change) for change in (GateChange(), variant.gate)]
    different = (
        compare_alerts(alerts[0], alerts[1], facts.verdicts()),
        compare_devices(devices[0], devices[1]),
        compare_gates(verdicts[0], verdicts[1]),
    )
    span_s = (scanned.newest - scanned.first).total_seconds() if scanned.newest and scanned.first else 0.0
    check = _checked(courses.actual(facts, variant), was, gates.check(history.ends))
    return Result(
        sentence=summary(*different, raised=len(alerts[0])),
        changes=variant.told(),
        since=variant.since,
        until=variant.until,
        alerts=Count(was=len(alerts[0]), would_be=len(alerts[1])),
        devices=Count(was=len(devices[0]), would_be=len(devices[1])),
        stages=Count(was=len(verdicts[0]), would_be=len(verdicts[1])),
        alert_differences=different[0],
        device_differences=different[1],
        gate_differences=different[2],
        check=check,
        notes=[*_notes(check, would_be, facts, settings)],
        events=scanned.events,
        records=history.total,
        seconds=round(seconds, 3),
        history_s=round(span_s, 3),
        speedup=round(span_s / seconds, 1),
    )


def _checked(actual: Course, derived: Course, gates: Check) -> Check:
    """What is on the log against the unchanged run; what only the run has counts as a fact that is not equal."""
    different = courses.differences(actual, derived)
    facts = len({event.id for one in (actual, derived) for event in (*one.alerts, *one.decisions)})
    return Check(facts=facts + gates.facts, equal=facts - len(different) + gates.equal)


def _notes(check: Check, would_be: Course, facts: Facts, settings: Settings) -> Iterable[str]:
    if check.equal < check.facts:
        yield (
            f"Without any change {check.facts - check.equal} of {check.facts} alert events, decisions and verdicts came out otherwise"
            " than they are on the log (other versions or settings then, or late arrivals): small differences may come from that."
        )
    if would_be.refused:
        yield f"{would_be.refused} actions of analysts were about something that would not have been there."
    limits = {
        known.settings.get("max_decisions", "")
        for one in envelopes(facts.decisions)
        if (known := parse(one.decider)) is not None
    } - {str(settings.max_decisions), ""}
    if limits:
        yield (
            f"Decisions on the log were made with VEDETTE_MAX_DECISIONS {', '.join(sorted(limits))}, this what-if starts from"
            f" {settings.max_decisions}."
        )
