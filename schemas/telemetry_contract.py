"""The Arrow schema of telemetry batches as versioned JSON, and what may change in it, as `schemas.compatibility` is for events."""

from __future__ import annotations

from typing import Any

from schemas.compatibility import Breach
from schemas.telemetry import LEADING, MAX_METRICS, MAX_ROWS, METRIC_PREFIX, SCHEMA_NAME, TOPIC, schema_for


def described() -> dict[str, Any]:
    """Everything a reader or writer in another language must know of a batch."""
    metric = schema_for(["name"]).field(-1)
    return {
        "schema": SCHEMA_NAME,
        "topic": TOPIC,
        "format": "Arrow IPC stream (Apache Arrow columnar format 1.x), one record batch",
        "headers": {"schema": SCHEMA_NAME, "rows": "number of rows, decimal"},
        "schema_metadata": {"schema": SCHEMA_NAME},
        "max_rows": MAX_ROWS,
        "max_metrics": MAX_METRICS,
        "columns": [
            {"name": field.name, "type": str(field.type), "nullable": field.nullable} for field in LEADING
        ],
        "metric_columns": {
            "prefix": METRIC_PREFIX,
            "type": str(metric.type),
            "nullable": metric.nullable,
            "absent": "null: the device reported no such metric",
        },
    }


def breaches(shipped: dict[str, Any], today: dict[str, Any]) -> list[Breach]:
    """Incompatible changes of the batch under the same version name. A new version is none, but must still read the old golden file."""
    if shipped["schema"] != today["schema"]:
        return []
    name = shipped["schema"]
    found = [Breach(name, column["name"], "removed field") for column in _gone(shipped, today)]
    new = {column["name"]: column for column in today["columns"]}
    old = {column["name"]: column for column in shipped["columns"]}
    for column in (column for column in old.values() if column["name"] in new):
        found += _of_column(name, column, new[column["name"]])
    found += [
        Breach(name, column["name"], "new required field")
        for column in new.values()
        if column["name"] not in old and not column["nullable"]
    ]
    found += [
        Breach(name, f"metric_columns.{part}", "changed type", f"was {shipped['metric_columns'][part]!r}")
        for part in ("prefix", "type", "nullable")
        if shipped["metric_columns"][part] != today["metric_columns"][part]
    ]
    found += [
        Breach(name, limit, "tighter limit", f"was {shipped[limit]}, is {today[limit]}")
        for limit in ("max_rows", "max_metrics")
        if today[limit] < shipped[limit]
    ]
    if shipped["topic"] != today["topic"]:
        found.append(Breach(name, "", "changed topic", f"was {shipped['topic']}, is {today['topic']}"))
    return found


def _gone(shipped: dict[str, Any], today: dict[str, Any]) -> list[dict[str, Any]]:
    left = {column["name"] for column in today["columns"]}
    return [column for column in shipped["columns"] if column["name"] not in left]


def _of_column(name: str, old: dict[str, Any], new: dict[str, Any]) -> list[Breach]:
    if old["type"] != new["type"]:
        return [Breach(name, old["name"], "changed type", f"was {old['type']}, is {new['type']}")]
    if old["nullable"] and not new["nullable"]:
        return [Breach(name, old["name"], "new required field", "was nullable")]
    return []
