"""Alerts: which one first, and why?"""

from __future__ import annotations

import streamlit as st
from markupsafe import Markup

from dashboards.components import actions, feedback, sentences
from dashboards.components.alert_table import alert_table
from dashboards.components.numbers import counted
from dashboards.queries import alerts, exceptions
from dashboards.view import View, header, live

STATUSES = ("open", "acknowledged", "closed", "set aside")
DEFAULT = ("open", "acknowledged")
SEVERITIES = ("critical", "high", "medium", "low")


def draw() -> None:
    """Draw the page; the filters live in the URL."""
    answer = st.container()
    left, middle, right = st.columns([4, 3, 3], vertical_alignment="bottom")
    statuses = left.pills(
        "Status",
        STATUSES,
        selection_mode="multi",
        default=DEFAULT,
        key="status",
        bind="query-params",
    )
    severities = middle.pills(
        "Severity", SEVERITIES, selection_mode="multi", key="severity", bind="query-params"
    )
    text = right.text_input("Device, title or kind contains", key="q", bind="query-params")

    def first(view: View) -> None:
        _first(view)

    def rows(view: View) -> None:
        _queue(view, tuple(statuses), tuple(severities), text or "")

    with answer:
        live(first)
    live(rows, tells_problem=False)
    live(_exceptions, tells_problem=False)


def _exceptions(view: View) -> None:
    found = exceptions.current(view.store, view.tenants, view.reader.now)
    feedback.exception_table(view, found)
    actions.on_exceptions(found, view.reader.now, named=False)


def _first(view: View) -> None:
    went = feedback.accounted(exceptions.findings(view.store, view.tenants))
    waiting = alerts.waiting(view.store, view.tenants)
    worst = alerts.queue(view.store, view.tenants, limit=1)
    if not worst:
        header(view, "Alerts", "No alert waits for you.", went)
        return
    top = worst[0]
    told = Markup("First {}, {}, risk {} of 100: {}").format(
        view.alert(top.alert, top.title), top.severity, top.risk, top.explanation
    )
    header(view, "Alerts", told, sentences.attention(waiting, 0), went)


def _queue(view: View, statuses: tuple[str, ...], severities: tuple[str, ...], text: str) -> None:
    found = alerts.queue(
        view.store, view.tenants, statuses=statuses or STATUSES, severities=severities, search=text
    )
    more = ", the worst of them; narrow the filters to see others" if len(found) == alerts.LIMIT else ""
    narrowed = bool(severities or text) or statuses != DEFAULT
    empty = (
        "No alert passes these filters. Choose more statuses or severities, or clear the text."
        if narrowed
        else "No alert is open. One opens when detection finds something odd."
    )
    alert_table(view, found, caption=f"{counted(len(found), 'alert')}{more}", empty=empty)
