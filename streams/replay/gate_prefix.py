"""What a verdict's prefix of the log says of a stage: the gate's counts by plain means, for one tenant. No Flink, no SQL.

It must give what `streams.rollout.job` gives with SQL operators; it is written apart from it, so that one checks the other. Only what a
boot count is both take from the contracts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from detectors.gates.standing import EPOCH, Group, Standing
from schemas import telemetry
from schemas.boot_count import boot_counts
from schemas.errors import Rejected
from schemas.event import Envelope
from schemas.rollout import Arm, DeviceAssigned, GatePolicy, RolloutEvent, StageFinished, StageStarted
from schemas.topics import TOPICS
from streams.log.record import Record
from streams.log.stretch import Read

Frontier = Mapping[str, Mapping[str, int]]
ROLLOUTS = RolloutEvent.TOPIC
US = 1_000_000


@dataclass(slots=True)
class Assignment:
    """One device of a stage."""

    arms: set[Arm] = field(default_factory=set)
    at_us: int = 2**62
    soak_us: int = 0
    max_reboots: int = 2**31


@dataclass(slots=True)
class Stage:
    """One stage's events so far; `offset` is of its newest one."""

    devices: dict[str, Assignment] = field(default_factory=dict)
    policies: set[bytes] = field(default_factory=set)
    announced: tuple[int, int] | None = None
    newest_us: int = -(2**62)
    offset: int = -1


class GatePrefix:
    """The fold of `rollouts` and `telemetry` for one tenant: `advance` takes it to a verdict's frontier, `standing` says what is known."""

    def __init__(self, tenant: str) -> None:
        self._tenant = tenant
        self._next: dict[tuple[str, int], int] = {}
        self._stages: dict[tuple[str, int], Stage] = {}
        # A device's boot counts (None where a report had none), each with its partition and when it was last seen.
        self._boots: dict[str, dict[tuple[int | None, int], int]] = {}
        self._reached: dict[int, tuple[int, int]] = {}

    def is_beyond(self, frontier: Frontier) -> bool:
        """Whether something was taken already that this frontier does not include."""
        return any(offset > self._end(frontier, *place) for place, offset in self._next.items())

    def advance(self, read: Read, frontier: Frontier) -> None:
        """Take everything before the frontier that was not taken yet."""
        for topic, ends in frontier.items():
            for number in ends:
                place = (topic, int(number))
                for record in read(*place, self._next.get(place, 0), ends[number]):
                    self._take(record)
                self._next[place] = max(ends[number], self._next.get(place, 0))

    def standing(self, rollout: str, stage: int) -> Standing | None:
        """How a stage stands; None where nobody is assigned to it."""
        known = self._stages.get((rollout, stage))
        if known is None or not known.devices:
            return None
        groups = Counter(self._group(device, one) for device, one in known.devices.items())
        policies = sorted(known.policies)
        return Standing(
            # The job keeps the least and the greatest.
            policies=tuple(
                msgspec.json.decode(text, type=GatePolicy) for text in sorted({policies[0], policies[-1]})
            ),
            groups=tuple(_group(key, devices) for key, devices in groups.items()),
            newest=_moment(max([known.newest_us, *(us for us, _ in self._reached.values())])),
            reached={number: _moment(us) for number, (us, _) in self._reached.items()},
            partitions=TOPICS[telemetry.TOPIC].partitions,
            announced=known.announced,
            frontier={
                ROLLOUTS: {"0": known.offset + 1},
                telemetry.TOPIC: {str(n): offset + 1 for n, (_, offset) in sorted(self._reached.items())},
            },
        )

    def _end(self, frontier: Frontier, topic: str, partition: int) -> int:
        return frontier.get(topic, {}).get(str(partition), 0)

    def _take(self, record: Record) -> None:
        try:
            if record.topic == telemetry.TOPIC:
                self._report(record, telemetry.decode(record.value or b""))
            else:
                self._event(record.envelope(), record.offset)
        except Rejected:
            return

    def _event(self, event: Envelope, offset: int) -> None:
        data = event.data
        if event.tenant != self._tenant or not isinstance(
            data, DeviceAssigned | StageStarted | StageFinished
        ):
            return
        stage = self._stages.setdefault((event.subject, data.stage), Stage())
        at_us = (event.time - EPOCH) // timedelta(microseconds=1)
        stage.newest_us, stage.offset = max(stage.newest_us, at_us), max(stage.offset, offset)
        if isinstance(data, StageStarted):
            was = stage.announced or (0, 0)
            stage.announced = (max(was[0], data.treatment), max(was[1], data.control))
        if isinstance(data, DeviceAssigned):
            stage.policies.add(msgspec.json.encode(data.policy, order="deterministic"))
            one = stage.devices.setdefault(data.device, Assignment())
            one.arms.add(data.arm)
            one.at_us = min(one.at_us, at_us)
            one.soak_us = max(one.soak_us, int(min(max(data.policy.soak_s, 0.0) * US, 2**62)))
            one.max_reboots = min(one.max_reboots, data.policy.max_reboots)

    def _report(self, record: Record, batch: pa.RecordBatch) -> None:
        mine = pc.equal(batch["tenant"].cast(pa.string()), self._tenant)
        if not pc.any(mine).as_py():
            return
        seen = pc.min_element_wise(
            batch["event_time"].cast(pa.int64()), batch["received_time"].cast(pa.int64())
        ).filter(mine)
        newest, _ = self._reached.get(record.partition, (-(2**62), 0))
        self._reached[record.partition] = (max(newest, pc.max(seen).as_py()), record.offset)
        devices = batch["device"].cast(pa.string()).filter(mine).to_pylist()
        boots = boot_counts(batch).filter(mine).to_pylist()
        for device, boot, us in zip(devices, boots, seen.to_pylist(), strict=True):
            known = self._boots.setdefault(device, {})
            key = (boot, record.partition)
            known[key] = max(us, known.get(key, us))

    def _group(self, device: str, one: Assignment) -> tuple[Arm, bool, bool, bool, int | None, int]:
        seen = self._boots.get(device, {})
        within = [boot for (boot, _), us in seen.items() if us >= one.at_us and boot is not None]
        rebooted = bool(within) and max(within) - min(within) > one.max_reboots
        last = max(seen.values(), default=None)
        soaked = last is not None and last - one.at_us >= one.soak_us
        partition = max((number for _, number in seen), default=None)
        last_us = last if last is not None and last >= one.at_us else one.at_us
        # Whole seconds as SQL divides: towards zero.
        last_s = abs(last_us) // US * (1 if last_us >= 0 else -1)
        return min(one.arms), len(one.arms) > 1, rebooted, soaked, partition, last_s


def _group(key: tuple[Arm, bool, bool, bool, int | None, int], devices: int) -> Group:
    arm, crossed, rebooted, soaked, partition, last_s = key
    return Group(
        arm=arm,
        crossed=crossed,
        rebooted=rebooted,
        soaked=soaked,
        partition=partition,
        last_s=last_s,
        devices=devices,
    )


def _moment(us: int) -> datetime:
    return EPOCH + timedelta(microseconds=us)
