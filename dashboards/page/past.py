"""Time travel: what did we know at that moment, and what do we know of it now?"""

from __future__ import annotations

import streamlit as st
from markupsafe import Markup

from dashboards.components import hindsight
from dashboards.components.badge import badge
from dashboards.components.markup import show
from dashboards.components.table import Column, table
from dashboards.components.times import zone_named
from dashboards.queries import past
from dashboards.queries.past import Asked
from dashboards.store import StoreUnavailable
from dashboards.view import View, current, header, problem
from schemas.as_of.comparison import Comparison, Line
from schemas.as_of.question import KINDS
from schemas.errors import Rejected

DEFAULT_AT = "10m ago"
WRITTEN = (
    "2026-11-21T14:03:00Z, 10m ago, now, or the id of an event, decision or alert: the moment the log had it"
)


def draw() -> None:
    """Draw the page; the question lives in the URL, and is asked again whenever it changes."""
    answer = st.container()
    asked = _asked()
    only_differing = st.toggle("Only what differs", key="differing", bind="query-params")
    try:
        shown = current()
        found = _compared(shown, asked)
        with answer:
            _answer(shown, asked, found)
    except StoreUnavailable as error:
        with answer:
            problem(error)
        return
    if isinstance(found, Comparison) and (found.then.get("exists") or found.now.get("exists")):
        _sides(shown, found, only_differing=only_differing)


def _asked() -> Asked:
    first, second = (
        st.columns([4, 5], vertical_alignment="bottom"),
        st.columns([4, 3, 4], vertical_alignment="bottom"),
    )
    kind = first[0].segmented_control(
        "About", KINDS, default="fleet", required=True, key="kind", bind="query-params"
    )
    name = first[1].text_input(
        "Name",
        key="subject",
        bind="query-params",
        disabled=kind == "fleet",
        placeholder="A device or rollout, or an alert's id",
    )
    at = second[0].text_input("At", key="at", bind="query-params", placeholder=DEFAULT_AT, help=WRITTEN)
    second[1].datetime_input("or pick the moment", value=None, key="picked", step=60, on_change=_pick)
    known = second[2].text_input(
        "As known at", key="known", bind="query-params", placeholder="the same moment", help=WRITTEN
    )
    return Asked(
        kind,
        "" if kind == "fleet" else (name or "").strip(),
        at or DEFAULT_AT,
        known or "",
    )


def _pick() -> None:
    """The moment picked, in the reader's zone, becomes the one written."""
    picked = st.session_state["picked"]
    if picked is not None:
        st.session_state["at"] = picked.replace(tzinfo=zone_named(st.context.timezone)).isoformat()


def _compared(view: View, asked: Asked) -> Comparison | Rejected:
    tenant = st.query_params.get("tenant", "")
    tenants = (tenant,) if tenant in view.tenants else view.tenants
    try:
        return past.compare(view.store, tenants, asked, view.reader.now)
    except Rejected as error:
        return error


def _answer(view: View, asked: Asked, found: Comparison | Rejected) -> None:
    if isinstance(found, Rejected):
        header(view, "Time travel", _refused(asked, found))
        return
    header(view, "Time travel", hindsight.stood(found, view.reader), hindsight.learned(found))
    said = (f"The moment is {found.moment.said}." if found.moment.said else "", *found.gaps)
    for note in filter(None, said):
        show(Markup("<p class='faint'>{}</p>").format(note))


def _refused(asked: Asked, error: Rejected) -> Markup:
    if error.code == "missing_name":
        return Markup("Which {}? Write its name below.").format(asked.kind)
    return Markup("{}: {}.").format(error.field.replace("_", " ").capitalize(), error.reason)


def _sides(view: View, found: Comparison, *, only_differing: bool) -> None:
    rows = found.differences if only_differing else sorted(found.lines, key=lambda line: not line.differs)
    columns = [
        Column[Line]("What", lambda line: _thing(view, line)),
        Column[Line]("", lambda line: badge("differs") if line.differs else ""),
        Column[Line](
            f"As known {view.reader.exact(found.moment.known)}", lambda line: _then(view, line), cut=True
        ),
        Column[Line](
            f"As known now, {view.reader.exact(found.asked_time)}", lambda line: _now(view, line), cut=True
        ),
    ]
    table(
        [line for line in rows if line.path != ("exists",)],
        columns,
        caption=f"{hindsight.named(found)[4:].capitalize()}, then and now",
        empty="Nothing differs: what came in since changes nothing.",
    )


def _thing(view: View, line: Line) -> Markup | str:
    match line.path:
        case (*_, "alerts", alert):
            return Markup("alert {}").format(view.alert(alert, alert[:20]))
        case ("not_fine", name):
            tenant, _, device = name.partition("/")
            return view.device(tenant, device, name)
        case ("rollouts", name):
            tenant, _, rollout = name.partition("/")
            return Markup("rollout {}").format(view.rollout(tenant, rollout))
    return hindsight.thing(line)


def _then(view: View, line: Line) -> Markup | str:
    text = hindsight.value(line.then, view.reader)
    return Markup("<b>{}</b>").format(text) if line.differs else text


def _now(view: View, line: Line) -> Markup:
    if not line.differs:
        return Markup("<span class='faint'>the same</span>")
    return Markup("<b>{}</b>").format(hindsight.value(line.now, view.reader))
