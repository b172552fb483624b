"""In which order a worker took its inputs: each topic in its own order, and the topics merged as what followed from them tells.

Live, the order between topics is the order of arrival, which the log does not keep. Where an input had a consequence, the order of the
consequences is the order of the inputs, exactly. All others lie where they were written, between their neighbours of the same topic. An
input without a consequence may thus change places with one of another topic that was written within milliseconds of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from schemas.event import Envelope
from streams.what_if.history import Written

Place = tuple[int, int]
START: Place = (0, -1)


@dataclass(frozen=True, slots=True)
class Input:
    """One input of a stage: when it was written (Unix ms), its place on the log, empty where it never was there.

    `settled`: it is not an input but what followed from one, taken over as it was.
    """

    written_ms: int
    origin: str
    envelope: Envelope
    settled: bool = False


def consequences(outputs: Iterable[Written]) -> dict[str, Place]:
    """For each input that had a consequence, by origin, the place of that among all of them; outputs of one partition in their order."""
    places: dict[str, Place] = {}
    newest_ms = 0
    for output in outputs:
        newest_ms = max(newest_ms, output.written_ms)
        places.setdefault(output.envelope.cause, (newest_ms, output.offset))
    return places


def merged(streams: Sequence[Sequence[Input]], followed: Mapping[str, Place]) -> list[Input]:
    """All inputs in the order in which they were taken; each stream keeps its own."""
    placed = [
        (place, number, position, one)
        for number, stream in enumerate(streams)
        for position, (place, one) in enumerate(zip(_places(stream, followed), stream, strict=True))
    ]
    placed.sort(key=lambda each: each[:3])
    return [one for *_, one in placed]


def _places(stream: Sequence[Input], followed: Mapping[str, Place]) -> list[Place]:
    """The place of each input, never before that of the one before it nor after that of the next one that is known."""
    places: list[Place] = []
    before = START
    for one in stream:
        known = followed.get(one.origin)
        own = (one.written_ms, -1)
        before = max(before, known) if known else max(own, before)
        places.append(before)
    after: Place | None = None
    for position in range(len(stream) - 1, -1, -1):
        if after is not None:
            places[position] = min(places[position], after)
        if stream[position].origin in followed:
            after = places[position]
    return places
