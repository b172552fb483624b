"""How fast the baselines take decoded telemetry batches, what a device costs in memory, and how fast its state is kept and restored.

Processor time of one thread, so that what else runs here counts less. Each batch is scored once; given is the median.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from detectors import snapshot
from detectors.baseline import snapshot as baseline
from detectors.baseline.detector import observe
from detectors.state import State, compile_all, observe_telemetry
from schemas import telemetry

METRICS = [
    "temperature_c",
    "cpu_pct",
    "memory_mb",
    "tx_kbps",
    "rx_kbps",
    "battery_pct",
    "supply_v",
    "signal_db",
]
FIRST_US, SPACING_US = 1_767_225_600_000_000, 60_000_000
ROWS = 4096


def batches(devices: int, rows: int, chance: np.random.Generator) -> Iterator[pa.RecordBatch]:
    """Batch after batch of steady noise: every device in turn, each time in another order, a minute later."""
    names = np.array([f"device-{number:07}" for number in range(devices)])
    rounds = max(rows // devices, 1)
    for step in range(0, 1_000_000, rounds):
        order = np.concatenate([chance.permutation(devices) for _ in range(rounds)])
        steps = np.repeat(np.arange(step, step + rounds), devices)
        for start in range(0, len(order), rows):
            yield batch(names[order[start : start + rows]], steps[start : start + rows], chance)


def batch(names: Any, steps: Any, chance: np.random.Generator) -> pa.RecordBatch:
    """One report of each of these devices at these steps."""
    count = len(names)
    time_us = pa.array(FIRST_US + steps * SPACING_US).cast(pa.timestamp("us", "UTC"))
    zeros = pa.array(np.zeros(count, np.int32))
    same = {
        name: pa.DictionaryArray.from_arrays(zeros, pa.array([name])) for name in ("acme", "pump", "ber", "1")
    }
    device = pa.DictionaryArray.from_arrays(pa.array(np.arange(count, dtype=np.int32)), pa.array(names))
    ids = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(16), count, [None, pa.py_buffer(chance.bytes(16 * count))]
    )
    values = chance.normal(100, 3, (len(METRICS), count))
    columns = [ids, same["acme"], device, time_us, time_us, same["pump"], same["ber"], same["1"]]
    return pa.RecordBatch.from_arrays(
        [*columns, *map(pa.array, values)], schema=telemetry.schema_for(METRICS)
    )


def eps(devices: int, rows: int, measured: int) -> tuple[float, float, State]:
    """Events a second from a decoded batch to its findings, once every device is known: of the univariate path (the median over batches)
    and of all detectors (the mean, as some look at all devices now and then); and the state then.

    Who comes second finds the batch in the cache, so they take turns.
    """
    state, alone = State(), State()
    ways: list[Callable[[pa.RecordBatch], object]] = [
        lambda one: observe(alone.block, one, "telemetry/0/0"),
        lambda one: observe_telemetry(state, one, "telemetry/0/0"),
    ]
    taken: list[list[float]] = [[], []]
    for number, one in enumerate(batches(devices, rows, np.random.default_rng(17))):
        for way in (number % 2, 1 - number % 2):
            started = time.thread_time()
            ways[way](one)
            if number * one.num_rows >= 2 * devices:
                taken[way].append((time.thread_time() - started) / one.num_rows)
        if len(taken[0]) >= measured:
            break
    return 1 / statistics.median(taken[0]), 1 / statistics.mean(taken[1]), state


def figures() -> dict[str, float]:
    """The figures of the univariate engine, and of all detectors, by the names of `tests.bench.detect`."""
    compile_all()
    small, small_all, _ = eps(1000, ROWS, 300)
    # Five rounds of all devices: every one is looked at for silence at least once.
    large, large_all, state = eps(1_000_000, 4 * ROWS, 300)
    started = time.perf_counter()
    data = snapshot.encode(state)
    encoded = time.perf_counter()
    restored = snapshot.decode(data)
    decoded = time.perf_counter()
    table = restored.block.names.table.nbytes
    univariate = sum(memoryview(piece).nbytes for piece in baseline.encode(state.block)) + table
    return {
        "univariate_1k_eps": round(small),
        "univariate_1m_eps": round(large),
        "detectors_1k_eps": round(small_all),
        "detectors_1m_eps": round(large_all),
        "state_bytes_per_device": round(univariate / state.block.devices),
        "detectors_bytes_per_device": round((len(data) + table) / state.block.devices),
        "snapshot_s": round(encoded - started, 2),
        "restore_s": round(decoded - encoded, 2),
    }
