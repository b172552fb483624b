"""Roll-backs of models: a table of those that wait and those that were done, and what one would do, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from dashboards.components.badge import badge
from dashboards.components.numbers import count, counted
from dashboards.components.table import Column, table
from dashboards.components.times import duration
from dashboards.queries.roll_backs import FlowReach, Named, Reach, RollBack
from dashboards.view import View

SHOWN_OF_HASH = 8
EMPTY = (
    "No model was ever rolled back. Where a device taught something wrong, such as an attacker's behaviour or a broken sensor's, "
    "its page can make detection forget that."
)
STAYS = "What was found stays found, and what comes later is learned as ever. Rules learn nothing and are not touched."


def roll_back_table(view: View, rows: Sequence[RollBack], *, caption: str, empty: str = EMPTY) -> None:
    """Draw roll-backs in the order given, one row a partition."""
    columns = [
        Column[RollBack]("Device", lambda r: _whose(view, r)),
        Column[RollBack]("Tenant", lambda r: r.tenant),
        Column[RollBack]("Event times forgotten", lambda r: _stretch(view, r), cut=True),
        Column[RollBack]("Of", lambda r: r.learned),
        Column[RollBack]("State", lambda r: _state(view, r)),
        Column[RollBack]("Forgotten", lambda r: _number(r.unlearned), number=True),
        Column[RollBack]("Learned again", lambda r: _number(r.reports), number=True),
        Column[RollBack]("Partition", lambda r: str(r.partition), number=True),
        Column[RollBack]("Judged nothing for", _took, number=True),
        Column[RollBack]("Models", _models, cut=True),
        Column[RollBack]("By, and why", lambda r: f"{r.actor}: {r.reason}", wide=True),
    ]
    table(rows, columns, caption=caption, empty=empty)


def meaning(
    device: str, named: Named, reach: Reach | None, flow_reach: FlowReach, done: Sequence[RollBack]
) -> str:
    """What happens when it is asked for: what is forgotten, what stays, and how long nothing is judged."""
    if not (named.reports or named.flows):
        return (
            f"{device} has neither a report nor a network flow in this time, so there is nothing to forget."
        )
    flows = f" {_waits_for_flows(flow_reach, done)}" if named.flows else ""
    return f"{_forgets(device, named)} {STAYS} {_waits(reach, done)}{flows}"


def _forgets(device: str, named: Named) -> str:
    flows = f" and {counted(named.flows, 'network flow')}" if named.flows else ""
    return f"{counted(named.reports, 'report')}{flows} of {device} will have taught nothing."


def _waits(reach: Reach | None, done: Sequence[RollBack]) -> str:
    if reach is None:
        return "No report of this device's partition is judged until all else there is learned again."
    learned = f"up to {counted(reach.reports, 'report')} of {counted(reach.devices, 'device')}"
    told = f"Detection learns its partition again, {learned}, and judges none of these meanwhile"
    return f"{told}{_as_fast(reach.reports, 'reports', done)}"


def _waits_for_flows(reach: FlowReach, done: Sequence[RollBack]) -> str:
    learned = f"The tenant's flows there, up to {count(reach.flows)}, are learned again beside that"
    return f"{learned}, and no security event of the partition is judged meanwhile{_as_fast(reach.flows, 'flows', done)}"


def _as_fast(number: int, learned: str, done: Sequence[RollBack]) -> str:
    measured = ((one.took_s, one.reports) for one in done if one.learned == learned)
    each_s = next((took_s / reports for took_s, reports in measured if took_s and reports), None)
    if each_s is None:
        return "; how long that takes here nobody has measured yet."
    return f": {_about(number * each_s)}, as fast as the last time."


def _about(took_s: float) -> str:
    return "less than a second" if took_s < 1 else f"about {duration(took_s)}"


def _whose(view: View, one: RollBack) -> Markup | str:
    return view.device(one.tenant, one.device) if one.device else "all of the tenant's"


def _stretch(view: View, one: RollBack) -> Markup:
    exact = view.reader.exact
    return Markup("{}<br><span class='faint'>until {}</span>").format(exact(one.since), exact(one.until))


def _state(view: View, one: RollBack) -> Markup:
    """Whether it is done, else what it waits for, and below it since when."""
    if one.state == "done":
        state, since = badge("well", "done"), view.moment(one.done_time)
    else:
        waits = f"waits for {count(one.ahead)} before it" if one.ahead else "next, or under way"
        state = badge("proposed" if one.ahead else "running", waits)
        since = Markup("asked {}").format(view.moment(one.asked_time))
    return Markup("{}<br><span class='faint'>{}</span>").format(state, since)


def _number(learned: int | None) -> str:
    return "" if learned is None else count(learned)


def _took(one: RollBack) -> str:
    return duration(one.took_s) if one.state == "done" else ""


def _models(one: RollBack) -> Markup:
    """Whether anything changed, and below it the hashes by which a replay can be compared."""
    if one.state != "done":
        return Markup()
    if not one.models_after:
        return Markup("not told")
    changed = one.models_before != one.models_after
    state = badge("well", "changed") if changed else badge("silent", "as they were")
    hashes = f"{one.models_before[:SHOWN_OF_HASH]} → {one.models_after[:SHOWN_OF_HASH]}"
    return Markup("{}<br><span class='faint' title='{} → {}'>{}</span>").format(
        state, one.models_before, one.models_after, hashes
    )
