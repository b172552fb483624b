"""The buttons by which a person acts, and where the answer is told. Every action needs a name, which the log keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import streamlit as st

from dashboards.components import cutting_off, person
from dashboards.components.feedback import covers
from dashboards.components.said import say, tell
from dashboards.components.sentences import VERDICTS
from dashboards.control import Answer, Control
from dashboards.queries.alerts import Alert
from dashboards.queries.credentials import Credential, Decision
from dashboards.queries.exceptions import Expected
from dashboards.view import settings

PROPOSALS = "proposals"
EXCEPTIONS = "exceptions"
EXPECT = "What is within it opens no alert any more; it is kept and counted. What is beyond it does."
HELP = {
    "true_positive": "It was an attack or a fault, and worth the alert.",
    "false_positive": "Nothing happened; the detector is wrong.",
    "benign_positive": "It happened as described, but somebody meant it to.",
    "unknown": "It can't be found out.",
}


def on_alert(alert: Alert, credentials: Mapping[str, Credential | None]) -> None:
    """What a person may do about an alert: take it, judge it, cut its device off (of several those chosen) or let it back in.

    `credentials` are those of the devices it names, by device; None where nothing was decided about one.
    """
    place = alert.alert
    control = Control(settings())
    with st.container(horizontal=True, vertical_alignment="bottom"):
        comment = st.text_input("Comment", key="comment", placeholder="What you found out", width=200)
        actor = person.named()
        if alert.status == "open" and st.button("Acknowledge", key="acknowledge"):
            say(
                place,
                control.acknowledge(alert.tenant, alert.device, alert.alert, actor, whole=alert.is_shared),
            )
        if alert.status != "closed" or alert.is_set_aside:
            for verdict, text in VERDICTS.items():
                if st.button(text.capitalize(), key=verdict, help=HELP[verdict]):
                    say(
                        place,
                        control.judge(
                            alert.tenant,
                            alert.device,
                            alert.alert,
                            verdict,
                            comment or "",
                            actor,
                            whole=alert.is_shared,
                        ),
                    )
        if alert.is_of_many:
            cutting_off.some_of(place, alert, credentials, (comment or "").strip(), actor)
        else:
            cutting_off.on_alert(place, alert, credentials.get(alert.device), comment or "", actor)
    tell(place)


def settle(proposals: Sequence[Decision]) -> None:
    """Approve or reject one of the decisions that wait."""
    named = {d.decision: f"{d.action} {d.device} ({d.tenant})" for d in proposals}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        # Nothing is chosen by itself: a click too many would settle the next one.
        chosen = st.selectbox(
            "Decision",
            list(named),
            index=None,
            placeholder="Choose one",
            format_func=lambda d: named.get(d, d),
            key="proposal",
            width=320,
        )
        comment = st.text_input("Comment", key="settle_comment", placeholder="Why", width=320)
        actor = person.named()
        for answer, icon in (("approve", ":material/check:"), ("reject", ":material/close:")):
            if st.button(answer.capitalize(), icon=icon, key=answer, disabled=chosen is None):
                _settle(proposals, chosen, answer, comment or "", actor)
    tell(PROPOSALS)


def on_exceptions(exceptions: Sequence[Expected], now: datetime, *, named: bool) -> None:
    """Accept, reject or end one of these exceptions; `named` where the page has asked for the person's name already."""
    if not exceptions:
        tell(EXCEPTIONS)
        return
    words = {e.exception: f"{covers(e)} on {e.device} ({e.tenant}, {e.state})" for e in exceptions}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        # In a list nothing is chosen by itself: a click too many would settle the next one.
        chosen = st.selectbox(
            "Exception",
            list(words),
            index=0 if named else None,
            placeholder="Choose one",
            format_func=lambda e: words.get(e, e),
            key="exception",
            width=330,
        )
        one = next((e for e in exceptions if e.exception == chosen), None)
        if one is not None:
            _answer_exception(one, now, named=named)
    tell(EXCEPTIONS)


def _answer_exception(one: Expected, now: datetime, *, named: bool) -> None:
    why = st.text_input("Why", key="exception_why", placeholder="Why it is to be expected", width=260)
    actor = person.known() if named else person.named()
    place = (one.tenant, one.device, one.exception)
    control = Control(settings())
    if one.state == "proposed":
        until = _until(one, now)
        if st.button("Accept", icon=":material/check:", key="accept", help=EXPECT):
            say(EXCEPTIONS, control.accept_exception(*place, until, why or "", actor))
    for state, answer in (("proposed", "reject"), ("accepted", "end")):
        if one.state == state and st.button(
            answer.capitalize(), icon=":material/close:", key=f"{answer}_exception"
        ):
            say(EXCEPTIONS, control.refuse_exception(*place, answer, why or "", actor))


def _until(one: Expected, now: datetime) -> datetime:
    """The end of the day so many days from now, at most what was proposed; the same for two clicks on one day."""
    most = max(1, (one.until - now).days)
    days = st.number_input(
        "Days", min_value=1, max_value=most, value=most, key=f"days_{one.exception}", width=110
    )
    end = (now + timedelta(days=int(days) + 1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return min(one.until, end)


def _settle(proposals: Sequence[Decision], chosen: str | None, answer: str, comment: str, actor: str) -> None:
    decision = next((d for d in proposals if d.decision == chosen), None)
    if decision is None:
        say(PROPOSALS, Answer(False, "Nothing was changed: somebody else has settled this decision."))
        return
    say(
        PROPOSALS,
        Control(settings()).settle(
            decision.tenant, decision.device, decision.decision, answer, comment, actor
        ),
    )
