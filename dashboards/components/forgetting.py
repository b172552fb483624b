"""The form by which a person makes detection forget what a device taught in some time, with what that will do said first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import streamlit as st

from dashboards.components import person
from dashboards.components.roll_backs import meaning
from dashboards.components.said import say, tell
from dashboards.control import Control
from dashboards.queries import roll_backs
from dashboards.queries.devices import Device
from dashboards.queries.roll_backs import RollBack
from dashboards.view import View, settings

SINCE, UNTIL = "forget_since", "forget_until"
SURE, ASKED = "forget_sure", "forget_asked"
PLACE = "forgetting"
BEFORE = timedelta(hours=24)


def forgetting(
    view: View, device: Device, done: Sequence[RollBack], odd_since: datetime | None, *, named: bool
) -> None:
    """Draw it; proposed is the time since it is odd (else the last day). `named` where the page has asked for the person's name already."""
    _mean_once()
    _propose(view, odd_since or view.reader.now - BEFORE)
    with st.expander("Forget what it taught", icon=":material/history:", key=PLACE):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            since = st.datetime_input("Since", key=SINCE, step=60, width=230)
            until = st.datetime_input("Until (now where empty)", key=UNTIL, step=60, width=230)
            reason = st.text_input(
                "Reason",
                key="forget_reason",
                placeholder="What it learned wrongly; name no person",
                width=320,
            )
            actor = person.known() if named else person.named()
        begin = _moment(view, since) or view.reader.now - BEFORE
        end = _moment(view, until) or _next_minute(view.reader.now)
        _ask(view, device, done, (begin, end), (reason or "").strip(), actor)
    tell(PLACE)


def _mean_once() -> None:
    """What was meant is meant once: the tick is taken away with the first drawing after it was asked for."""
    if st.session_state.pop(ASKED, False):
        st.session_state[SURE] = False


def _propose(view: View, since: datetime) -> None:
    if SINCE not in st.session_state:
        local = since.astimezone(view.reader.zone).replace(second=0, microsecond=0, tzinfo=None)
        st.session_state[SINCE], st.session_state[UNTIL] = local, None


def _ask(
    view: View,
    device: Device,
    done: Sequence[RollBack],
    stretch: tuple[datetime, datetime],
    reason: str,
    actor: str,
) -> None:
    one = (device.tenant,)
    found = roll_backs.named(view.store, one, device.device, *stretch)
    reach = roll_backs.reach(view.store, one, device.device)
    flow_reach = roll_backs.flow_reach(view.store, one, device.device)
    st.warning(meaning(device.device, found, reach, flow_reach, done), icon=":material/info:")
    with st.container(horizontal=True, vertical_alignment="center"):
        any_ = found.reports + found.flows > 0
        sure = st.checkbox("That shall happen", key=SURE, disabled=not any_)
        ready = sure and any_ and bool(reason)
        if st.button("Forget", key="forget", disabled=not ready):
            control = Control(settings())
            say(PLACE, control.roll_back(device.tenant, device.device, *stretch, reason, actor))
            st.session_state[ASKED] = True


def _moment(view: View, picked: datetime | None) -> datetime | None:
    """What was picked is meant in the reader's zone."""
    return picked.replace(tzinfo=view.reader.zone) if picked else None


def _next_minute(now: datetime) -> datetime:
    """The same for two clicks in one minute, so that they are one roll-back; what comes after it is learned whatever its time."""
    return now.replace(second=0, microsecond=0) + timedelta(minutes=1)
