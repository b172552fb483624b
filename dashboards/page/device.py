"""Device: who is it, may it still connect, what is it doing, since when is that odd?"""

from __future__ import annotations

from datetime import datetime, timedelta

import streamlit as st
from markupsafe import Markup

from dashboards.components import cutting_off, sentences, timeline
from dashboards.components.alert_table import alert_table
from dashboards.components.badge import badge
from dashboards.components.device_charts import device_charts
from dashboards.components.forgetting import forgetting
from dashboards.components.lifecycle import life
from dashboards.components.markup import show
from dashboards.components.numbers import counted
from dashboards.components.reasons import reasons
from dashboards.components.roll_backs import roll_back_table
from dashboards.components.table import Column, table
from dashboards.components.twin_table import twin_table
from dashboards.components.vulnerability_table import vulnerability_table
from dashboards.queries import (
    alerts,
    credentials,
    detections,
    devices,
    explanations,
    inventory,
    roll_backs,
    security_events,
)
from dashboards.queries.alerts import Alert
from dashboards.queries.devices import Device
from dashboards.view import View, header, live

WINDOWS = {
    "15 min": timedelta(minutes=15),
    "1 h": timedelta(hours=1),
    "6 h": timedelta(hours=6),
    "24 h": timedelta(hours=24),
    "7 days": timedelta(days=7),
}
DEFAULT = "15 min"


def draw() -> None:
    """Draw the device the URL names with `?device=` (and `&tenant=`), else a list to choose from."""
    if not st.query_params.get("device"):
        _draw_list()
        return
    live(_answer)
    chosen = st.segmented_control(
        "Shown", list(WINDOWS), default=DEFAULT, required=True, key="window", bind="query-params"
    )

    def details(view: View) -> None:
        _details(view, WINDOWS[chosen or DEFAULT])

    live(details, tells_problem=False)
    live(_learned, tells_problem=False)


def _draw_list() -> None:
    answer = st.container()
    text = (
        st.text_input("Name, model, site or firmware contains", key="q", bind="query-params", width=420) or ""
    )

    def fleet(view: View) -> None:
        header(view, "Device", sentences.fleet(devices.fleet(view.store, view.tenants, view.reader.now)))

    def rows(view: View) -> None:
        _list(view, text)

    with answer:
        live(fleet)
    live(rows, tells_problem=False)


def _list(view: View, text: str) -> None:
    columns = [
        Column[Device]("Device", lambda d: view.device(d.tenant, d.device)),
        Column[Device]("Tenant", lambda d: d.tenant),
        Column[Device]("Model", lambda d: d.model),
        Column[Device]("Site", lambda d: d.site),
        Column[Device]("Firmware", lambda d: d.firmware),
        Column[Device]("Certificate", lambda d: badge(d.credential_state)),
        Column[Device]("Open alerts", lambda d: str(d.open_alerts or ""), number=True),
        Column[Device]("Heard", lambda d: badge(d.heard(view.reader.now))),
        Column[Device]("Last report", lambda d: view.moment(d.last_received), wide=True),
    ]
    found = devices.search(view.store, view.tenants, text)
    more = ", those with alerts and the longest silent first; type to narrow" if len(found) == 100 else ""
    empty = (
        f"No device matches {text!r}."
        if text
        else "No device is known yet. One appears with its first report."
    )
    table(found, columns, caption=f"{counted(len(found), 'device')}{more}", empty=empty)


def _found(view: View) -> Device | None:
    named, tenant = st.query_params["device"], st.query_params.get("tenant", "")
    found = devices.find(view.store, view.tenants, named)
    return next((d for d in found if d.tenant == tenant or not tenant), None)


