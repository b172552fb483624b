"""What came of a what-if: how many, what differs, and why it can be trusted."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from dashboards.components.badge import badge
from dashboards.components.markup import joined, show
from dashboards.components.numbers import count, figure
from dashboards.components.table import Column, table
from dashboards.components.times import duration
from dashboards.view import View
from schemas.what_if import (
    AlertDifference,
    AlertSide,
    DecisionSide,
    DeviceDifference,
    GateDifference,
    GateSide,
    Result,
)

SHOWN = 100
SCORES = {
    "better": badge("well", "better"),
    "worse": badge("critical", "worse"),
    "unknown": Markup("<span class='faint'>nobody judged it</span>"),
}


def what_if_result(view: View, result: Result) -> None:
    """Draw it: the counts, then the alerts, credentials and stages that differ."""
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
        Column[GateDifference]("Rollout", lambda d: view.rollout(d.tenant, d.rollout)),
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
