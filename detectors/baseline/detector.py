"""The baseline detector: telemetry batches in, findings out."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from detectors.baseline.block import Block
from detectors.baseline.columns import Columns, columns_of
from detectors.baseline.kernel import DRIFT
from detectors.baseline.parameters import DETECTOR, VERSION, Parameters
from detectors.baseline.sentence import moment, number, peers_text, span, split_unit
from schemas.detection import DetectionRaised, Evidence, Severity
from schemas.event import Envelope
from schemas.ids import derive

SOURCE = "vedette/detection/baseline"


def observe(block: Block, batch: pa.RecordBatch, origin: str) -> list[Envelope]:
    """Score a batch against `block`, learn it, and return what it completed, in event-time order.

    `origin` names the record (`topic/partition/offset`). Findings' ids depend on device, kind and the report that completed them only.
    Rejected, with the block's baselines unchanged, where the batch is not what its schema says.
    """
    columns = columns_of(block, batch)
    found = block.score(columns.slots, columns.times_us, columns.values, columns.metrics)
    return [_finding(block, batch, columns, one, origin) for one in found]


def _finding(block: Block, batch: pa.RecordBatch, columns: Columns, found: Any, origin: str) -> Envelope:
    place = int(found["row"])
    row = int(columns.rows[place])
    tenant, device, model, site = (
        batch.column(name)[row].as_py() or "" for name in ("tenant", "device", "model", "site")
    )
    metric = list(block.metric_columns)[int(found["metric"])]
    peers = block.peers(int(columns.slots[place]), int(found["metric"]), int(columns.times_us[place]))
    event = batch.column("event_id")[row].as_py().hex()
    data = _describe(
        found, device, metric, int(columns.times_us[place]), peers, (model, site), block.parameters
    )
    evidence = Evidence(
        event=event, origin=origin, time=moment(columns.times_us[place]), summary=_summary(metric, found)
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
    name, unit = split_unit(metric)
    drifting = found["kind"] == DRIFT
    above = found["z"] > 0
    usual = f"{number(found['level'] - 3 * found['deviation'])} to {number(found['level'] + 3 * found['deviation'])}{unit}"
    most = number(found["high"] if above else found["low"])
    lasts = span((time_us - found["since"]) / 1e6)
    moved = (
        f"has been {'rising' if above else 'falling'} for {lasts}"
        if drifting
        else f"has been out of its range for {lasts}"
    )
    never = (
        ""
        if drifting
        else f" (never {'above' if above else 'below'} {most}{unit} in {found['count']:,} reports)"
    )
    verb = "drifts" if drifting else "is far" if abs(found["z"]) >= p.high_z else "is"
    return {
        "kind": f"baseline.{'drift.' if drifting else ''}{metric}",
        "severity": _severity(found, peers, p),
        "title": f"{name} of {device} {verb} {'upward' if above else 'downward'}"
        if drifting
        else f"{name} of {device} {verb} {'above' if above else 'below'} usual",
        "explanation": f"{device}'s {name} is {number(found['actual'])}{unit} and {moved}; it usually is {usual}{never};"
        f" {peers_text(*peers, *cohort)}.",
        "since": moment(found["since"]),
    }


def _severity(found: Any, peers: tuple[int, int], p: Parameters) -> Severity:
    """What most peers do too comes from outside the device; a drift is slow enough for a person."""
    fresh, changed = peers
    if fresh >= p.peers_needed and changed * 2 >= fresh:
        return "low"
    return "medium" if found["kind"] == DRIFT or abs(found["z"]) < p.high_z else "high"


def _summary(metric: str, found: Any) -> str:
    name, unit = split_unit(metric)
    return f"{name} {number(found['actual'])}{unit}, usual {number(found['level'])}{unit}"
