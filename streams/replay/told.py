"""What the commands say: tables and sentences for people, plain values for machines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from streams.replay.finding import Finding
from streams.replay.frontier import Frontier
from streams.replay.projection import Digest
from streams.replay.rebuild import Rebuilt


def digests_json(frontier: Frontier, found: Mapping[str, Digest]) -> dict[str, Any]:
    """The digests and the frontier they speak of."""
    return {
        "frontier": {f"{topic}/{partition}": end for (topic, partition), end in sorted(frontier.items())},
        "projections": {name: {"rows": one.rows, "digest": one.digest} for name, one in found.items()},
    }


def digests(frontier: Frontier, found: Mapping[str, Digest]) -> str:
    """A line a projection."""
    lines = [f"{name:<32} {one.rows:>12,}  {one.digest}" for name, one in found.items()]
    return "\n".join([f"{'projection':<32} {'rows':>12}  digest", *lines, _as_of(frontier)])


def _as_of(frontier: Frontier) -> str:
    return f"as of {sum(frontier.values()):,} log records in {len(frontier)} partitions"


def rebuilt_json(result: Rebuilt) -> dict[str, Any]:
    """Everything measured."""
    return {
        "rebuild_equal": result.equal,
        "rebuild_events_per_s": round(result.events_per_s),
        "events": result.events,
        "seconds": round(result.seconds, 3),
        "rounds": result.rounds,
        "projections": {
            name: {"outcome": outcome, "before": _of(result.before, name), "after": _of(result.after, name)}
            for name, outcome in result.outcome.items()
        },
    }


def _of(found: Mapping[str, Digest], name: str) -> dict[str, Any] | None:
    return {"rows": found[name].rows, "digest": found[name].digest} if name in found else None


def rebuilt(result: Rebuilt) -> str:
    """A line a projection, then the sentence."""
    lines = [
        f"{name:<32} {_rows(result.before, name):>12} {_rows(result.after, name):>12}  {outcome}"
        for name, outcome in result.outcome.items()
    ]
    wrong = [name for name, outcome in result.outcome.items() if outcome == "differs"]
    speed = f"{result.events:,} events in {result.seconds:.1f} s, {result.events_per_s:,.0f} a second"
    verdict = (
        f"DIFFERENT: {', '.join(wrong)}" if wrong else "EQUAL: every projection is what the log says it is"
    )
    head = f"{'projection':<32} {'rows before':>12} {'rows after':>12}"
    return "\n".join([head, *lines, f"{verdict} ({speed})"])


def _rows(found: Mapping[str, Digest], name: str) -> str:
    return f"{found[name].rows:,}" if name in found else "-"


def findings_json(found: list[Finding]) -> dict[str, Any]:
    """Each output and what was found."""
    return {
        "verify_sampled": len(found),
        "verify_equal": sum(one.equal for one in found),
        "equal": all(one.equal for one in found),
        "outputs": [
            {
                "id": one.id,
                "type": one.type,
                "origin": one.origin,
                "cause": one.cause,
                "outcome": one.outcome,
                "equal": one.equal,
                "differences": list(one.differences),
                "untold": one.untold,
            }
            for one in found
        ],
    }


def findings(found: list[Finding]) -> str:
    """A line an output, what differs below it."""
    lines = []
    for one in found:
        lines.append(
            f"{'DIFFERS' if one.differences else one.outcome:<11} {one.origin:<28} {one.type} {one.id}"
            f"{f' from {one.cause}' if one.cause else ''}"
        )
        lines += [f"            {reason}" for reason in (*one.differences, *filter(None, [one.untold]))]
    outcomes = Counter(one.outcome for one in found)
    told = ", ".join(f"{outcomes[name]} {name}" for name in ("differs", "cannot tell") if outcomes[name])
    return "\n".join(
        [
            *lines,
            f"{outcomes['equal']} of {len(found)} derived again from the log are equal{told and '; '}{told}",
        ]
    )
