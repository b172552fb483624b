"""What if: what would have been different?"""

from __future__ import annotations

import streamlit as st
from markupsafe import Markup

from dashboards.components.markup import link
from dashboards.components.numbers import count, share
from dashboards.components.said import say, tell
from dashboards.components.table import Column, table
from dashboards.components.what_if_form import form
from dashboards.components.what_if_result import what_if_result
from dashboards.control import Answer, Control
from dashboards.queries import what_ifs
from dashboards.queries.what_ifs import WhatIf
from dashboards.store import StoreUnavailable
from dashboards.view import View, current, header, live, settings
from schemas.event import parse_time

PLACE = "what_if"
REFRESH_S = 1.0
EMPTY = (
    "Choose below what shall be different, and ask. History is run again with it; nothing is ever enforced. "
    "With nothing changed it proves that history gives what really happened."
)


def draw() -> None:
    """Draw the page; the what-if shown is named by the URL, else the newest one."""
    answer = st.container()
    left, right = st.columns([1, 3], gap="medium")
    with answer:
        live(_answer, every_s=REFRESH_S)
    with left:
        _ask()
    with right:
        live(_shown, every_s=REFRESH_S, tells_problem=False)
        live(_all, tells_problem=False)


def _ask() -> None:
    try:
        view = current()
    except StoreUnavailable:
        return  # the answer above says it
    variant = form(view.reader.zone, view.reader.now)
    tell(PLACE)
    if variant is None:
        return
    if view.chosen:
        variant["tenants"] = list(view.chosen)
    answer, name = Control(settings()).ask_what_if(variant)
    say(PLACE, answer)
    if name:
        st.query_params["what_if"] = name
    st.rerun()


def _chosen() -> WhatIf | Answer | None:
    """The what-if the URL names, else the newest; None where there is none yet."""
    control = Control(settings())
    name = st.query_params.get("what_if", "")
    if not name:
        found = control.what_ifs()
        if isinstance(found, Answer):
            return found
        if not found:
            return None
        name = str(found[0]["id"])
    told = control.what_if(name)
    return told if isinstance(told, Answer) else what_ifs.what_if(told)


def _answer(view: View) -> None:
    chosen = _chosen()
    if chosen is None:
        header(view, "What if", EMPTY)
    elif isinstance(chosen, Answer):
        header(view, "What if", chosen.text)
    else:
        header(view, "What if", _sentence(view, chosen), _about(view, chosen))
        _progress(chosen)


def _sentence(view: View, one: WhatIf) -> str | Markup:
    progress = one.progress
    if one.result is not None:
        return one.result.sentence
    match progress.status:
        case "queued":
            return "It waits for its turn: one what-if runs at a time."
        case "running":
            reached = f", {view.reader.exact(progress.reached)} reached" if progress.reached else ""
            return f"History is run again: {count(progress.events)} events so far{reached}."
        case "failed":
            return f"It failed: {progress.problem}."
    return "It was cancelled before it was done."


def _about(view: View, one: WhatIf) -> Markup:
    since, until = (one.variant.get(name) for name in ("since", "until"))
    stretch = f"from {_exact(view, since) if since else 'the beginning'} to {_exact(view, until) if until else 'the end'}"
    tenants = f", only {', '.join(one.variant['tenants'])}" if one.variant.get("tenants") else ""
    what = ", ".join(one.changes) or "nothing changed"
    named = f" ({one.name})" if one.name else ""
    return Markup("<span class='faint'>What if {}{}: {}{}, asked {}.</span>").format(
        what, named, stretch, tenants, view.moment(one.progress.asked)
    )


def _exact(view: View, text: str) -> str:
    return view.reader.exact(parse_time(text))


def _progress(one: WhatIf) -> None:
    if one.over:
        return
    done = one.progress.records / one.progress.total_records if one.progress.total_records else 0.0
    st.progress(
        min(done, 1.0),
        text=f"{share(one.progress.records, one.progress.total_records) if done else '0 %'} of the log",
    )
    if st.button("Cancel", key="cancel", icon=":material/stop:"):
        say(PLACE, Control(settings()).cancel_what_if(one.id))


def _shown(view: View) -> None:
    chosen = _chosen()
    if not isinstance(chosen, WhatIf) or chosen.result is None:
        return
    what_if_result(view, chosen.result)


def _all(view: View) -> None:
    found = Control(settings()).what_ifs()
    if isinstance(found, Answer) or not found:
        return
    columns = [
        Column[WhatIf]("What if", lambda w: link(w.title, "what-if", {"what_if": w.id}), wide=True),
        Column[WhatIf]("State", lambda w: w.progress.status),
        Column[WhatIf]("Asked", lambda w: view.moment(w.progress.asked)),
    ]
    table([what_ifs.what_if(one) for one in found], columns, caption="Asked before", empty="")
