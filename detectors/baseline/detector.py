"""The baseline detector: telemetry batches in, findings out."""

from __future__ import annotations

import math
from typing import Any

import pyarrow as pa

from detectors.baseline.block import Block
from detectors.baseline.columns import Columns, columns_of
from detectors.baseline.parameters import DETECTOR, VERSION, Parameters
from detectors.baseline.row import DRIFT, NOISE, SPIKE, STUCK
from detectors.baseline.sentence import moment, number, peers_text, span, split_unit
from schemas.detection import DetectionRaised, Evidence, Severity
from schemas.event import Envelope
from schemas.ids import derive
from schemas.telemetry import decode, encode, schema_for

SOURCE = "vedette/detection/baseline"
# What stands between `baseline.` and the metric in a finding's kind.
INFIX = {SPIKE: "", DRIFT: "drift.", NOISE: "noise.", STUCK: "stuck."}


def observe(block: Block, batch: pa.RecordBatch, origin: str) -> list[Envelope]:
    """Score a batch against `block`, learn it, and return what it completed, in event-time order.

    `origin` names the record (`topic/partition/offset`). Findings' ids depend on device, kind and the report that completed them only.
    Values that are missing, NaN or infinite are passed over (the last are counted in `block.infinite`). Rejected, with the block's
    baselines unchanged, where the batch is not what its schema says.
    """
    return findings(block, batch, columns_of(block, batch), origin)


def findings(block: Block, batch: pa.RecordBatch, columns: Columns, origin: str) -> list[Envelope]:
    """`observe` where the batch's columns are known."""
    found = block.score(columns.order, columns.slots, columns.times_us, columns.values, columns.columns)
    return [_finding(block, batch, columns, one, origin) for one in found]


def _finding(block: Block, batch: pa.RecordBatch, columns: Columns, found: Any, origin: str) -> Envelope:
    row = int(found["row"])
    tenant, device, model, site = (
        batch.column(name)[row].as_py() or "" for name in ("tenant", "device", "model", "site")
    )
    metric = list(block.metric_columns)[int(found["metric"])]
    peers = block.peers(int(columns.slots[row]), int(found["metric"]), int(columns.times_us[row]))
    event = batch.column("event_id")[row].as_py().hex()
    data = _describe(
        found, device, metric, int(columns.times_us[row]), peers, (model, site), block.parameters
    )
    evidence = Evidence(
        event=event, origin=origin, time=moment(columns.times_us[row]), summary=_summary(metric, found)
    )
    return Envelope(
        id=derive("detection", tenant, device, data["kind"], event),
        type=DetectionRaised.TYPE,
        source=SOURCE,
        subject=device,
        tenant=tenant,
        time=evidence.time,
        data=DetectionRaised(
            detector=DETECTOR,
            version=VERSION,
            evidence=(evidence,),
            metric=metric,
            actual=float(found["actual"]),
            expected=float(found["level"]),
            low=float(found["level"] - 3 * found["deviation"]),
            high=float(found["level"] + 3 * found["deviation"]),
            score=float(found["z"]),
            p_value=float(found["p_value"]),
            **data,
        ),
        cause=origin,
    )


def _describe(
    found: Any,
    device: str,
    metric: str,
    time_us: int,
    peers: tuple[int, int],
    cohort: tuple[str, str],
    p: Parameters,
) -> dict[str, Any]:
    kind = int(found["kind"])
    name, unit = split_unit(metric)
    above = found["z"] > 0
    usual = f"{number(found['level'] - 3 * found['deviation'])} to {number(found['level'] + 3 * found['deviation'])}{unit}"
    lasts = span((time_us - found["since"]) / 1e6)
    return {
        "kind": f"baseline.{INFIX[kind]}{metric}",
        "severity": _severity(found, peers, p),
        "title": f"{name} of {device} {_verb(kind, above, abs(found['z']) >= p.high_z)}",
        "explanation": f"{device}'s {name} is {number(found['actual'])}{unit} and {_moved(found, above, lasts)};"
        f" it usually is {usual}{_never(found, above, unit)}; {peers_text(*peers, *cohort)}.",
        "since": moment(found["since"]),
    }


def _verb(kind: int, above: bool, far: bool) -> str:
    if kind == DRIFT:
        return f"drifts {'upward' if above else 'downward'}"
    if kind == NOISE:
        return "is noisier than usual"
    if kind == STUCK:
        return "is stuck"
    return f"is {'far ' if far else ''}{'above' if above else 'below'} usual"


def _moved(found: Any, above: bool, lasts: str) -> str:
    if found["kind"] == DRIFT:
        return f"has been {'rising' if above else 'falling'} for {lasts}"
    if found["kind"] == NOISE:
        return f"varies {math.sqrt(found['energy']):.1f} times as much as usual"
    if found["kind"] == STUCK:
        return f"has not moved for {lasts}"
    return f"has been out of its range for {lasts}"


def _never(found: Any, above: bool, unit: str) -> str:
    if found["kind"] != SPIKE:
        return ""
    most = number(found["high"] if above else found["low"])
    return f" (never {'above' if above else 'below'} {most}{unit} in {found['count']:,} reports)"


def _severity(found: Any, peers: tuple[int, int], p: Parameters) -> Severity:
    """What most peers do too comes from outside the device; a drift is slow enough for a person."""
    fresh, changed = peers
    if fresh >= p.peers_needed and changed * 2 >= fresh:
        return "low"
    return "medium" if found["kind"] != SPIKE or abs(found["z"]) < p.high_z else "high"


def _summary(metric: str, found: Any) -> str:
    name, unit = split_unit(metric)
    return f"{name} {number(found['actual'])}{unit}, usual {number(found['level'])}{unit}"


def compile_all() -> None:
    """Compile everything now (seconds the first time, then from numba's cache) so that no record waits for it."""
    block = Block()
    for device, value in (("a", 1.0), ("b", None)):
        columns = columns_of(block, _sample(device, value))
        block.score(columns.order, columns.slots, columns.times_us, columns.values, columns.columns)
    block.peers(0, 0, 0)


def _sample(device: str, value: float | None) -> pa.RecordBatch:
    """A batch of one report, as it comes out of the log."""
    text = pa.array([device]).dictionary_encode()
    time = pa.array([1_000_000], pa.timestamp("us", "UTC"))
    columns = [
        pa.array([bytes(16)], pa.binary(16)),
        text,
        text,
        time,
        time,
        text,
        text,
        text,
        pa.array([value], pa.float64()),
    ]
    _, encoded = encode(pa.RecordBatch.from_arrays(columns, schema=schema_for(["sample"])))
    return decode(encoded)
