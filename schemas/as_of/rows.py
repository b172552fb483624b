"""Rows of one `_as_of` view, for some tenants and subjects at one moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from schemas.as_of.ask import Ask, Row
from schemas.as_of.moment import Moment

PARAMETERS = (
    "tenants = {tenants:Array(String)}, subjects = {subjects:Array(String)}, "
    "at = {at:DateTime64(6, 'UTC')}, known = {known:DateTime64(6, 'UTC')}"
)


def rows_of(
    ask: Ask,
    view: str,
    moment: Moment,
    tenants: Sequence[str],
    subjects: Sequence[str] = (),
    *,
    columns: str = "*",
    rest: str = "",
    more: Mapping[str, Any] | None = None,
) -> list[Row]:
    """What `view` says of the subjects (all of them where none is named). `view`, `columns` and `rest` are SQL of ours, `more` is bound."""
    parameters = {
        "tenants": list(tenants),
        "subjects": list(subjects),
        "at": clickhouse_time(moment.at),
        "known": clickhouse_time(moment.known),
        **(more or {}),
    }
    return ask(f"SELECT {columns} FROM {view}({PARAMETERS}) {rest}", parameters)  # noqa: S608


def keyed(rows: Sequence[Row], name: str) -> dict[str, Row]:
    """Rows by what the column `name` holds, which is left out of them."""
    return {str(row[name]): {key: value for key, value in row.items() if key != name} for row in rows}


def json_in(value: Any) -> Any:
    """What a column of JSON text holds; a value that was decoded before stays, an empty text is nothing."""
    return msgspec.json.decode(value or "null") if isinstance(value, str) else value


def clickhouse_time(time: datetime) -> str:
    """An aware time as a DateTime64(6, 'UTC') parameter."""
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
