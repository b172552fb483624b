"""Finding the lines that keep many from being read together: quicker than parsing each with its reasons, and it learns new metric names."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from streams.ingest.vocabulary import Vocabulary, is_plain


class Shape(msgspec.Struct, forbid_unknown_fields=True):
    """The types a plain telemetry object has."""

    metrics: dict[str, float | None]
    time: str
    id: str | None = None
    tenant: str | None = None
    device: str | None = None
    model: str | None = None
    site: str | None = None
    firmware: str | None = None


DECODER = msgspec.json.Decoder(Shape)
ERRORS = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def screen(lines: Sequence[bytes], vocabulary: Vocabulary) -> list[int]:
    """The places of the lines that aren't plain telemetry on one line; `vocabulary` learns the metrics of the others.

    A line not named may still be wrong (a key twice).
    """
    odd: list[int] = []
    names: dict[str, None] = {}
    for place, line in enumerate(lines):
        try:
            shape = DECODER.decode(line)
        except ERRORS:
            odd.append(place)
            continue
        if line[:1] != b"{" or line[-1:] != b"}" or b"\n" in line:
            odd.append(place)
        elif new := shape.metrics.keys() - names.keys():
            if all(map(is_plain, new)):
                names.update(dict.fromkeys(new))
            else:
                odd.append(place)
    vocabulary.learn(names)
    return odd
