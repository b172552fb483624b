"""Why something was found odd: which metrics, what was expected, what the peers do, since when, and the nearest normal value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from dashboards.components.badge import badge
from dashboards.components.markup import joined, show
from dashboards.components.numbers import count, counted, extent, figure, label_of, quantity
from dashboards.components.table import Column, table
from dashboards.queries.detections import Detection
from dashboards.queries.explanations import Reasons
from dashboards.view import View
from detectors.silence.parameters import GAP
from schemas.detection import Cohort, Contribution, Expectation, Nearest

NO_REASONS = Reasons()
MOST_METRICS = 6
RAREST = 1_000_000_000  # nobody can imagine less


@dataclass(frozen=True, slots=True)
class Odd:
    """One metric in one finding; `since` is when it became odd, None where the finding is about another metric."""

    numbers: Contribution
    since: datetime | None


def reasons(view: View, found: Sequence[Detection], told: Mapping[str, Reasons]) -> None:
    """Draw the reasons of these findings together; nothing where none of them has any."""
    metrics = by_metric(found, told)
    expected = list(
        dict.fromkeys(one for d in found for one in told.get(d.detection, NO_REASONS).expectations)
    )
    if metrics:
        counted_ones = any(one.numbers.p_value is not None for one in metrics)
        table(metrics, _metric_columns(view, counted_ones), caption="Its metrics when furthest off", empty="")
    if expected:
        table(expected, _expectation_columns(), caption="What was expected", empty="")
    said = sayings(view, found, told)
    if said:
        rows = (Markup("<dt>{}</dt><dd>{}</dd>").format(name, text) for name, text in said)
        show(Markup("<dl>{}</dl>").format(joined(rows, "")))


def by_metric(found: Iterable[Detection], told: Mapping[str, Reasons]) -> list[Odd]:
    """Each metric once, at the moment it was furthest off, the furthest first."""
    worst: dict[str, Odd] = {}
    for one in found:
        for numbers in told.get(one.detection, NO_REASONS).contributions or _own(one):
            before = worst.get(numbers.metric)
            since = one.since if numbers.metric == one.metric else None
            if before is None or abs(numbers.score) > abs(before.numbers.score):
                worst[numbers.metric] = Odd(numbers, since or (before.since if before else None))
            elif before.since is None and since is not None:
                worst[numbers.metric] = Odd(before.numbers, since)
    ranked = sorted(worst.values(), key=lambda o: (-abs(o.numbers.score), o.numbers.metric))
    return ranked[:MOST_METRICS]


def _own(one: Detection) -> tuple[Contribution, ...]:
    """What a finding without an explanation says of its one metric."""
    numbers = (one.actual, one.expected, one.low, one.high, one.score)
    if not one.metric or any(value is None for value in numbers):
        return ()
    actual, expected, low, high, score = (value for value in numbers if value is not None)
    return (
        Contribution(
            metric=one.metric,
            actual=actual,
            expected=expected,
            low=low,
            high=high,
            score=score,
            p_value=one.p_value,
        ),
    )


def sayings(
    view: View, found: Sequence[Detection], told: Mapping[str, Reasons]
) -> list[tuple[str, Markup | str]]:
    """Since when, what the peers do and the nearest normal value, of the newest finding that says so."""
    since = [one.since for one in found if one.since is not None]
    said: list[tuple[str, Markup | str]] = []
    if since:
        said.append(
            ("Odd since", Markup("{} ({})").format(view.reader.clock(min(since)), view.moment(min(since))))
        )
    newest = [(one, told.get(one.detection, NO_REASONS)) for one in reversed(found)]
    around = next((r.cohort for _, r in newest if r.cohort is not None), None)
    if around is not None:
        said.append(("Its peers", peers(around)))
    close = next(((one, r.nearest) for one, r in newest if r.nearest is not None), None)
    if close is not None:
        one, nearest = close
        link = view.device(one.tenant, nearest.device) if nearest.device else ""
        said.append(("Nearest normal", nearest_normal(nearest, link)))
    return said


def peers(around: Cohort) -> str:
    """What the device's cohort did at that moment."""
    where = ", ".join(part for part in (around.model, around.site) if part)
    who = f"{counted(around.peers, 'peer')}{f' ({where})' if where else ''}"
    if not around.peers:
        return "None to compare with reported at that time."
    if around.changed:
        said = f"{count(around.changed)} of {who} {_did(around)} as well"
    elif around.metric == GAP:
        said = f"{who}, {'not silent' if around.peers == 1 else 'none silent'}"
    else:
        said = f"{who}, {'unchanged' if around.peers == 1 else 'all unchanged'}"
    if around.now is None or around.low is None or around.high is None:
        return f"{said}."
    reach = extent(around.low, around.high, around.metric)
    usual = f", {quantity(around.before, around.metric)} expected" if around.before is not None else ""
    name = label_of(around.metric)
    return f"{said}; their {name}: median {quantity(around.now, around.metric)} ({reach}){usual}."


