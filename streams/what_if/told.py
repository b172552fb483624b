"""What the commands say: a table for people that fits a screen."""

from __future__ import annotations

from collections.abc import Sequence

from schemas.event import rfc3339
from schemas.personal import readable
from schemas.what_if import AlertDifference, Progress, Result
from streams.what_if.sentence import alert_change, at, device_change, gate_change
from streams.what_ifs import Run

SHOWN = 6
SCORES = {"better": "+", "worse": "!", "unknown": "?"}


def progress(one: Progress) -> str:
    """One line: how far it is."""
    if one.status != "running":
        return one.status
    share = f"{100 * one.records / one.total_records:3.0f} %" if one.total_records else "starting"
    reached = f", event time {rfc3339(one.reached)[:19]}Z" if one.reached else ""
    return f"{share}  {one.events:,} events{reached}"


def listing(runs: Sequence[Run]) -> str:
    """A line a what-if, newest first."""
    if not runs:
        return "no what-if yet; start one with: python -m streams.what_if run --set baseline.spike_z=6"
    head = f"{'id':<24}  {'asked':<20}  {'status':<9}  what"
    return "\n".join([head, *(_line(run) for run in runs)])


def _line(run: Run) -> str:
    what = run.variant.name or ", ".join(run.variant.told()) or "nothing changed"
    return f"{run.id:<24}  {at(run.progress.asked):<20}  {run.progress.status:<9}  {what[:90]}"


def result(found: Result) -> str:
    """The sentence, then each difference on a line, of many the first ones."""
    lines = [
        found.sentence,
        "",
        f"what if   {', '.join(found.changes) or 'nothing were changed'}",
        f"stretch   {at(found.since) if found.since else 'the beginning'} to {at(found.until) if found.until else 'the end'} of event time",
        f"{'':<10}{'was':>8}{'would be':>10}",
        f"{'alerts':<10}{found.alerts.was:>8,}{found.alerts.would_be:>10,}",
        f"{'devices':<10}{found.devices.was:>8,}{found.devices.would_be:>10,}   whose credential the system decided about",
        f"{'stages':<10}{found.stages.was:>8,}{found.stages.would_be:>10,}",
    ]
    lines += _section("alerts", [_alert(one) for one in found.alert_differences])
    lines += _section(
        "credentials", [f"  {one.device:<18} {device_change(one)}" for one in found.device_differences]
    )
    lines += _section(
        "gates", [f"  {one.rollout} stage {one.stage}: {gate_change(one)}" for one in found.gate_differences]
    )
    check = found.check
    equal = "equal" if check.equal == check.facts else "NOT all equal"
    lines += [
        "",
        f"check     {check.equal:,} of {check.facts:,} facts derived again without a change: {equal}",
    ]
    lines += [f"note      {note}" for note in found.notes]
    lines.append(
        f"ran       {found.events:,} telemetry events in {found.seconds:.1f} s, {found.speedup:,.0f} x real time"
    )
    return "\n".join(lines)


def _alert(one: AlertDifference) -> str:
    side = one.was or one.would_be
    if side is None:
        return ""
    judged = f", judged {one.verdict.replace('_', ' ')}" if one.verdict else ""
    more = f": {alert_change(one)}" if one.change == "changed" else ""
    mark = SCORES[one.score] if one.change != "changed" else " "
    return f" {mark}{one.change:<8} {readable(side.title)[:70]}{more}{judged}"


def _section(title: str, lines: Sequence[str]) -> list[str]:
    if not lines:
        return []
    more = [f"  and {len(lines) - SHOWN:,} more; --json has all"] if len(lines) > SHOWN else []
    legend = "   (+ better, ! worse, ? nobody judged it)" if title == "alerts" else ""
    # One more is not worth a line that says so.
    shown = lines if len(lines) == SHOWN + 1 else [*lines[:SHOWN], *more]
    return [f"{title}{legend}", *shown]
