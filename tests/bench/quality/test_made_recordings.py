"""The made-up recordings: the same for a seed, with the attacks they say, and columns the reader finds."""

from __future__ import annotations

import numpy as np
import pytest

from tests.bench.quality.made_botnets import Capture
from tests.bench.quality.made_recordings import KEPT_BACK, NEVER_TUNED, TRIED, recorded, written
from tests.bench.quality.made_records import Record


@pytest.mark.parametrize("recipe", [*NEVER_TUNED, *TRIED, *KEPT_BACK], ids=lambda recipe: recipe.name)
def test_a_recording_is_what_its_recipe_says(recipe: Capture | Record) -> None:
    recipe = recipe._replace(rows=recipe.rows // 4)
    if isinstance(recipe, Capture):
        recipe = recipe._replace(attacks=max(recipe.attacks // 4, 3))
    one, again = recorded(recipe, 1), recorded(recipe, 1)
    bad = recipe.attacks if isinstance(recipe, Capture) else round(recipe.share * recipe.rows)
    assert (len(one.attack), one.attack.sum()) == (recipe.rows, bad)
    assert len(one.columns) == one.numbers.shape[1] + len(one.texts)
    assert one.texts == again.texts
    assert np.array_equal(one.numbers, again.numbers, equal_nan=True)
    assert written(recipe, 2).columns["ts"] != written(recipe, 1).columns["ts"]
