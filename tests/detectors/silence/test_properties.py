"""The properties every detector must have, on reports as bad as they come."""

from __future__ import annotations

from zlib import crc32

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors import checks
from detectors.checks import Floats, Rows, Subject
from detectors.silence import layout, snapshot, week
from detectors.silence.compiled import Ints
from detectors.silence.heartbeats import Heartbeats

DEVICES = 4
SHARES = st.floats(0.0, 1.0)


def fresh() -> Heartbeats:
    beats = Heartbeats()
    groups = np.array([1, 1, 1, 2])
    beats.enrol(np.arange(DEVICES), groups, groups)
    return beats


def observed(beats: Heartbeats, rows: Rows) -> Floats:
    """A number a row that stands for what the row brought, all of it."""
    told = np.zeros(len(rows.devices))
    for row in range(len(told)):
        one = slice(row, row + 1)
        found = beats.observe(rows.devices[one], rows.times_us[one], received(rows)[one])
        told[row] = crc32(repr(found).encode()) / 2**32 if found else 0.0
    return told


SUBJECT = Subject(fresh, observed, snapshot.encode, snapshot.decode)


@st.composite
def hostile_rows(draw: st.DrawFn) -> Rows:
    """Reports every few seconds to every few days, with pauses of one device or of all, times that run backwards and absurd ones."""
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    count = draw(st.integers(1, 500))
    steps = random.exponential(draw(st.sampled_from([5.0, 300.0, 40_000.0])), count)
    steps[random.random(count) < 0.01] *= draw(st.sampled_from([1.0, 100.0, 3000.0]))
    steps[random.random(count) < 0.02] *= -1
    times = 1_767_571_200_000_000 + (np.cumsum(steps) * 1e6).astype(np.int64)
    times[random.random(count) < draw(st.sampled_from([0.0, 0.01]))] = draw(
        st.sampled_from([-5, 0, 1, 10**14])
    )
    devices = random.integers(0, DEVICES, count)
    quiet = random.integers(0, DEVICES)
    devices[(devices == quiet) & (np.arange(count) > count // 2)] = (quiet + 1) % DEVICES
    # When each came, as seconds after its time: most at once, some late, some (by a clock that is ahead) before.
    after = np.where(random.random(count) < 0.1, random.uniform(-1000, 20_000, count), 1.0)
    return Rows(devices.astype(np.int64), times, after[:, None])


def received(rows: Rows) -> Ints:
    return rows.times_us + (rows.values[:, 0] * 1e6).astype(np.int64)


@given(hostile_rows(), st.lists(SHARES, max_size=4), SHARES)
@settings(max_examples=30)
def test_silence_has_the_properties_of_every_detector(rows: Rows, cuts: list[float], share: float) -> None:
    count = len(rows.devices)
    checks.all_hold(SUBJECT, rows, [int(cut * count) for cut in cuts], int(share * count))
    checks.stays_within(SUBJECT, rows, len(snapshot.encode(fresh())) + 200)


@given(hostile_rows(), SHARES)
@settings(max_examples=30)
def test_one_batch_says_what_its_rows_say_one_by_one(rows: Rows, share: float) -> None:
    whole, single, halves = fresh(), fresh(), fresh()
    came = received(rows)
    together = whole.observe(rows.devices, rows.times_us, came)
    one_by_one = [
        found
        for row in range(len(rows.devices))
        for found in single.observe(
            rows.devices[row : row + 1], rows.times_us[row : row + 1], came[row : row + 1]
        )
    ]
    cut = int(share * len(rows.devices))
    parts = halves.observe(rows.devices[:cut], rows.times_us[:cut], came[:cut])
    parts += halves.observe(rows.devices[cut:], rows.times_us[cut:], came[cut:])
    assert together == one_by_one == parts
    assert snapshot.encode(whole) == snapshot.encode(single) == snapshot.encode(halves)


@given(hostile_rows())
@settings(max_examples=30)
def test_the_count_of_silent_devices_is_that_of_the_devices_marked(rows: Rows) -> None:
    beats = fresh()
    beats.observe(rows.devices, rows.times_us, received(rows))
    assert beats.silent == int(np.count_nonzero(beats.heads["status"] & layout.SILENT))


def test_a_device_needs_64_bytes() -> None:
    assert layout.HEAD.itemsize + week.HOURS_BYTES == 64
    beats = Heartbeats()
    none = np.zeros(1 << 16)
    beats.enrol(np.arange(1 << 16), none, none)
    # And 8 bytes a chunk of devices.
    assert len(snapshot.encode(beats)) <= (64 + 8 / layout.CHUNK) * (1 << 16) + 1000
