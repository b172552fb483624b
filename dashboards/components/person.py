"""The name of who acts on a page, which the log keeps: asked for once a session, by default the account of this machine."""

from __future__ import annotations

import getpass

import streamlit as st

ACTOR = "actor"


def named() -> str:
    """Ask for the person's name; what was said before is there already."""
    if ACTOR not in st.session_state:
        st.session_state[ACTOR] = _account()
    name = st.text_input("Your name", key=ACTOR, width=140, persist_state="session")
    return (name or "").strip() or _account()


def known() -> str:
    """The person's name where the page asks for it elsewhere."""
    return str(st.session_state.get(ACTOR) or _account())


def _account() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "dashboard"
