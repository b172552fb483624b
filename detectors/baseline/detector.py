"""The baseline detector: telemetry batches in, findings out."""

from __future__ import annotations

import math
from typing import Any

import pyarrow as pa

from detectors.baseline.block import Block
from detectors.baseline.columns import Columns, columns_of
from detectors.baseline.explanation import Why, report_of, why
from detectors.baseline.parameters import DETECTOR, VERSION, Parameters
from detectors.baseline.row import DRIFT, NOISE, RESTARTS, SPIKE, STUCK
from detectors.baseline.scope import scope_of
from detectors.baseline.sentence import listed, moment, number, out_of_range, peers_text, span, split_unit
from detectors.baseline.standing import fresh_peers
from detectors.detection import detection
from schemas.detection import Cohort, DetectionRaised, Evidence, Expectation, Severity
from schemas.event import Envelope
from schemas.telemetry import decode, encode, schema_for

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
    found = block.score(columns.order, columns.batch, columns.columns)
    return [_finding(block, batch, columns, one, origin) for one in found]


def _finding(block: Block, batch: pa.RecordBatch, columns: Columns, found: Any, origin: str) -> Envelope:
    row = int(found["row"])
    tenant, device, model, site = (
        batch.column(name)[row].as_py() or "" for name in ("tenant", "device", "model", "site")
    )
    metrics = list(block.metric_columns)
    report = report_of(columns, metrics, row)
    on_device = found["kind"] == RESTARTS
    metric = "" if on_device else metrics[int(found["metric"])]
    reasons = None if on_device else why(block, found, metric, report, (model, site))
    event = batch.column("event_id")[row].as_py().hex()
    data = (
        _describe(found, device, metric, report.time_us, reasons, block.parameters)
        if reasons
        else _restarts(found, device, report.time_us, (model, site), block.parameters)
    )
    evidence = Evidence(
        event=event,
        origin=origin,
        time=moment(report.time_us),
        summary=_summary(metric, found) if metric else "it started again",
    )
    return detection(
        *("baseline", tenant, device, data["kind"], event),
        time=evidence.time,
        data=DetectionRaised(
            detector=DETECTOR,
            version=VERSION,
            evidence=(evidence,),
            score=float(found["z"]),
            contributions=reasons.contributions if reasons else (),
            cohort=reasons.cohort if reasons else None,
            nearest=reasons.nearest if reasons else None,
            **data,
        ),
        cause=origin,
    )


def _describe(
    found: Any, device: str, metric: str, time_us: int, reasons: Why, p: Parameters
) -> dict[str, Any]:
    kind = int(found["kind"])
    name, unit = split_unit(metric)
    above = found["z"] > 0
    usual = f"{number(found['level'] - 3 * found['deviation'])} to {number(found['level'] + 3 * found['deviation'])}{unit}"
    lasts_s = (time_us - found["since"]) / 1e6
    around = reasons.cohort
    return {
        **_numbers(found, metric),
        "kind": f"baseline.{INFIX[kind]}{metric}",
        "severity": _severity(found, around, p),
        "title": f"{name} of {device} {_verb(kind, above, far=abs(found['z']) >= p.high_z)}",
        "explanation": f"{device}'s {name} is {number(found['actual'])}{unit} and {_moved(found, above, lasts_s)};"
        f" it usually is {usual}{_never(found, above, unit)};{_others(reasons, metric, p)}"
        f" {peers_text(around.peers, around.changed, around.model, around.site)}.",
        "since": moment(found["since"]),
        "scope": scope_of(
            kind,
            f"baseline.{INFIX[kind]}{metric}",
            f"{name} {_verb(kind, above, far=False)}",
            (around.model, around.site),
            up=above,
        ),
    }


def _numbers(found: Any, metric: str) -> dict[str, Any]:
    return {
        "metric": metric,
        "actual": float(found["actual"]),
        "expected": float(found["level"]),
        "low": float(found["level"] - 3 * found["deviation"]),
        "high": float(found["level"] + 3 * found["deviation"]),
        "p_value": float(found["p_value"]),
    }


def _restarts(found: Any, device: str, time_us: int, like: tuple[str, str], p: Parameters) -> dict[str, Any]:
    """How often a device starts is no value of a metric and has no range: what is expected is said in words."""
    times = f"about {round(float(found['actual'])):,}"
    return {
        "kind": "baseline.restarts",
        "severity": "medium",
        "title": f"{device} starts again and again",
        "explanation": f"{device} has started {times} times in the last hour; fewer than {p.restarts:.0f} are expected.",
        "since": moment(time_us),
        "scope": scope_of(RESTARTS, "baseline.restarts", "start again and again", like, up=True),
        "expectations": (
            Expectation(what="starts in the last hour", seen=times, expected=f"fewer than {p.restarts:.0f}"),
        ),
    }


def _verb(kind: int, above: bool, *, far: bool) -> str:
    if kind == DRIFT:
        return f"drifts {'upward' if above else 'downward'}"
    if kind == NOISE:
        return "is noisier than usual"
    if kind == STUCK:
        return "is stuck"
    return f"is {'far ' if far else ''}{'above' if above else 'below'} usual"


def _moved(found: Any, above: bool, lasts_s: float) -> str:
    if found["kind"] == DRIFT:
        return f"has been {'rising' if above else 'falling'} for {span(lasts_s)}"
    if found["kind"] == NOISE:
        return f"varies {math.sqrt(found['energy']):.1f} times as much as usual"
    if found["kind"] == STUCK:
        return f"has not moved for {span(lasts_s)}"
    return out_of_range(lasts_s)


def _never(found: Any, above: bool, unit: str) -> str:
    if found["kind"] != SPIKE:
        return ""
    most = number(found["high"] if above else found["low"])
    return f" (never {'above' if above else 'below'} {most}{unit} in {found['count']:,} reports)"


def _others(reasons: Why, metric: str, p: Parameters) -> str:
    """What else of the device is odd at that moment, and nothing where nothing is."""
    others = [one for one in reasons.contributions if one.metric != metric]
    odd = [split_unit(one.metric)[0] for one in others if abs(one.score) >= p.peer_changed_z]
    return f" its {listed(odd)} {'is' if len(odd) == 1 else 'are'} unusual too;" if odd else ""


def _severity(found: Any, around: Cohort, p: Parameters) -> Severity:
    """What most peers do too comes from outside the device; a drift is slow enough for a person."""
    if around.peers >= p.peers_needed and around.changed * 2 >= around.peers:
        return "low"
    return "medium" if found["kind"] != SPIKE or abs(found["z"]) < p.high_z else "high"


def _summary(metric: str, found: Any) -> str:
    name, unit = split_unit(metric)
    return f"{name} {number(found['actual'])}{unit}, usual {number(found['level'])}{unit}"


def compile_all() -> None:
    """Compile everything now (seconds the first time, then from numba's cache) so that no record waits for it."""
    block = Block()
    for device, value in (("a", 1.0), ("b", None)):
        columns = columns_of(block, sample(device, value))
        block.score(columns.order, columns.batch, columns.columns)
    block.peers(0, 0, 0)
    fresh_peers(block, 0, 0)


def sample(device: str, value: float | None) -> pa.RecordBatch:
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
