"""A whole fleet at a moment: counts, and the devices that were not fine."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from schemas.as_of.ask import Ask
from schemas.as_of.moment import Moment
from schemas.as_of.rows import keyed, rows_of
from schemas.as_of.subject import Answer

SILENT_AFTER_S = 300
MOST_DEVICES = 100
SEVERITIES = ("critical", "high", "medium", "low")
CREDENTIALS = ("active", "held", "revoked")

# One pass over the devices: the counts, and the worst of those that are not fine.
SILENT = "(last_seen IS NULL OR last_seen < {at:DateTime64(6, 'UTC')} - toIntervalSecond({silent_s:UInt32}))"
NOT_FINE = f"(credential != 'active' OR pending OR critical + high + medium + low > 0 OR {SILENT})"
COUNTS = f"""
    count() AS devices,
    countIf({SILENT}) AS silent,
    countIf({NOT_FINE}) AS not_fine,
    countIf(pending) AS pending_credentials,
    {", ".join(f"sum({one}) AS {one}_alerts" for one in SEVERITIES)},
    {", ".join(f"countIf(credential = '{one}') AS {one}_credentials" for one in CREDENTIALS)},
    arraySlice(arraySort(groupArrayIf(
        (
            credential = 'active', -toInt64(risk), ifNull(last_seen, toDateTime64(0, 6, 'UTC')), tenant, device,
            credential, wanted, critical + high + medium + low, {SILENT}
        ),
        {NOT_FINE}
    )), 1, {{most:UInt32}}) AS worst
"""


def fleet(ask: Ask, moment: Moment, tenants: Sequence[str], *, most: int = MOST_DEVICES) -> Answer:
    """The fleet of these tenants: devices, credentials by state, open alerts by severity, rollouts, and the devices that were not fine.

    A device is silent where nothing happened on it for `SILENT_AFTER_S` before the moment. Of the devices not fine the worst `most` are
    named, `devices.not_fine` counts all.
    """
    bound = {"silent_s": SILENT_AFTER_S, "most": most}
    found = rows_of(ask, "devices_as_of", moment, tenants, columns=COUNTS, more=bound)[0]
    rollouts = rows_of(ask, "rollouts_as_of", moment, tenants, rest="ORDER BY rollout")
    gates = rows_of(ask, "gates_as_of", moment, tenants, columns="tenant, rollout, stage, outcome")
    newest = {(gate["tenant"], gate["rollout"], gate["stage"]): gate["outcome"] for gate in gates}
    for row in rollouts:
        row["gate"] = newest.get((row["tenant"], row["rollout"], row["stage"]), "")
        row["rollout"] = f"{row.pop('tenant')}/{row['rollout']}"
    return {
        "exists": bool(found["devices"] or rollouts),
        "devices": {
            "known": found["devices"],
            "reporting": found["devices"] - found["silent"],
            "silent": found["silent"],
            "not_fine": found["not_fine"],
        },
        "credentials": {
            **{one: found[f"{one}_credentials"] for one in CREDENTIALS},
            "pending": found["pending_credentials"],
        },
        "open_alerts": {one: found[f"{one}_alerts"] for one in SEVERITIES},
        "rollouts": keyed(rollouts, "rollout"),
        "not_fine": dict(_device(row) for row in found["worst"]),
    }


def _device(row: tuple[Any, ...]) -> tuple[str, Answer]:
    _, risk, last_seen, tenant, device, credential, wanted, alerts, silent = row
    return f"{tenant}/{device}", {
        "credential": credential,
        "wanted": wanted,
        "open_alerts": alerts,
        "risk": -risk,
        "last_seen": _heard(last_seen),
        "silent": bool(silent),
    }


def _heard(time: datetime) -> datetime | None:
    aware = time if time.tzinfo else time.replace(tzinfo=UTC)
    return aware if aware.timestamp() else None