def _did(around: Cohort) -> str:
    if around.metric != GAP:
        return "changed"
    return "is silent" if around.changed == 1 else "are silent"


def nearest_normal(one: Nearest, device: Markup | str = "") -> Markup:
    """The closest to what it does that is known to be normal; `device` links to the peer it is normal for."""
    value = f"{label_of(one.metric)} {quantity(one.value, one.metric)}"
    apart = f"{figure(one.distance)} deviations away"
    if device:
        return Markup("{}, usual for its peer {}; {}.").format(value, device, apart)
    if one.distance == 0:
        return Markup("{}: the value itself has been normal for it, the way there is not.").format(value)
    return Markup("{}, the end of its own range so far; {}.").format(value, apart)


def unlikely(p_value: float | None) -> str:
    """How rare something is by chance: `1 in 1,220`; empty where nobody counted."""
    if p_value is None or p_value <= 0 or p_value >= 1:
        return ""
    if p_value * RAREST < 1:
        return f"under 1 in {count(RAREST)}"
    return f"1 in {count(round(1 / p_value))}" if p_value < 0.5 else f"{figure(100 * p_value)} %"


def how_far(one: Contribution) -> str:
    """How far off its expected range a metric is, in words."""
    if one.low <= one.actual <= one.high:
        return "as usual"
    return f"{figure(abs(one.score))} deviations {'above' if one.score > 0 else 'below'}"


def _metric_columns(view: View, with_chance: bool) -> list[Column[Odd]]:
    chance = Column[Odd]("By chance", lambda o: unlikely(o.numbers.p_value), number=True)
    return [
        Column[Odd]("Metric", lambda o: label_of(o.numbers.metric)),
        Column[Odd]("Actual", lambda o: quantity(o.numbers.actual, o.numbers.metric), number=True),
        Column[Odd]("Expected", lambda o: quantity(o.numbers.expected, o.numbers.metric), number=True),
        Column[Odd]("Usual range", lambda o: _range(o.numbers), number=True),
        Column[Odd]("How far off", lambda o: _mark(o.numbers)),
        *([chance] if with_chance else []),
        Column[Odd]("Odd since", lambda o: view.reader.clock(o.since) if o.since else "", wide=True),
    ]


def _range(one: Contribution) -> str:
    return extent(one.low, one.high, one.metric)


def _mark(one: Contribution) -> Markup:
    usual = one.low <= one.actual <= one.high
    return badge("well" if usual else "high", how_far(one))


def _expectation_columns() -> list[Column[Expectation]]:
    return [
        Column[Expectation]("What", lambda e: e.what, wide=True),
        Column[Expectation]("Seen", lambda e: e.seen, cut=True),
        Column[Expectation]("Expected", lambda e: e.expected, cut=True),
    ]
