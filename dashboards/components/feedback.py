"""What verdicts and exceptions did, in sentences and one table."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from dashboards.components.badge import badge
from dashboards.components.numbers import count, counted, figure, label_of, quantity
from dashboards.components.table import Column, table
from dashboards.components.times import Reader
from dashboards.queries.alerts import Alert, weighed_of
from dashboards.queries.exceptions import Expected, Findings
from dashboards.view import View
from detectors.feedback.bounds import COUNTS, SHOWN_EVERY
from schemas.weighed import Weighed

SIDES = {"above": "above usual, up to", "below": "below usual, down to", "either": "up to"}
EMPTY = (
    "No exception is in force and none waits. One is proposed when somebody judges an alert to be a benign positive, or a "
    "third time that a device is wrongly told from its peers; "
    "it counts once a person accepts it."
)


def bar(alert: Alert, reader: Reader) -> str:
    """What verdicts made of the bar for findings like the alert's newest; empty where nobody judged any."""
    weighed = weighed_of(alert.weighed)
    if weighed is None or not weighed.judged:
        return ""
    judged = (
        f"{count(weighed.false)} of {count(weighed.judged)} like this judged in {COUNTS.days} days were false"
    )
    if not weighed.bar or weighed.until is None:
        return f"{judged}: the bar is the detector's own."
    until = reader.exact(weighed.until)
    return f"{judged}: the bar is {figure(weighed.times)} times as high, until {until}. {_against(weighed)}"


def _against(weighed: Weighed) -> str:
    reached = "and is below it" if weighed.strength < weighed.bar else "and is above it"
    return f"This one has a strength of {figure(weighed.strength)} {reached} ({figure(weighed.bar)})."


def set_aside(alert: Alert) -> str:
    """Why an alert asks nobody for work, and what a person can do about that."""
    told = counted(alert.detections, "finding")
    if alert.verdict == "expected":
        return f"Set aside, {told}: a person said that it is to be expected."
    if alert.verdict == "cut_off":
        return f"Set aside, {told}: it was cut off, so its silence is to be expected."
    return f"Set aside, {told}: weaker than the bar. One in {SHOWN_EVERY} opens an alert all the same."


def accounted(found: Findings | None) -> str:
    """Where every finding went."""
    if found is None:
        return ""
    quiet = f"{count(found.below_bar)} below a raised bar, {count(found.expected)} expected"
    if found.cut_off:
        quiet += f", {counted(found.cut_off, 'silence')} of devices that were cut off"
    if found.difference > 0:
        under_way = f"{count(found.difference)} under way"
        return f"Of {counted(found.detections, 'finding')} {count(found.alerted)} are in alerts, {quiet}, {under_way}."
    return f"All {counted(found.detections, 'finding')} are accounted for: {count(found.alerted)} in alerts, {quiet}."


def waiting(proposed: Sequence[Expected]) -> str:
    """What verdicts proposed to expect, and that nothing follows until a person accepts it; empty where nothing waits."""
    if not proposed:
        return ""
    told = "; ".join(f"{covers(one)} on {one.device}" for one in proposed)
    return f"To be expected from now on? {told}. Nothing follows until somebody accepts it below; until then the next one alerts again."


def covers(one: Expected) -> str:
    """What an exception covers, in words."""
    if not one.metric:
        return f"{one.kind}, {SIDES[one.direction]} a strength of {figure(one.limit)}"
    return f"{label_of(one.metric)} {SIDES[one.direction]} {quantity(one.limit, one.metric)}"


def exception_table(view: View, rows: Sequence[Expected]) -> None:
    """Draw exceptions in the order given."""
    columns = [
        Column[Expected]("Device", lambda e: view.device(e.tenant, e.device)),
        Column[Expected]("Tenant", lambda e: e.tenant),
        Column[Expected]("Expected", covers, cut=True),
        Column[Expected]("State", lambda e: badge(e.state)),
        Column[Expected]("Until", lambda e: view.reader.exact(e.until)),
        Column[Expected]("Findings", lambda e: count(e.expected), number=True),
        Column[Expected]("Because of", lambda e: _alerts(view, e)),
        Column[Expected]("Said", _said, wide=True),
    ]
    table(rows, columns, caption="Exceptions", empty=EMPTY)


def _alerts(view: View, one: Expected) -> Markup:
    newest = one.alerts[-1] if one.alerts else ""
    return view.alert(newest, counted(len(one.alerts), "judged alert"))


def _said(one: Expected) -> str:
    if not one.actor:
        return "waits for a person"
    return f"{one.actor}: {one.comment}" if one.comment else one.actor
