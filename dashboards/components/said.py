"""What came of the last action, told where it was done, with the time: it stays there when the page has moved on."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from dashboards.components.times import Reader, zone_named
from dashboards.control import Answer

SAID = "said"


def say(place: str, answer: Answer) -> None:
    """Keep what came of an action, to be told where it was done."""
    st.session_state[SAID] = (place, answer, datetime.now(UTC))


def tell(place: str) -> None:
    """Show what came of the last action, where it was done, until the next one."""
    said, answer, at = st.session_state.get(SAID, ("", None, None))
    if answer is None or said != place:
        return
    reader = Reader(zone=zone_named(st.context.timezone), now=datetime.now(UTC))
    (st.success if answer.ok else st.error)(f"{reader.clock(at)} · {answer.text}")
