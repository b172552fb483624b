"""Why something was found odd: which metrics, what was expected, what the peers do, since when, and the nearest normal value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from markupsafe import Markup

from dashboards.components.badge import badge
from dashboards.components.markup import joined, show
from dashboards.components.numbers import extent, figure, label_of, quantity
from dashboards.components.sentences.reasons import nearest_normal, peers, unlikely
from dashboards.components.table import Column, table
from dashboards.queries.detections import Detection
from dashboards.queries.explanations import Reasons
from dashboards.view import View
from schemas.detection import Contribution, Expectation

NO_REASONS = Reasons()
MOST_METRICS = 6
FEW_P = 0.05  # a chance from which on people take something for chance


@dataclass(frozen=True, slots=True)
class Odd:
    """One metric in one finding; `since` is when it became odd, None where the finding is about another metric."""

    numbers: Contribution
    since: datetime | None

    @property
    def is_usual(self) -> bool:
        """Whether its value is within the expected range; the metric a finding is about may be odd all the same, such as a stuck one."""
        return self.numbers.low <= self.numbers.actual <= self.numbers.high

    @property
    def is_odd(self) -> bool:
        """Whether anything about it is."""
        return self.since is not None or not self.is_usual


def reasons(view: View, found: Sequence[Detection], told: Mapping[str, Reasons]) -> None:
    """Draw the reasons of these findings together; nothing where none of them has any."""
    metrics = by_metric(found, told)
    expected = list(
        dict.fromkeys(one for d in found for one in told.get(d.detection, NO_REASONS).expectations)
    )
    if metrics:
        counted_ones = any(unlikely(one.numbers.p_value) for one in metrics)
        table(metrics, _metric_columns(view, counted_ones), caption="Its metrics when furthest off", empty="")
        show(Markup("<p class='faint'>{}</p>").format(few_days(metrics)))
    if expected:
        table(expected, _expectation_columns(), caption="What was expected", empty="")
    said = sayings(view, found, told)
    if said:
        rows = (Markup("<dt>{}</dt><dd>{}</dd>").format(name, text) for name, text in said)
        show(Markup("<dl>{}</dl>").format(joined(rows, "")))


def by_metric(found: Iterable[Detection], told: Mapping[str, Reasons]) -> list[Odd]:
    """Each metric once, at the moment it was furthest off: first those that are odd, the furthest first."""
    worst: dict[str, Odd] = {}
    for one in found:
        for numbers in _numbers(one, told.get(one.detection, NO_REASONS)):
            before = worst.get(numbers.metric)
            since = one.since if numbers.metric == one.metric else None
            if before is None or abs(numbers.score) > abs(before.numbers.score):
                worst[numbers.metric] = Odd(numbers, since or (before.since if before else None))
            elif before.since is None and since is not None:
                worst[numbers.metric] = Odd(before.numbers, since)
    ranked = sorted(worst.values(), key=lambda o: (not o.is_odd, -abs(o.numbers.score), o.numbers.metric))
    return ranked[:MOST_METRICS]


def _numbers(one: Detection, why: Reasons) -> list[Contribution]:
    """The metrics of a finding; how rare it is belongs to the one it is about."""
    return [
        msgspec.structs.replace(numbers, p_value=one.p_value)
        if numbers.metric == one.metric and numbers.p_value is None
        else numbers
        for numbers in why.contributions or _own(one)
    ]


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


def few_days(metrics: Sequence[Odd]) -> str:
    """That a chance is high because little is known, where it is; else empty: n healthy days can't show one below 1 in n + 1."""
    chances = [one.numbers.p_value for one in metrics if not one.is_usual and one.numbers.p_value is not None]
    if not any(FEW_P <= chance < 1 for chance in chances):
        return ""
    return "So little of health is known yet that nobody can tell whether it is rarer; judge by how far off it is."


def how_far(one: Odd) -> str:
    """How far off its expected range a metric is, in words."""
    if not one.is_usual:
        score = one.numbers.score
        return f"{figure(abs(score))} deviations {'above' if score > 0 else 'below'}"
    return "in its range, odd by how it moves" if one.is_odd else "as usual"


def _metric_columns(view: View, with_chance: bool) -> list[Column[Odd]]:
    chance = Column[Odd]("In health at most", lambda o: unlikely(o.numbers.p_value), number=True)
    return [
        Column[Odd]("Metric", lambda o: label_of(o.numbers.metric)),
        Column[Odd]("Actual", lambda o: quantity(o.numbers.actual, o.numbers.metric), number=True),
        Column[Odd]("Expected", lambda o: quantity(o.numbers.expected, o.numbers.metric), number=True),
        Column[Odd]("Usual range", lambda o: _range(o.numbers), number=True),
        Column[Odd]("How far off", lambda o: badge("high" if o.is_odd else "well", how_far(o))),
        *([chance] if with_chance else []),
        Column[Odd]("Odd since", lambda o: view.reader.clock(o.since) if o.since else "", wide=True),
    ]


def _range(one: Contribution) -> str:
    return extent(one.low, one.high, one.metric)


def _expectation_columns() -> list[Column[Expectation]]:
    return [
        Column[Expectation]("What", lambda e: e.what, wide=True),
        Column[Expectation]("Seen", lambda e: e.seen, cut=True),
        Column[Expectation]("Expected", lambda e: e.expected, cut=True),
    ]
