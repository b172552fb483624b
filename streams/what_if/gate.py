"""The gate over one stage of history: its standing at any prefix of the log, and when it would first have let somebody act."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
import numpy as np

from detectors.gates.standing import EPOCH, Group, Standing
from detectors.gates.verdict import judge
from detectors.variant.changes import GateChange
from schemas.rollout import DeviceAssigned, GateJudged, GatePolicy, StageStarted
from schemas.topics import TOPICS
from streams.what_if.history import Written
from streams.what_if.stages import NO_COUNT, Numbers, StageLog, microseconds

# How often the gate is asked, in time of writing; fewer times where a stage lasted longer than `MOST_LOOKS` times that.
LOOK_MS, MOST_LOOKS = 1000, 600
DECISIVE = ("PROMOTE", "ROLLBACK")


@dataclass(frozen=True, slots=True)
class Prefix:
    """A prefix of the log: the first offset not included, on `rollouts` and in each partition of telemetry."""

    rollouts: int
    telemetry: Mapping[int, int]


class Gate:
    """One stage under one change of its policy."""

    def __init__(self, stage: StageLog, reached: Numbers, change: GateChange) -> None:
        self._stage, self._reached, self._change = stage, reached, change
        self._rows = np.concatenate(stage.rows) if stage.rows else np.zeros((0, 6), np.int64)

    def judged(self, prefix: Prefix) -> GateJudged | None:
        """The verdict at a prefix; None before a device was assigned."""
        events = [one for one in self._stage.events if one.offset < prefix.rollouts]
        if not any(isinstance(one.envelope.data, DeviceAssigned) for one in events):
            return None
        _, rollout, stage = self._stage.key
        return judge(rollout, stage, self._standing(events, prefix))

    def prefixes(self) -> Iterator[Prefix]:
        """Where the gate is asked: from the stage's first event until it was finished, or to where the log ends."""
        first, last = self._stage.events[0].written_ms, self._last_ms()
        step = max(LOOK_MS, (last - first) // MOST_LOOKS)
        for written_ms in (*range(first, last, step), last):
            yield self._at(written_ms)

    def _last_ms(self) -> int:
        finished = self._stage.finished
        if finished is not None:
            return finished.written_ms - 1
        return max(self._stage.events[-1].written_ms, int(self._reached[:, 2].max(initial=0)))

    def _at(self, written_ms: int) -> Prefix:
        events = [one.offset for one in self._stage.events if one.written_ms <= written_ms]
        rows = self._reached[self._reached[:, 2] <= written_ms]
        ends = {int(number): int(rows[rows[:, 0] == number, 1].max()) + 1 for number in np.unique(rows[:, 0])}
        return Prefix(max(events, default=-1) + 1, ends)

    def _standing(self, events: list[Written], prefix: Prefix) -> Standing:
        policies = sorted({_text(policy) for _, policy in self._assigned(events)})
        started = [one.envelope.data for one in events if isinstance(one.envelope.data, StageStarted)]
        reached = _within(self._reached, prefix)
        newest = {int(n): int(reached[reached[:, 0] == n, 3].max()) for n in np.unique(reached[:, 0])}
        ends = {int(n): int(reached[reached[:, 0] == n, 1].max()) + 1 for n in newest}
        happened_us = max(microseconds(one.envelope.time) for one in events)
        return Standing(
            policies=tuple(
                msgspec.json.decode(text, type=GatePolicy)
                for text in dict.fromkeys((policies[0], policies[-1]))
            ),
            groups=self._groups(events, _within(self._rows, prefix)),
            newest=_moment(max([happened_us, *newest.values()])),
            reached={number: _moment(us) for number, us in newest.items()},
            partitions=TOPICS["telemetry"].partitions,
            announced=(
                (max(one.treatment for one in started), max(one.control for one in started))
                if started
                else None
            ),
            frontier={
                "rollouts": {"0": max(one.offset for one in events) + 1},
                "telemetry": {str(number): end for number, end in ends.items()},
            },
        )

    def _assigned(self, events: list[Written]) -> Iterator[tuple[Written, GatePolicy]]:
        for one in events:
            if isinstance(one.envelope.data, DeviceAssigned):
                yield one, self._change.applied(one.envelope.data.policy)

    def _groups(self, events: list[Written], rows: Numbers) -> tuple[Group, ...]:
        """Devices that are alike, as the job's `device` view makes them."""
        size = len(self._stage.devices)
        at_us = np.full(size, np.iinfo(np.int64).max)
        soak_us, most_reboots = np.zeros(size, np.int64), np.full(size, np.iinfo(np.int64).max)
        arms: dict[int, set[Any]] = {}
        for one, policy in self._assigned(events):
            data = one.envelope.data
            number = self._stage.devices[data.device]  # type: ignore[attr-defined]
            at_us[number] = min(at_us[number], microseconds(one.envelope.time))
            soak_us[number] = max(soak_us[number], int(policy.soak_s * 1e6))
            most_reboots[number] = min(most_reboots[number], policy.max_reboots)
            arms.setdefault(number, set()).add(data.arm)  # type: ignore[attr-defined]
        last_us, place, reboots = _observed(rows, at_us)
        soaked = (last_us >= 0) & (last_us - np.where(last_us >= 0, at_us, 0) >= soak_us)
        groups = Counter(
            (
                min(arms[n]),
                len(arms[n]) > 1,
                bool(reboots[n] > most_reboots[n]),
                bool(soaked[n]),
                int(place[n]) if place[n] >= 0 else None,
                int(last_us[n] if last_us[n] >= at_us[n] else at_us[n]) // 1_000_000,
            )
            for n in arms
        )
        return tuple(
            Group(**dict(zip(Group.__struct_fields__, (*group, devices), strict=True)))
            for group, devices in groups.items()
        )


def decisive(gate: Gate) -> GateJudged | None:
    """The first verdict that lets somebody act, else the last one; None where there is none at all."""
    verdict = None
    for prefix in gate.prefixes():
        verdict = gate.judged(prefix) or verdict
        if verdict is not None and verdict.outcome in DECISIVE:
            break
    return verdict


def prefix_of(verdict: GateJudged) -> Prefix:
    """The prefix a verdict on the log names."""
    frontier = verdict.frontier
    telemetry = {int(number): end for number, end in frontier.get("telemetry", {}).items()}
    return Prefix(frontier.get("rollouts", {}).get("0", 0), telemetry)


def _within(rows: Numbers, prefix: Prefix) -> Numbers:
    ends = np.zeros(TOPICS["telemetry"].partitions, np.int64)
    for number, end in prefix.telemetry.items():
        ends[number] = end
    return rows[rows[:, 1] < ends[rows[:, 0]]]


def _observed(rows: Numbers, at_us: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Of each device: last seen (-1: never), its partition (-1: not known), and how often it started anew since its assignment."""
    last_us, place = np.full(len(at_us), -1), np.full(len(at_us), -1)
    fewest, most = np.full(len(at_us), np.iinfo(np.int64).max), np.full(len(at_us), -1)
    device, seen_us = rows[:, 3], rows[:, 5]
    np.maximum.at(last_us, device, seen_us)
    np.maximum.at(place, device, rows[:, 0])
    counted = rows[(rows[:, 4] != NO_COUNT) & (seen_us >= at_us[device])]
    np.minimum.at(fewest, counted[:, 3], counted[:, 4])
    np.maximum.at(most, counted[:, 3], counted[:, 4])
    return last_us, place, np.where(most >= 0, most - np.where(most >= 0, fewest, 0), 0)


def _text(policy: GatePolicy) -> str:
    return msgspec.json.encode(policy, order="deterministic").decode()


def _moment(us: int) -> datetime:
    return EPOCH + timedelta(microseconds=us)
