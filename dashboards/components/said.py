"""What came of the last action, told where it was done."""

from __future__ import annotations

import streamlit as st

from dashboards.control import Answer

SAID = "said"


def say(place: str, answer: Answer) -> None:
    """Keep what came of an action, to be told where it was done."""
    st.session_state[SAID] = (place, answer)


def tell(place: str) -> None:
    """Show what came of the last action, where it was done, until the next one."""
    said, answer = st.session_state.get(SAID, ("", None))
    if answer is None or said != place:
        return
    (st.success if answer.ok else st.error)(answer.text)
