"""Cutting a device off by hand and letting it back in: each a decision of its own with a person's name, asked for twice.

A person's decisions don't count against `max_decisions`, which bounds what response does by itself; so that a click too many can't do more
than that either, no more devices than so many are held at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboards.components import person
from dashboards.components.numbers import count, counted
from dashboards.components.said import say, tell
from dashboards.control import FOLLOWS, Answer, Control
from dashboards.queries.alerts import Alert
from dashboards.queries.credentials import Credential
from dashboards.view import settings

FAILED_SHOWN = 3
HOLDING = "holding"


def on_alert(place: str, alert: Alert, credential: Credential | None, comment: str, actor: str) -> None:
    """Hold the device of an alert, which is reason enough, or let it back in; nothing where it was revoked."""
    if _is_held(credential):
        if _reinstate_button():
            say(place, Control(settings()).reinstate(alert.tenant, alert.device, comment, actor))
    elif may_be_held(credential):
        with _popover("Hold certificate", "Cut this device off until somebody reinstates it."):
            if _hold_button(alert.device, ready=True):
                say(place, Control(settings()).hold(alert.tenant, alert.device, alert.alert, comment, actor))


def on_device(tenant: str, device: str, credential: Credential | None) -> None:
    """Hold a device, for which a reason must be given since there is no alert to name, or let it back in; nothing where it was revoked."""
    place = f"{tenant}/{device}"
    if asks_name(credential):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            if _is_held(credential):
                _let_in(place, tenant, device)
            else:
                _hold(place, tenant, device)
    tell(place)


def asks_name(credential: Credential | None) -> bool:
    """Whether `on_device` asks for the person's name."""
    return _is_held(credential) or may_be_held(credential)


def some_of(
    place: str, alert: Alert, credentials: Mapping[str, Credential | None], reason: str, actor: str
) -> None:
    """Hold chosen ones of the devices that an alert of many names."""
    able = [device for device, credential in credentials.items() if may_be_held(credential)]
    most = settings().max_decisions
    with _popover("Hold certificates", "Cut devices of this alert off until somebody reinstates each."):
        st.markdown(choice(alert, len(credentials), len(able), most))
        chosen = st.multiselect("Devices", able, key="hold_devices", max_selections=most) if able else []
        text = f"Hold {counted(len(chosen), 'device')} now"
        ready = bool(chosen and reason)
        if able and st.button(
            text, key="hold_some", icon=":material/block:", disabled=not ready, on_click=_close
        ):
            say(place, _hold_all(alert, chosen, reason, actor))


def choice(alert: Alert, named: int, able: int, most: int) -> str:
    """Which devices of an alert of many can be held from it, why not others, and where those can be."""
    if not able:
        told = f"None of the {counted(named, 'device')} named can be held: each is cut off or about to be."
    else:
        told = (
            "Each device chosen is thrown out and can't connect again until somebody reinstates it: one decision a device, at most "
            f"{count(most)} at once. Say why in the comment first."
        )
    if alert.members > named:
        told += (
            f" {counted(named, 'device')} of {count(alert.members)} {'stands' if named == 1 else 'stand'} for all and can be chosen here;"
            " any other is held on its own page."
        )
    return told


def may_be_held(credential: Credential | None) -> bool:
    """Whether holding it would change anything: not where it is held or revoked, or shall be."""
    return credential is None or credential.wanted == "active"


def outcome(answers: Mapping[str, Answer]) -> Answer:
    """What came of holding several, in one answer: how many were taken, and why the others were not."""
    failed = [f"{device}: {answer.text}" for device, answer in answers.items() if not answer.ok]
    if not failed:
        return Answer(
            True,
            f"On the log: hold {counted(len(answers), 'device')}. {FOLLOWS}",
        )
    more = f" And {count(len(failed) - FAILED_SHOWN)} more." if len(failed) > FAILED_SHOWN else ""
    done = len(answers) - len(failed)
    return Answer(
        False,
        f"On the log for {count(done)} of {counted(len(answers), 'device')}. {' '.join(failed[:FAILED_SHOWN])}{more}",
    )


def _hold_all(alert: Alert, devices: Sequence[str], reason: str, actor: str) -> Answer:
    control = Control(settings())
    return outcome(
        {device: control.hold(alert.tenant, device, alert.alert, reason, actor) for device in devices}
    )


def _is_held(credential: Credential | None) -> bool:
    return credential is not None and credential.state == "held"


def _let_in(place: str, tenant: str, device: str) -> None:
    comment = st.text_input("Comment", key="comment", placeholder="Why it may connect again", width=420)
    actor = person.named()
    if _reinstate_button():
        say(place, Control(settings()).reinstate(tenant, device, comment or "", actor))


def _hold(place: str, tenant: str, device: str) -> None:
    reason = st.text_input(
        "Reason", key="hold_reason", placeholder="Why it must not connect any more", width=420
    )
    actor = person.named()
    said = (reason or "").strip()
    with _popover("Hold certificate", "Cut this device off until somebody reinstates it."):
        if _hold_button(device, ready=bool(said)):
            say(place, Control(settings()).hold(tenant, device, "", said, actor))


def _popover(label: str, text: str) -> DeltaGenerator:
    return st.popover(label, help=text, key=HOLDING, on_change="rerun")


def _close() -> None:
    """Close what asks the second time, which would hide what came of it."""
    st.session_state[HOLDING] = False


def _hold_button(device: str, *, ready: bool) -> bool:
    """Asked for twice: a click too many would cut a device off."""
    first = "" if ready else " Say why first: the log keeps it."
    st.markdown(f"{device} is thrown out and can't connect again until somebody reinstates it.{first}")
    return st.button("Hold it now", key="hold", icon=":material/block:", disabled=not ready, on_click=_close)


def _reinstate_button() -> bool:
    text = "Let this certificate work again; only a held one can."
    return st.button("Reinstate", key="reinstate", help=text)
