"""The fixtures of the past, which other folders use too, live in `store`."""

from __future__ import annotations

from tests.schemas.as_of.store import past, past_url

__all__ = ["past", "past_url"]
