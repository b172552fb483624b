"""The same counts by the plainest means: reads a prefix of the log record by record, no batches of groups, no SQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from schemas import registry, telemetry
from schemas.rollout import Arm, ArmCounts, DeviceAssigned, GateJudged
from streams.log.reader import records

NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class Prefix:
    """What a log holds up to a frontier, for one tenant."""

    def __init__(self, bootstrap: str, tenant: str) -> None:
        self._events = [
            (m.offset(), registry.decode(m.headers(), m.value())) for m in records(bootstrap, "rollouts")
        ]
        self._events = [(offset, e) for offset, e in self._events if e.tenant == tenant]
        self._reports = [
            (m.partition(), m.offset(), row["device"], min(row["event_time"], row["received_time"]), row)
            for m in records(bootstrap, "telemetry")
            for row in telemetry.decode(m.value()).to_pylist()
            if row["tenant"] == tenant
        ]

    def counts(self, verdict: GateJudged, arm: Arm) -> ArmCounts:
        """How the devices of an arm stood at the verdict's frontier."""
        states = {"healthy": 0, "rebooted": 0, "silent": 0, "pending": 0}
        for offset, envelope in self._events:
            assigned = envelope.data
            if offset >= verdict.frontier["rollouts"]["0"] or not isinstance(assigned, DeviceAssigned):
                continue
            if (assigned.stage, assigned.arm) == (verdict.stage, arm):
                states[self._state(assigned, envelope.time, verdict.frontier["telemetry"])] += 1
        return ArmCounts(assigned=sum(states.values()), **states)

    def _state(self, assigned: DeviceAssigned, since: datetime, frontier: dict[str, int]) -> str:
        included = [r for r in self._reports if r[1] < frontier.get(str(r[0]), 0)]
        reached: dict[int, datetime] = {}
        for partition, _, _, time, _ in included:
            reached[partition] = max(time, reached.get(partition, NEVER))
        mine = [r for r in included if r[2] == assigned.device]
        times = [time for _, _, _, time, _ in mine if time >= since]
        boots = {r[4].get("metric.boot_count") for r in mine if r[3] >= since} - {None}
        if boots and max(boots) - min(boots) > assigned.policy.max_reboots:
            return "rebooted"
        last = max(times, default=since).replace(microsecond=0) + timedelta(seconds=1)
        slowest = min(reached.values()) if len(reached) == 4 else NEVER
        now = reached[mine[0][0]] if mine else slowest
        if now - last > timedelta(seconds=assigned.policy.silence_s):
            return "silent"
        soaked = bool(times) and max(times) - since >= timedelta(seconds=assigned.policy.soak_s)
        return "healthy" if soaked else "pending"
