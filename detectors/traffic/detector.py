"""The traffic detector: events of a cohort's devices in, a score, a p-value and the view that says most out."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.traffic import kernel
from detectors.traffic.model import Model
from schemas.errors import Rejected


class Scores(NamedTuple):
    """What each event says, all of one length.

    `scores` are in [0, 1), higher for rarer events, above 0.5 worth an alarm, 0 for the first `kernel.START`. `p_values` are the shares
    of learned events that were as unusual (1 where nothing is said); unusual ones are learned with distrust, so they come out too small,
    about by half near 0.05. `views` are numbers for `view_name`, -1 for none.
    """

    scores: npt.NDArray[np.float64]
    p_values: npt.NDArray[np.float64]
    views: npt.NDArray[np.int64]


def hashed(texts: Any) -> npt.NDArray[np.uint64]:
    """Texts as the 64-bit words the model counts (BLAKE2b), the same on every machine; each distinct one is hashed once."""
    known: dict[str, int] = {}
    words = np.zeros(len(texts), np.uint64)
    for place, text in enumerate(texts):
        word = known.get(text)
        if word is None:
            digest = blake2b(str(text).encode("utf-8", "surrogatepass"), digest_size=8).digest()
            word = known[text] = int.from_bytes(digest, "big")
        words[place] = word
    return words


def observe(model: Model, devices: Any, times_us: Any, numbers: Any, words: Any) -> Scores:
    """Score events, then learn them with the trust they deserve: strictly causal; the model is changed, the inputs are not.

    `devices` and `words` (a column a text column) are `hashed`; `times_us` microseconds since 1970, in any order: a clock running backwards
    ages nothing; `numbers` a column a number (NaN: missing). Sealed or absent texts are words like others. Labels have no place here.
    Rejected, with nothing learned, where shapes don't fit the model.
    """
    count = len(devices)
    table, text = np.array(numbers, np.float64, order="C"), np.ascontiguousarray(words, np.uint64)
    for name, shape, wanted in (("numbers", table.shape, model.numbers), ("words", text.shape, model.words)):
        if shape != (count, wanted):
            raise Rejected("wrong_shape", name, f"is {shape}, not {(count, wanted)}")
    if len(times_us) != count:
        raise Rejected("wrong_shape", "times_us", f"is {len(times_us)} long, not {count}")
    table[~np.isfinite(table)] = np.nan
    sizes, found = np.zeros(count), Scores(np.zeros(count), np.ones(count), np.full(count, -1, np.int64))
    state = (
        model.sketch,
        model.histograms,
        model.sizes,
        model.lows,
        model.widths,
        model.kinds,
        model.kept_numbers,
        model.kept_words,
        model.kept_devices,
        model.pairs,
        model.weights,
        model.scalars,
    )
    ages = (model.rates, model.rate_us, model.suspicions, model.suspect_us)
    rows = (np.ascontiguousarray(devices, np.uint64), np.ascontiguousarray(times_us, np.int64), table, text)
    kernel.observe(state, *ages, *rows, sizes, found.p_values, found.views)
    mean = sizes / model.weights.sum()
    return found._replace(scores=mean / (mean + kernel.LIMIT))


def view_name(model: Model, view: int, columns: Sequence[str]) -> str:
    """What a view looks at, for a person; `columns` are the numeric ones' names, then the text ones'. Empty for -1."""
    count = model.numbers + model.words
    if view < 0:
        return ""
    if view < count:
        return f"{columns[view]} is rare in the cohort"
    if view < 2 * count:
        return f"{columns[view - count]} is rare for this device"
    if view < 2 * count + len(model.pairs):
        one, other = model.pairs[view - 2 * count]
        return f"{columns[one]} is rare with this {columns[other]}"
    return (
        f"many such events of this device within {kernel.SPANS_S[view - 2 * count - len(model.pairs)]:.0f} s"
    )
