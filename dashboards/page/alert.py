"""Alert: what happened, why do you think so, what have you done, what should I do?"""

from __future__ import annotations

from datetime import datetime, timedelta

import streamlit as st
from markupsafe import Markup

from dashboards.components import actions, feedback, sentences, timeline
from dashboards.components.alert_title import titled
from dashboards.components.badge import badge
from dashboards.components.device_charts import device_charts
from dashboards.components.markup import joined
from dashboards.components.reasons import reasons
from dashboards.components.table import Column, table
from dashboards.queries import (
    alerts,
    credentials,
    detections,
    exceptions,
    explanations,
    security_events,
)
from dashboards.queries.alerts import Alert
from dashboards.queries.credentials import Credential
from dashboards.queries.detections import Detection
from dashboards.view import View, header, live
from schemas.detection import Evidence

BEFORE, AFTER = timedelta(minutes=10), timedelta(minutes=5)
MOST_CHARTS = 3


def draw() -> None:
    """Draw the alert the URL names with `?alert=`."""
    live(_answer)
    live(_details, tells_problem=False)


def _found(view: View) -> Alert | None:
    named = st.query_params.get("alert", "")
    return alerts.find(view.store, view.tenants, named) if named else None


def _answer(view: View) -> None:
    alert = _found(view)
    if alert is None:
        _missing(view)
        return
    credential = credentials.of_device(view.store, (alert.tenant,), alert.device)
    expected = exceptions.of_alerts(view.store, (alert.tenant,), alert.parts, alert.exception)
    proposed = [one for one in expected if one.state == "proposed"]
    waiting = credentials.waiting(view.store, (alert.tenant,), alert.device)
    header(
        view,
        titled(view, alert),
        _standing(view, alert),
        alert.explanation,
        feedback.bar(alert, view.reader),
        sentences.what_was_done(alert, credential, view.reader, waiting),
        feedback.waiting(proposed),
        Markup("<b>What to do:</b> {}").format(
            sentences.what_to_do(alert, credential, len(proposed), waiting)
        ),
    )
    actions.on_alert(alert, _credentials(view, alert))
    if expected:
        feedback.exception_table(view, expected)
    actions.on_exceptions(
        [one for one in expected if one.state in ("proposed", "accepted")], view.reader.now, named=True
    )


def _credentials(view: View, alert: Alert) -> dict[str, Credential | None]:
    """How the credential of each device that it names stands."""
    one = (alert.tenant,)
    parts = alerts.parts_of(view.store, one, alert) if alert.is_shared else [alert]
    named = list(dict.fromkeys(part.device for part in parts))
    known = credentials.of_devices(view.store, one, named)
    return {device: known.get(device) for device in named}


def _standing(view: View, alert: Alert) -> Markup:
    words = [badge(alert.severity), badge(alert.status)]
    if alert.verdict:
        words.append(badge(alert.verdict))
    if alert.is_shared:
        words.append(Markup("in {} parts").format(len(alert.parts)))
    words.append(Markup("risk {} of 100").format(alert.risk))
    words.append(Markup("since {}").format(view.moment(alert.since or alert.opened_time)))
    words.append(view.past("alert", alert.alert, "as it was when it opened", at=alert.alert))
    return joined(words, " · ")


def _missing(view: View) -> None:
    named = st.query_params.get("alert", "")
    told = Markup(
        "There is no alert {} among the tenants shown. It may still be on its way to the store; see {}."
    ).format(named, view.page("alerts", "all alerts"))
    header(
        view,
        "Alert",
        told if named else Markup("Choose one of {}.").format(view.page("alerts", "all alerts")),
    )


def _details(view: View) -> None:
    alert = _found(view)
    if alert is None:
        return
    changes = alerts.history(view.store, (alert.tenant,), alert.parts)
    ids = [change.detection for change in changes if change.detection]
    found = detections.named(view.store, (alert.tenant,), ids)
    window = _window(view, alert)
    happened = _happened(view, alert, window)
    # Of several parts the worst one's: the others say the same with other numbers.
    worst = {change.detection for change in changes if change.alert == alert.alert}
    why = [one for one in found if one.detection in worst]
    reasons(view, why, explanations.of_findings(view.store, (alert.tenant,), ids))
    if alert.is_shared:
        _parts(view, alert)
    _evidence(view, alert, found)
    device_charts(view, alert.tenant, alert.device, window, found=found, happened=happened, limit=MOST_CHARTS)
    entries = [*happened, *timeline.of_detections(found), *timeline.of_changes(changes)]
    timeline.timeline(
        view, entries, caption="Timeline", empty="Nothing is recorded about this device around the alert."
    )


def _parts(view: View, alert: Alert) -> None:
    """The alerts that this is, each from the part of the devices that one detection worker sees."""
    columns = [
        Column[Alert]("Stands for it", lambda a: view.device(a.tenant, a.device)),
        Column[Alert]("Severity", lambda a: badge(a.severity)),
        Column[Alert](
            "Devices", lambda a: f"{a.members:,} of {a.of:,}" if a.of else f"{a.members:,}", number=True
        ),
        Column[Alert]("Status", lambda a: badge(a.status)),
        Column[Alert]("Since", lambda a: view.moment(a.since or a.opened_time)),
        Column[Alert]("What was found", lambda a: a.explanation, wide=True),
    ]
    rows = alerts.parts_of(view.store, (alert.tenant,), alert)
    table(rows, columns, caption="Its parts", empty="Its parts are on their way to the store.")


def _window(view: View, alert: Alert) -> tuple[datetime, datetime]:
    start = min(alert.since or alert.opened_time, alert.opened_time) - BEFORE
    return start, max(
        min(alert.updated_time + AFTER, view.reader.now), alert.updated_time + timedelta(seconds=1)
    )


def _happened(view: View, alert: Alert, window: tuple[datetime, datetime]) -> list[timeline.Entry]:
    one = (alert.tenant,)
    decisions = credentials.decisions(view.store, one, alert.device)
    related = [d for d in decisions if d.alert in ("", alert.alert)]
    ids = {d.decision for d in related}
    receipts = [r for r in credentials.receipts(view.store, one, alert.device) if r.decision in ids]
    events = security_events.of_device(view.store, one, alert.device, *window)
    return [
        *timeline.of_events(events),
        *timeline.of_decisions(related),
        *timeline.of_receipts(receipts, related),
    ]


def _evidence(view: View, alert: Alert, found: list[Detection]) -> None:
    pieces = {piece.event: piece for d in found for piece in alerts.evidence_of(d.evidence)}
    pieces |= {piece.event: piece for piece in alerts.evidence_of(alert.evidence)}
    columns = [
        Column[Evidence]("Evidence", lambda e: e.summary, wide=True),
        Column[Evidence]("When", lambda e: view.reader.clock(e.time)),
        Column[Evidence]("Ago", lambda e: view.moment(e.time)),
        Column[Evidence](
            "Record in the log", lambda e: Markup("<span class='faint'>{}</span>").format(e.origin)
        ),
    ]
    rows = sorted(pieces.values(), key=lambda piece: piece.time)
    table(
        rows,
        columns,
        caption="Why we think so",
        empty="The detectors named no single events; their sentences above and the chart are all there is.",
    )
