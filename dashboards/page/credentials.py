"""Credentials: who is cut off, how long did it take, who should be and isn't yet?"""

from __future__ import annotations

import streamlit as st
from markupsafe import Markup

from dashboards.components import actions, sentences
from dashboards.components.badge import badge
from dashboards.components.charts.latency import latencies
from dashboards.components.markup import show
from dashboards.components.said import tell
from dashboards.components.table import Column, table
from dashboards.components.times import duration
from dashboards.queries import credentials
from dashboards.queries.credentials import Credential, Decision
from dashboards.view import View, header, live


def draw() -> None:
    """Draw the page."""
    live(_content)


def _content(view: View) -> None:
    touched = credentials.touched(view.store, view.tenants)
    proposals = credentials.proposed(view.store, view.tenants)
    header(view, "Credentials", sentences.cut_offs(touched), sentences.outstanding(touched, proposals))
    _proposals(view, proposals)
    _touched(view, touched)
    _latencies(view, touched)


def _proposals(view: View, proposals: list[Decision]) -> None:
    columns = [
        Column[Decision]("Device", lambda d: view.device(d.tenant, d.device)),
        Column[Decision]("Tenant", lambda d: d.tenant),
        Column[Decision]("Proposed", lambda d: badge(d.action)),
        Column[Decision]("Why", lambda d: d.reason, wide=True),
        Column[Decision]("Alert", lambda d: view.alert(d.alert, "alert") if d.alert else ""),
        Column[Decision]("Waits since", lambda d: view.moment(d.time)),
    ]
    if not proposals:
        tell(actions.PROPOSALS)
        return
    table(proposals, columns, caption="Waiting for your approval", empty="")
    actions.settle(proposals)


def _touched(view: View, touched: list[Credential]) -> None:
    columns = [
        Column[Credential]("Device", lambda c: view.device(c.tenant, c.device)),
        Column[Credential]("Tenant", lambda c: c.tenant),
        Column[Credential]("Proven", lambda c: badge(c.state)),
        Column[Credential]("Wanted", lambda c: badge(c.wanted) if c.pending else "as wanted"),
        Column[Credential]("Cut off after", _seconds, number=True),
        Column[Credential]("Why", lambda c: c.failure if c.pending and c.failed_at else c.reason, wide=True),
        Column[Credential]("By", lambda c: c.actor or c.policy or "policy"),
        Column[Credential]("Alert", lambda c: view.alert(c.alert, "alert") if c.alert else ""),
        Column[Credential]("Decided", lambda c: view.moment(c.decided_time)),
        Column[Credential](
            "Then", lambda c: view.past("credential", c.device, "as it was when decided", at=c.decision)
        ),
    ]
    empty = "Nobody was ever cut off. Response decides it when an alert's kind calls for it; enforcement records each step."
    table(touched, columns, caption="Everybody something was decided about", empty=empty)


def _seconds(credential: Credential) -> str:
    return duration(credential.cut_off_s) if credential.cut_off_s is not None else ""


def _latencies(view: View, touched: list[Credential]) -> None:
    cut = [
        (c.decided_time, c.cut_off_s, c.device) for c in touched if c.cut_off_s is not None and c.decided_time
    ]
    if len(cut) < 2:
        return
    times, seconds, names = zip(*cut, strict=True)
    caption = "From event to cut-off, each a point; the line is the median"
    show(Markup("<h3>{}</h3>").format(caption))
    chart = latencies(times, seconds, names, dark=view.reader.dark)
    st.altair_chart(chart, width="stretch", key="latencies", alt=caption)
