"""The cohort detector: telemetry batches in, findings out."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from detectors.baseline.block import Block
from detectors.baseline.columns import Columns
from detectors.baseline.explanation import report_of
from detectors.baseline.name_table import Ints
from detectors.baseline.sentence import moment
from detectors.cohorts.cohorts import Cohorts
from detectors.cohorts.parameters import DETECTOR, VERSION
from detectors.cohorts.reasons import reasons
from detectors.cohorts.row import DIVERGED, OUTLIER, SHIFT
from detectors.cohorts.scope import scope_of
from detectors.cohorts.sentence import Group, describe, high, low
from detectors.detection import detection
from schemas.detection import DetectionRaised, Evidence
from schemas.event import Envelope


def findings(
    cohorts: Cohorts, block: Block, batch: pa.RecordBatch, columns: Columns, origin: str
) -> list[Envelope]:
    """Judge a batch beside the cohorts, learn it, and return what it completed, in event-time order.

    `columns` are the batch's places in `block`. A finding about a whole cohort has the device whose report completed it as its subject.
    """
    homes = homes_of(cohorts, block, columns)
    found, _ = cohorts.observe(
        *(columns.order, columns.slots, homes, columns.times_us, columns.values, columns.columns),
        columns.batch.uptimes_s,
    )
    return [_finding(block, batch, columns, one, origin) for one in found]


def homes_of(cohorts: Cohorts, block: Block, columns: Columns) -> Ints:
    """The cohort of each row, by the tenant, model, site and firmware it says; -1 for one that the block has no room for."""
    homes = []
    for group in columns.groups.groups:
        known = block.cohort((group.tenant, group.model, group.site))
        home = cohorts.numbers.get((known, group.firmware), -1)
        if home < 0 <= known:
            home = cohorts.number((known, group.firmware), block.cohort((group.tenant, "", "")))
        homes.append(home)
    return columns.groups.spread(homes)


def _finding(block: Block, batch: pa.RecordBatch, columns: Columns, found: Any, origin: str) -> Envelope:
    row, kind = int(found["row"]), int(found["kind"])
    tenant, device, model, site, firmware = (
        batch.column(name)[row].as_py() or "" for name in ("tenant", "device", "model", "site", "firmware")
    )
    names = list(block.metric_columns)
    metric = names[int(found["metric"])] if kind in (OUTLIER, SHIFT) else None
    group = Group(device, model, site, firmware)
    told = describe(found, names, group, int(columns.times_us[row]))
    why = reasons(block, found, names, group, report_of(columns, names, row))
    event = batch.column("event_id")[row].as_py().hex()
    evidence = Evidence(event=event, origin=origin, time=moment(columns.times_us[row]), summary=told.summary)
    numbers: dict[str, Any] = {}
    if metric is not None:
        numbers = {"actual": float(found["actual"]), "expected": float(found["centre"] + found["place"])}
        numbers |= {"low": low(found), "high": high(found)}
    return detection(
        *("cohort", tenant, device, told.kind, event),
        time=evidence.time,
        data=DetectionRaised(
            detector=DETECTOR,
            version=VERSION,
            kind=told.kind,
            severity=told.severity,
            title=told.title,
            explanation=told.explanation,
            since=moment(found["since_us"]),
            evidence=(evidence,),
            metric=metric,
            score=float(found["z"]),
            p_value=None if kind == DIVERGED else float(found["p_value"]),
            contributions=why.contributions,
            cohort=why.cohort,
            nearest=why.nearest,
            scope=scope_of(found, told.kind, group),
            **numbers,
        ),
        cause=origin,
    )
