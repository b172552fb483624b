"""Recordings as files hold them, for the bench: logs of infected homes (`made_botnets`, `made_outbreaks`) and tables of events
(`made_records`, `made_sites`).

Unlike `made_streams` these are texts that are read by the rules of `labelled_files`, so what those rules make of a log that begins with
nothing but attempts is measured, too. `NEVER_TUNED` was written before version 6 of the detector and not looked at while it was made;
`TRIED` and `KEPT_BACK` before version 7, which was tuned on the former, while of the latter only means were read.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tests.bench.quality import made_outbreaks
from tests.bench.quality.labelled_files import Events, Table, events
from tests.bench.quality.made_botnets import BOTNETS, Capture
from tests.bench.quality.made_logs import ZEEK, ends_of, flows
from tests.bench.quality.made_records import RECORDS, Record
from tests.bench.quality.made_sites import SITES

Floats = npt.NDArray[np.float64]
BURSTS = 3
NEVER_TUNED = [*BOTNETS, *RECORDS]
TRIED = [*made_outbreaks.TRIED, SITES]
KEPT_BACK = made_outbreaks.KEPT_BACK


def recorded(recipe: Capture | Record, seed: int) -> Events:
    """A recording as its reader finds it; the same for the same recipe and seed."""
    return events(written(recipe, seed))


def written(recipe: Capture | Record, seed: int) -> Table:
    """A recording as its columns."""
    random = np.random.default_rng([seed, len(recipe.name), recipe.rows])
    bad = recipe.attacks if isinstance(recipe, Capture) else round(recipe.share * recipe.rows)
    good = recipe.rows - bad
    times = np.sort(random.random(good)) * 20.0 * good
    steady = not isinstance(recipe, Capture) or recipe.steady
    when = attacked(random, times, bad, recipe.start, steady)
    if isinstance(recipe, Capture):
        lines = [*flows(random, good, recipe.life), *flows(random, bad, recipe.malware)]
        columns = {name: [line[place] for line in lines] for place, name in enumerate(ZEEK)}
        moments = ends_of(np.concatenate([times, when]), lines)
    else:
        columns, moments = recipe.make(random, good, bad), np.concatenate([times, when])
    order = np.argsort(moments, kind="stable")
    labels = ["Benign"] * good + ["Malicious"] * bad
    stamps = [f"{1_545_400_000 + moment:.6f}" for moment in np.concatenate([times, when])]
    table = {"ts": stamps, **columns, "label": labels}
    return Table(recipe.name, {name: [values[row] for row in order] for name, values in table.items()})


def attacked(random: np.random.Generator, times: Floats, bad: int, start: float, steady: bool) -> Floats:
    """When attacks happen: evenly from `start` of the ordinary rows to the end, or in a few short bursts."""
    first, last = times[int(start * len(times))] if start else 0.0, times[-1]
    if steady:
        return np.sort(first + random.random(bad) * (last - first))
    bursts = first + (np.arange(BURSTS) + 0.3 * random.random(BURSTS)) / BURSTS * (last - first)
    found = bursts[random.integers(0, BURSTS, bad)] + 0.12 * (last - first) * random.random(bad)
    return np.asarray(np.sort(found), np.float64)
