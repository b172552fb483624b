"""How a question reaches the store, whoever asks it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Row = dict[str, Any]
# Answers a query with `{name:Type}` parameters in rows by column name; times in them are aware. Raises Retryable where the store is away.
Ask = Callable[[str, Mapping[str, Any]], list[Row]]
