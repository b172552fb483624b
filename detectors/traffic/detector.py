"""The traffic detector: events of a cohort's devices in, a score, a p-value and the view that says most out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.traffic import kernel
from detectors.traffic.behaviour import SPANS_S
from detectors.traffic.event import room_of
from detectors.traffic.evidence import Evidence, nothing
from detectors.traffic.memory import FAMILIES
from detectors.traffic.model import Model
from detectors.traffic.verdict import ALARM_ODDS
from schemas.errors import Rejected


class Scores(NamedTuple):
    """What each event says, all of one length.

    `scores` are in [0, 1), higher for events that are rarer or riskier, or have more precedents: odd events of their kind lately. `alone`
    are the scores without those precedents and with rarity in full, above 0.5 worth an alarm: for those who count odd events themselves.
    The first `memory.START` trusted events are scored by their risk alone. `p_values` are the weighted shares of earlier events, while
    nobody was suspected, that scored as high (`detectors/conformal`; 1 where nothing is known). `views` are numbers for `view_name`, -1 for
    none. `rarities` are the shares of the scores' odds that are rarity, the rest is risk.
    """

    scores: npt.NDArray[np.float64]
    p_values: npt.NDArray[np.float64]
    views: npt.NDArray[np.int64]
    rarities: npt.NDArray[np.float64]
    alone: npt.NDArray[np.float64]


def observe(
    model: Model, devices: Any, times_us: Any, numbers: Any, words: Any, evidence: Evidence | None = None
) -> Scores:
    """Score events, then learn them with the trust they deserve: strictly causal; the model is changed, the inputs are not.

    `devices` and `words` (a column a text column) are `words.hashed`; `times_us` microseconds since 1970, in any order: a clock running
    backwards ages nothing; `numbers` a column a number (NaN: missing). `evidence` is what `evidence_of` says of the same rows, none
    without. Sealed or absent texts are words like others. Labels have no place here. Rejected, with nothing learned, where shapes don't
    fit the model.
    """
    count = len(devices)
    table, text = np.array(numbers, np.float64, order="C"), np.ascontiguousarray(words, np.uint64)
    known = nothing(count) if evidence is None else evidence
    for name, shape, wanted in (
        ("numbers", table.shape, (count, model.numbers)),
        ("words", text.shape, (count, model.words)),
        ("times_us", (len(times_us),), (count,)),
        ("evidence", tuple(len(part) for part in known), (count,) * len(known)),
    ):
        if shape != wanted:
            raise Rejected("wrong_shape", name, f"is {shape}, not {wanted}")
    table[~np.isfinite(table)] = np.nan
    found = Scores(
        np.zeros(count), np.ones(count), np.full(count, -1, np.int64), np.zeros(count), np.zeros(count)
    )
    rows = kernel.Rows(
        np.ascontiguousarray(devices, np.uint64), np.ascontiguousarray(times_us, np.int64), table, text
    )
    kernel.observe(model.memory, room_of(model.memory), rows, known, found)
    return found._replace(scores=_scored(found.scores), alone=_scored(found.alone))


def _scored(odds: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Odds as scores in [0, 1)."""
    return odds / (odds + ALARM_ODDS)


def view_name(model: Model, view: int, columns: Sequence[str]) -> str:
    """What a view looks at, for a person; `columns` are the numeric ones' names, then the text ones'. Empty for -1."""
    if view < 0:
        return ""
    family, place = 0, view
    while place >= model.memory.view_counts[family]:
        place -= int(model.memory.view_counts[family])
        family += 1
    name = FAMILIES[family]
    if name == "pairs":
        one, other = model.memory.pairs[place]
        return f"{columns[one]} is rare with this {columns[other]}"
    if name == "own":
        return f"{columns[model.numbers + place]} is rare for this device"
    if name == "rates":
        whose = ("of this device", "of this device", "of all devices")[place]
        return f"many such events {whose} within {SPANS_S[place]:.0f} s"
    if name == "fans":
        return ("many targets that don't answer", "many ports that don't answer", "many targets")[place]
    told = {
        "columns": "{} is rare in the cohort",
        "residuals": "{} does not go with the other numbers",
        "together": "the numbers don't go together",
        "jumps": "{} is far from this device's latest",
    }[name]
    return told.format(columns[place])
