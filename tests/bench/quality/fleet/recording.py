"""What the fleet's log holds: its reports in the order of arrival, healthy or with faults, encoded as `telemetry` records are.

What the edge refuses is not in it: a clock that is hours ahead looks like silence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from infra.simulator.behaviour import DAY_S
from schemas import telemetry
from tests.bench.quality.fleet import schedule
from tests.bench.quality.fleet.fault import Plan, Reports
from tests.bench.quality.fleet.population import (
    FIRMWARE,
    MODEL_NAMES,
    SITES,
    START,
    TENANTS,
    Floats,
    Ints,
    Population,
)
from tests.bench.quality.fleet.signal import METRICS, Signal

START_US = int(START.timestamp()) * 1_000_000
ROWS = 2048
# The edge refuses what is dated further ahead (`edge.early_s`): that is never in the log.
EARLY_S = 60.0
# An event's id: when the device really made the report (microseconds since START) and which device it is.
ID = np.dtype([("time_us", ">i8"), ("device", ">i8")])
FIELDS = ("device", "time_s", "clock_s", "arrival_s")


@dataclass(slots=True)
class Recording:
    """A population's reports of all days; `records` may be read once. With a plan, its faults are put in.

    `rows` counts what was given out, repeated reports too; `made` collects (device, time) of each report of a device with a fault.
    """

    population: Population
    plan: Plan | None = None
    rows: int = 0
    made: list[tuple[Ints, Floats]] = field(default_factory=list)

    def records(self) -> Iterator[bytes]:
        """Kafka record values in the order of arrival, rows of all devices mixed; a late row is in a later record."""
        signal, waiting = Signal(self.population), Rows.none()
        first = np.full((len(METRICS), len(self.population)), np.nan)
        for day in range(self.population.days):
            today = self._of_day(signal, day, first)
            waiting = Rows.join(waiting, today).by_arrival()
            due = int(np.searchsorted(waiting.arrival_s, (day + 1) * DAY_S))
            yield from self._encoded(waiting.take(slice(0, due)))
            waiting = waiting.take(slice(due, None))
        yield from self._encoded(waiting)

    def _of_day(self, signal: Signal, day: int, first: Floats) -> Rows:
        times = schedule.of_day(self.population, day)
        rows = Rows(
            times.device, times.time_s, times.time_s.copy(), times.arrival_s, signal.values(day, times)
        )
        if self.plan is not None:
            rows = self._spoilt(rows, self.plan, day, first)
        again, after_s = schedule.repeated(self.population, day, len(rows.device))
        copies = rows.take(np.flatnonzero(again))
        copies.arrival_s[:] += after_s[again]
        everything = Rows.join(rows, copies)
        return everything.take(np.flatnonzero(everything.clock_s <= everything.arrival_s + EARLY_S))

    def _spoilt(self, rows: Rows, plan: Plan, day: int, first: Floats) -> Rows:
        """The rows with what the plan's faults make of them, those that don't get out removed."""
        sent = np.ones(len(rows.device))
        fault = plan.fault[rows.device]
        began = (rows.time_s >= plan.begins_s[rows.device]) & (rows.time_s < plan.ends_s[rows.device])
        for number, kind in enumerate(plan.kinds.values()):
            places = np.flatnonzero(began & (fault == number))
            if len(places) == 0:
                continue
            part = rows.take(places)
            _remember(first, part)
            since_s = part.time_s - plan.begins_s[part.device]
            length_s = plan.ends_s[part.device] - plan.begins_s[part.device]
            random = np.random.default_rng([self.population.seed, 9, day, number])
            reports = Reports(
                part.values,
                since_s,
                since_s / length_s,
                first[:, part.device],
                np.zeros(len(places)),
                np.ones(len(places)),
                random,
            )
            kind.change(reports)
            rows.values[:, places] = reports.values
            rows.clock_s[places] += reports.shift_s
            sent[places] = reports.sent
        watched = fault >= 0
        self.made.append((rows.device[watched], rows.time_s[watched]))
        return rows.take(np.flatnonzero(sent))

    def _encoded(self, rows: Rows) -> Iterator[bytes]:
        for begin in range(0, len(rows.device), ROWS):
            part = rows.take(slice(begin, begin + ROWS))
            self.rows += len(part.device)
            yield telemetry.encode(batch_of(self.population, part))[1]


@dataclass(slots=True)
class Rows:
    """Reports: who, when in truth, when by the device's clock, when in the log, and the values (metrics, rows)."""

    device: Ints
    time_s: Floats
    clock_s: Floats
    arrival_s: Floats
    values: Floats

    @staticmethod
    def none() -> Rows:
        """No rows."""
        empty = np.zeros(0)
        return Rows(np.zeros(0, np.int64), empty, empty, empty, np.zeros((len(METRICS), 0)))

    @staticmethod
    def join(one: Rows, other: Rows) -> Rows:
        """The rows of both."""
        columns = {name: np.concatenate([getattr(one, name), getattr(other, name)]) for name in FIELDS}
        return Rows(values=np.concatenate([one.values, other.values], axis=1), **columns)

    def take(self, places: Ints | slice) -> Rows:
        """These rows, copied unless `places` is a slice."""
        columns = {name: getattr(self, name)[places] for name in FIELDS}
        return Rows(values=self.values[:, places], **columns)

    def by_arrival(self) -> Rows:
        """The rows in the order in which they arrive."""
        return self.take(np.argsort(self.arrival_s, kind="stable"))


def _remember(first: Floats, rows: Rows) -> None:
    """Put the earliest value of each device's metrics into `first` where there is none yet; rows are in order of time."""
    device, start, count = np.unique(rows.device, return_index=True, return_counts=True)
    for step in range(min(8, int(count.max()))):
        has = count > step
        known = first[:, device[has]]
        first[:, device[has]] = np.where(np.isnan(known), rows.values[:, start[has] + step], known)


def batch_of(population: Population, rows: Rows) -> pa.RecordBatch:
    """The rows as a telemetry batch."""
    device = rows.device
    ids = np.empty(len(device), ID)
    ids["time_us"], ids["device"] = np.rint(rows.time_s * 1e6), device
    firmware = (rows.time_s >= population.upgraded_s[device]).astype(np.int64)
    columns = [
        pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), len(ids), [None, pa.py_buffer(ids.tobytes())]),
        _text(population.tenant[device], TENANTS),
        _text(device, tuple(population.names)),
        _times(rows.clock_s),
        _times(rows.arrival_s),
        _text(population.model[device], MODEL_NAMES),
        _text(population.site[device], SITES),
        _text(firmware, FIRMWARE),
        *(pa.array(column, from_pandas=True) for column in rows.values),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=telemetry.schema_for(list(METRICS)))


def made_at(event: str) -> tuple[int, float]:
    """Device and true time in seconds of the report with this id (hexadecimal)."""
    row = np.frombuffer(bytes.fromhex(event), ID)[0]
    return int(row["device"]), int(row["time_us"]) / 1e6


def _text(codes: Ints, words: tuple[str, ...]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), pa.array(words, pa.string()))


def _times(seconds: Floats) -> pa.Array:
    microseconds = START_US + np.rint(seconds * 1e6).astype(np.int64)
    return pa.array(microseconds).cast(pa.timestamp("us")).cast(pa.timestamp("us", "UTC"))
