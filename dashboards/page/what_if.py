"""What if: what would have been different?"""

from __future__ import annotations

from typing import Any

import streamlit as st
from markupsafe import Markup

from dashboards.components.badge import badge
from dashboards.components.markup import joined, link, show
from dashboards.components.numbers import count, figure, share
from dashboards.components.table import Column, table
from dashboards.components.times import duration
from dashboards.components.what_if_form import form
from dashboards.control import Answer, Control
from dashboards.queries import what_ifs
from dashboards.queries.what_ifs import (
    AlertDifference,
    AlertSide,
    DecisionSide,
    DeviceDifference,
    GateDifference,
    GateSide,
    Result,
    WhatIf,
)
from dashboards.store import StoreUnavailable
from dashboards.view import View, current, header, live, settings
from schemas.event import parse_time

PLACE = "what_if"
REFRESH_S = 1.0
SHOWN = 100
SCORES = {
    "better": badge("well", "better"),
    "worse": badge("critical", "worse"),
    "unknown": Markup("<span class='faint'>nobody judged it</span>"),
}
EMPTY = (
    "Choose on the left what shall be different, and ask. History is run again with it; nothing is ever enforced. "
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
    said = st.session_state.get(PLACE)
    if said is not None:
        (st.success if said.ok else st.error)(said.text)
    if variant is None:
        return
    if view.chosen:
        variant["tenants"] = list(view.chosen)
    answer, name = Control(settings()).ask_what_if(variant)
    st.session_state[PLACE] = answer
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
        reason = chosen.text.removeprefix("Nothing was changed: ")
        header(view, "What if", reason[:1].upper() + reason[1:])
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
        st.session_state[PLACE] = Control(settings()).cancel_what_if(one.id)


def _shown(view: View) -> None:
    chosen = _chosen()
    if not isinstance(chosen, WhatIf) or chosen.result is None:
        return
    result = chosen.result
    _counts(result)
    _alerts(view, result)
    _devices(view, result)
    _gates(view, result)
    _trust(result)


def _counts(result: Result) -> None:
    rows = [
        ("Alerts", result.alerts.was, result.alerts.would_be),
        ("Credentials decided about", result.devices.was, result.devices.would_be),
        ("Stages judged", result.stages.was, result.stages.would_be),
    ]
    columns = [
        Column[tuple[str, int, int]]("", lambda r: r[0]),
        Column[tuple[str, int, int]]("Was", lambda r: count(r[1]), number=True),
        Column[tuple[str, int, int]]("Would be", lambda r: count(r[2]), number=True),
        Column[tuple[str, int, int]]("", lambda r: _more(r[2] - r[1]), wide=True),
    ]
    table(rows, columns, caption="How many", empty="")


def _more(difference: int) -> str:
    if difference == 0:
        return "as many"
    return f"{count(abs(difference))} {'more' if difference > 0 else 'fewer'}"


def _alerts(view: View, result: Result) -> None:
    columns = [
        Column[AlertDifference]("Alert", lambda d: _told(view, d), wide=True),
        Column[AlertDifference]("Device", lambda d: view.device(_side(d).tenant, _side(d).device)),
        Column[AlertDifference]("Change", _change),
        Column[AlertDifference]("Severity", lambda d: badge(_side(d).severity)),
        Column[AlertDifference]("Raised", lambda d: view.reader.clock(_side(d).raised)),
        Column[AlertDifference]("Judged", _scored),
    ]
    rows = result.alert_differences[:SHOWN]
    table(
        rows,
        columns,
        caption=_caption("Alerts that differ", result.alert_differences),
        empty="No alert would differ.",
    )


def _devices(view: View, result: Result) -> None:
    columns = [
        Column[DeviceDifference]("Device", lambda d: view.device(d.tenant, d.device)),
        Column[DeviceDifference]("Was", lambda d: _act(view, d.was)),
        Column[DeviceDifference]("Would be", lambda d: _act(view, d.would_be)),
        Column[DeviceDifference]("Why", _reason, wide=True),
    ]
    caption = _caption("Credentials that would fare differently", result.device_differences)
    table(
        result.device_differences[:SHOWN],
        columns,
        caption=caption,
        empty="Every credential would fare the same.",
    )


def _gates(view: View, result: Result) -> None:
    columns = [
        Column[GateDifference]("Rollout", lambda d: view.rollout(d.rollout)),
        Column[GateDifference]("Stage", lambda d: str(d.stage), number=True),
        Column[GateDifference]("Was", lambda d: _judged(view, d.was)),
        Column[GateDifference]("Would be", lambda d: _judged(view, d.would_be)),
        Column[GateDifference]("Earlier", _earlier, number=True),
        Column[GateDifference]("Why", lambda d: d.would_be.explanation if d.would_be else "", wide=True),
    ]
    caption = _caption("Stages that would be judged differently", result.gate_differences)
    table(
        result.gate_differences[:SHOWN],
        columns,
        caption=caption,
        empty="Every gate would say the same at the same time.",
    )


def _trust(result: Result) -> None:
    check = result.check
    proved = (
        f"all {count(check.facts)} facts on the log"
        if check.equal == check.facts
        else f"only {count(check.equal)} of {count(check.facts)} facts on the log"
    )
    notes = joined((Markup("<p class='faint'>{}</p>").format(note) for note in result.notes), "")
    show(
        Markup(
            "<p class='faint'>Run again without the change, history gives {}. {} events in {}, {} times real time.</p>{}"
        ).format(proved, count(result.events), duration(result.seconds), figure(result.speedup), notes)
    )


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


def _caption(text: str, rows: list[Any]) -> str:
    return f"{text}: the first {SHOWN} of {count(len(rows))}" if len(rows) > SHOWN else text


def _side(difference: AlertDifference) -> AlertSide:
    side = difference.was or difference.would_be
    assert side is not None
    return side


def _told(view: View, difference: AlertDifference) -> Markup:
    side = _side(difference)
    # Only an alert that really was has a page.
    title = view.alert(side.alert, side.title) if difference.was else side.title
    return Markup("{}<br><span class='faint'>{}</span>").format(title, side.explanation.replace("\n", " "))


def _change(difference: AlertDifference) -> str:
    was, would_be = difference.was, difference.would_be
    if was is None or would_be is None:
        return difference.change
    earlier_s = (was.raised - would_be.raised).total_seconds()
    parts = [f"{duration(abs(earlier_s))} {'earlier' if earlier_s > 0 else 'later'}"] if earlier_s else []
    parts += [f"{would_be.severity}"] if was.severity != would_be.severity else []
    parts += [would_be.kind] if was.kind != would_be.kind else []
    return ", ".join(parts)


def _scored(difference: AlertDifference) -> str | Markup:
    """How analysts judged it, and whether losing or gaining it is therefore better."""
    verdict = (difference.verdict or "").replace("_", " ")
    if difference.change == "changed" or not verdict:
        return verdict or SCORES["unknown"]
    return Markup("{}: {}").format(verdict, SCORES[difference.score])


def _act(view: View, side: DecisionSide | None) -> Markup:
    if side is None:
        return Markup("<span class='faint'>nothing</span>")
    text = f"{side.action}, proposed" if side.state == "proposed" else side.action
    return Markup("{} at {}").format(badge(side.action, text), view.reader.clock(side.time))


def _reason(difference: DeviceDifference) -> str:
    side = difference.would_be or difference.was
    return side.reason if side else ""


def _judged(view: View, side: GateSide | None) -> Markup:
    if side is None:
        return Markup("<span class='faint'>not judged</span>")
    return Markup("{} at {}").format(badge(side.outcome), view.reader.clock(side.time))


def _earlier(difference: GateDifference) -> str:
    if difference.earlier_s is None:
        return ""
    return duration(difference.earlier_s)
