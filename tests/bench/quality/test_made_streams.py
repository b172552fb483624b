"""The made-up labelled streams: the same for a seed, with the share of attacks they say, and what the detector makes of some."""

from __future__ import annotations

import numpy as np
import pytest

from tests.bench.quality.auc import area, caught
from tests.bench.quality.kinds.labelled import score
from tests.bench.quality.made_streams import HELD_OUT, NEWEST, TUNED, UNSEEN, Recipe, made


@pytest.mark.parametrize("recipe", [*TUNED, *HELD_OUT, *UNSEEN, *NEWEST], ids=lambda recipe: recipe.name)
def test_a_stream_is_what_its_recipe_says(recipe: Recipe) -> None:
    one, again = made(recipe, 1, 2000), made(recipe, 1, 2000)
    assert one.attack.mean() == pytest.approx(max(recipe.share, 3 / 2000), abs=1e-3)
    assert (np.diff(one.times_us) >= 0).all()
    assert len(one.columns) == one.numbers.shape[1] + len(one.texts)
    assert one.devices == again.devices
    assert one.texts == again.texts
    assert np.array_equal(one.numbers, again.numbers, equal_nan=True)
    assert not np.array_equal(one.times_us, made(recipe, 2, 2000).times_us)


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe("flows", "syn_flood", 0.6),
        Recipe("flows", "scan", 0.6, 0.002),
        Recipe("wide", "dos", 0.6),
        Recipe("http", "overflow", 0.9),
        Recipe("capture", "seek", 0.5, 0.05),
        Recipe("wide", "dos", 0.27),
    ],
    ids=lambda recipe: recipe.name,
)
def test_a_flood_of_most_events_is_not_learned(recipe: Recipe) -> None:
    one = made(recipe, 4)
    scores = score(one).scores
    assert (area(scores, one.attack) or 0) >= 0.995
    assert (caught(scores, one.attack, 0.001) or 0) >= 0.9
