"""The properties every detector must have, on series as bad as they come."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors import checks
from detectors.checks import Rows
from detectors.series import memory
from tests.detectors.series.recordings import DEVICES, SUBJECT, hostile_rows

SHARES = st.floats(0.0, 1.0)


@given(hostile_rows(), st.lists(SHARES, max_size=4), SHARES)
@settings(max_examples=40)
def test_a_series_has_the_properties_of_every_detector(rows: Rows, cuts: list[float], share: float) -> None:
    count = len(rows.values)
    checks.all_hold(SUBJECT, rows, [int(cut * count) for cut in cuts], int(share * count))
    checks.keeps_devices_apart(SUBJECT, rows, 1)


def test_a_series_needs_less_than_four_kilobytes_however_long_it_is() -> None:
    values = np.random.default_rng(3).standard_cauchy((30_000, 1))
    devices = np.arange(30_000) % DEVICES
    rows = Rows(devices, np.arange(30_000) * 1_000_000, values)
    checks.stays_within(SUBJECT, rows, DEVICES * 4096)
    assert memory.STATE.itemsize <= 4096


@given(hostile_rows(), st.sampled_from([0.25, 2.0, 1024.0]))
@settings(max_examples=20)
def test_the_unit_of_a_series_does_not_matter(rows: Rows, factor: float) -> None:
    tame = (np.abs(rows.values) < 1e12) & (np.abs(rows.values) > 1e-6)
    plain = rows._replace(values=np.where(tame, rows.values, 0.0))
    scaled = plain._replace(values=plain.values * factor)
    first, second = (SUBJECT.observe(SUBJECT.fresh(), one) for one in (plain, scaled))
    assert first.tolist() == second.tolist()