def _answer(view: View) -> None:
    found = _found(view)
    if found is None:
        told = Markup(
            "There is no device {} among the tenants shown. It appears with its first report; see {}."
        )
        header(view, "Device", told.format(st.query_params["device"], view.page("device", "all devices")))
        return
    credential = credentials.of_device(view.store, (found.tenant,), found.device)
    waiting = credentials.waiting(view.store, (found.tenant,), found.device)
    around = devices.peers(view.store, (found.tenant,), found)
    silence = detections.newest_silence(view.store, (found.tenant,), found.device)
    header(
        view,
        found.device,
        sentences.device(found, around, view.reader, silence),
        sentences.may_connect(found.device, credential, view.reader, waiting),
        _odd(view, found),
        life(view, inventory.lifecycle(view.store, (found.tenant,), found.device)),
    )
    cutting_off.on_device(found.tenant, found.device, credential)


def _learned(view: View) -> None:
    found = _found(view)
    if found is None:
        return
    one = (found.tenant,)
    done = roll_backs.listed(view.store, one, found.device)
    roll_back_table(view, done, caption="What its models forgot", empty="Nothing: nobody asked for it.")
    credential = credentials.of_device(view.store, one, found.device)
    waiting = _waiting(view, found)
    odd_since = min((a.since or a.opened_time for a in waiting), default=None)
    forgetting(view, found, done, odd_since, named=cutting_off.asks_name(credential))


def _waiting(view: View, found: Device) -> list[Alert]:
    return [a for a in alerts.of_device(view.store, (found.tenant,), found.device) if a.status != "closed"]


def _odd(view: View, found: Device) -> Markup | str:
    waiting = _waiting(view, found)
    if not waiting:
        return "Nothing about it is odd now: no alert is open."
    first = min(waiting, key=lambda a: a.since or a.opened_time)
    worst = max(waiting, key=lambda a: a.risk)
    return Markup("{}: odd since {}, {}").format(
        badge(worst.severity),
        view.moment(first.since or first.opened_time),
        view.alert(worst.alert, worst.title),
    )


def _details(view: View, length: timedelta) -> None:
    found = _found(view)
    if found is None:
        return
    one, window = (found.tenant,), _window(view, found, length)
    odd = detections.of_device(view.store, one, found.device, *window)
    decisions = credentials.decisions(view.store, one, found.device)
    happened = [
        *timeline.of_events(security_events.of_device(view.store, one, found.device, *window)),
        *timeline.of_decisions([d for d in decisions if window[0] <= d.time < window[1]]),
        *timeline.of_receipts(
            [
                r
                for r in credentials.receipts(view.store, one, found.device)
                if window[0] <= r.time < window[1]
            ],
            decisions,
        ),
    ]
    _say_window(view, window)
    reasons(view, odd, explanations.of_findings(view.store, one, [d.detection for d in odd]))
    device_charts(view, found.tenant, found.device, window, found=odd, happened=happened)
    alert_table(
        view,
        alerts.of_device(view.store, one, found.device),
        caption="Its alerts",
        empty="It never had an alert.",
    )
    twin_table(
        view,
        inventory.twin(view.store, one, found.device),
        inventory.twin_settings(view.store, one, found.device),
    )
    vulnerability_table(
        view,
        found,
        inventory.sbom(view.store, one, found),
        inventory.vulnerabilities(view.store, one, found),
    )
    timeline.timeline(
        view,
        [*happened, *timeline.of_detections(odd)],
        caption="What happened in this time",
        empty="Nothing but telemetry. Logins, sessions, updates and decisions appear here.",
    )


def _window(view: View, found: Device, length: timedelta) -> tuple[datetime, datetime]:
    """The last `length` until now; for a device that stopped reporting before that, until its last report or until it was told silent."""
    until = view.reader.now
    if found.last_seen is not None and not until - length < found.last_seen < until:
        silence = detections.newest_silence(view.store, (found.tenant,), found.device)
        newest = max(found.last_seen, silence.time) if silence else found.last_seen
        until = min(newest + timedelta(seconds=1), until)
    return until - length, until


def _say_window(view: View, window: tuple[datetime, datetime]) -> None:
    if view.reader.now - window[1] > timedelta(minutes=1):
        text = f"It has not reported since; shown is the time until {view.reader.exact(window[1])}."
        show(Markup("<p class='faint'>{}</p>").format(text))
