"""One device, credential, alert or rollout at a moment, as plain values: what a JSON answer and a comparison need.

Every answer is a dict of scalars, dicts and lists of scalars; things that come and go (alerts, sessions, steps) are dicts by their id, so
that two answers can be compared. A subject nothing was known of yet has `exists` False and nothing more.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from schemas.as_of.ask import Ask, Row
from schemas.as_of.moment import Moment
from schemas.as_of.rows import clickhouse_time, json_in, keyed, rows_of

Answer = dict[str, Any]
INSTANT = timedelta(microseconds=1)
NOBODY: Answer = {"exists": False}
LABELS = ("model", "site", "firmware")
OPEN_ALERT = "alert, kind, title, severity, risk, status, opened_time, opened_recorded"
STEP = "receipt, decision, step, at, recorded_time, credential, detail"
DECISION = "decision, action, state, reason, policy, alert, actor, time, recorded_time"


def device(ask: Ask, moment: Moment, tenant: str, name: str) -> Answer:
    """Who the device was, what it last reported, who was connected as it, its open alerts, and its credential."""
    report = _last_report(ask, moment, tenant, name)
    provisioned = _first(rows_of(ask, "provisioned_as_of", moment, [tenant], [name]))
    if report is None and provisioned is None:
        return dict(NOBODY)
    alerts = rows_of(
        ask, "alerts_as_of", moment, [tenant], [name],
        columns=OPEN_ALERT, rest="WHERE status != 'closed' ORDER BY risk DESC, alert",
    )  # fmt: skip
    sessions = rows_of(
        ask, "sessions_as_of", moment, [tenant], [name],
        columns="session, address, credential, opened_time, opened_recorded", rest="ORDER BY opened_time, session",
    )  # fmt: skip
    return {
        "exists": True,
        **_labels(ask, moment, tenant, name, report, provisioned),
        "provisioned_time": provisioned["time"] if provisioned else None,
        "telemetry": {key: report[key] for key in ("event_time", "recorded_time", "metrics")}
        if report
        else None,
        "risk": max((alert["risk"] for alert in alerts), default=0),
        "alerts": keyed(alerts, "alert"),
        "sessions": keyed(sessions, "session"),
        "credential": _in_force(ask, moment, tenant, name),
    }


def credential(ask: Ask, moment: Moment, tenant: str, name: str) -> Answer:
    """How a device's credential stood: what receipts proved, what was wanted, every decision, and each step of the one in force.

    A device nothing was decided about has an active credential.
    """
    one = [tenant], [name]
    decisions = rows_of(ask, "decisions_as_of", moment, *one, columns=DECISION, rest="ORDER BY kafka_offset")
    steps = rows_of(ask, "receipts_as_of", moment, *one, columns=STEP, rest="ORDER BY kafka_offset")
    stood = _in_force(ask, moment, tenant, name)
    return {
        "exists": bool(decisions or steps),
        **stood,
        "steps": keyed([step for step in steps if step["decision"] == stood["decision"]], "receipt"),
        "decisions": keyed(decisions, "decision"),
    }


def alert(ask: Ask, moment: Moment, tenant: str, device_name: str, name: str) -> Answer:
    """How an alert stood, with the evidence known by then, by event id."""
    found = _first(
        rows_of(
            ask, "alerts_as_of", moment, [tenant], [device_name],
            rest="WHERE alert = {alert:String}", more={"alert": name},
        )
    )  # fmt: skip
    if found is None:
        return dict(NOBODY)
    evidence = {piece["event"]: _piece(piece) for piece in json_in(found["evidence"]) or ()}
    left_out = ("alert", "tenant", "evidence")
    return {"exists": True, **{k: v for k, v in found.items() if k not in left_out}, "evidence": evidence}


def rollout(ask: Ask, moment: Moment, tenant: str, name: str) -> Answer:
    """How a campaign stood: its state, and each started stage with the gate's verdict and its numbers."""
    one = [tenant], [name]
    found = _first(rows_of(ask, "rollouts_as_of", moment, *one))
    stages = rows_of(ask, "rollout_stages_as_of", moment, *one, rest="ORDER BY stage")
    gates = rows_of(ask, "gates_as_of", moment, *one, rest="ORDER BY stage")
    if found is None and not stages and not gates:
        return dict(NOBODY)
    judged = {row["stage"]: _gate(row) for row in gates}
    told = {key: value for key, value in (found or {}).items() if key not in ("tenant", "rollout")}
    return {"exists": True, **told, "by_stage": {str(n): s for n, s in _stages(stages, judged).items()}}


def _stages(stages: list[Row], judged: dict[int, Answer]) -> dict[int, Answer]:
    left_out = ("tenant", "rollout", "stage")
    known = {row["stage"]: {k: v for k, v in row.items() if k not in left_out} for row in stages}
    return {n: {**known.get(n, {}), "gate": judged.get(n)} for n in sorted({*known, *judged})}


def _gate(row: Row) -> Answer:
    told = {key: value for key, value in row.items() if key not in ("tenant", "rollout", "stage")}
    return {**told, "treatment": json_in(row["treatment"]), "control": json_in(row["control"])}


def _in_force(ask: Ask, moment: Moment, tenant: str, name: str) -> Answer:
    found = _first(rows_of(ask, "credentials_as_of", moment, [tenant], [name]))
    if found is None:
        return {"state": "active", "wanted": "active", "pending": 0, "decision": ""}
    return {key: value for key, value in found.items() if key not in ("tenant", "device")}


def _last_report(ask: Ask, moment: Moment, tenant: str, name: str) -> Row | None:
    last = _first(rows_of(ask, "last_reports_as_of", moment, [tenant], [name]))
    if last is None:
        return None
    said = ask(
        "SELECT model, site, firmware, metrics FROM measurements(tenants = {tenants:Array(String)}, device = {device:String}, "
        "since = {since:DateTime64(6, 'UTC')}, until = {until:DateTime64(6, 'UTC')}) WHERE event_id = {event:String} LIMIT 1",
        {
            "tenants": [tenant],
            "device": name,
            "since": clickhouse_time(last["event_time"]),
            "until": clickhouse_time(last["event_time"] + INSTANT),
            "event": last["event_id"],
        },
    )
    return {**last, **(_first(said) or {"metrics": {}, **dict.fromkeys(LABELS, "")})}


def _labels(
    ask: Ask, moment: Moment, tenant: str, name: str, report: Row | None, provisioned: Row | None
) -> Answer:
    """What the newest report said; where it left one out, what was last said, else what it was provisioned as."""
    told = {label: report[label] if report else "" for label in LABELS}
    if report and not all(told.values()):
        told = _first(rows_of(ask, "labels_as_of", moment, [tenant], [name])) or told
    return {label: told[label] or (provisioned[label] if provisioned else "") for label in LABELS}


def _piece(piece: Answer) -> Answer:
    return {key: value for key, value in piece.items() if key != "event"}


def _first(rows: list[Row]) -> Row | None:
    return rows[0] if rows else None
