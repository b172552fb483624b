"""Why the baseline raised a finding: the other metrics of the report, the peers, the nearest normal value."""

from __future__ import annotations

import math
from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from detectors import snapshot
from detectors.baseline.block import Block
from detectors.baseline.detector import observe
from detectors.state import State
from schemas.detection import DetectionRaised, Nearest
from schemas.event import Envelope, encode
from schemas.registry import REGISTRY
from tests.detectors.fleet import moment, report_batch

LEARNED = 120
Row = tuple[str, datetime, list[float | None]]


def reports(step: int, odd: float | None = None, warm: float = 0.0, peer: float = 100.0) -> list[Row]:
    """One report of three devices; cam-0 sends `odd` and is warmer by `warm`, cam-2 always sends `peer`."""
    wave = math.sin(step * 2.7) + math.sin(step * 1.3)
    sent = 100 + 5 * wave
    return [
        ("cam-0", moment(step), [20 + 0.3 * wave + warm, sent if odd is None else odd, 3.0]),
        ("cam-1", moment(step), [20 - 0.3 * wave, sent + 1, 3.0]),
        ("cam-2", moment(step), [20 + 0.2 * wave, peer + 5 * wave, 3.0]),
    ]


def found(odd: float, warm: float = 0.0, peer: float = 100.0, cut: int = 1) -> list[DetectionRaised]:
    """What is found when cam-0 has learned and then sends `odd`; the batches are of `cut` steps."""
    block = Block()
    for step in range(LEARNED):
        assert observe(block, report_batch("acme", reports(step, peer=peer)), "telemetry/0/0") == []
    rows = [reports(LEARNED + step, odd, warm, peer) for step in range(6)]
    batches = [
        report_batch("acme", [row for step in rows[at : at + cut] for row in step]) for at in range(0, 6, cut)
    ]
    envelopes = [one for batch in batches for one in observe(block, batch, "telemetry/0/1")]
    return [one.data for one in envelopes if isinstance(one.data, DetectionRaised)]


def test_the_other_metrics_are_told_and_those_as_usual_are_seen_to_be() -> None:
    (told,) = found(9000.0)
    assert [one.metric for one in told.contributions] == ["tx_kbps", "temperature_c"]
    own, other = told.contributions
    assert (own.actual, own.expected, own.low, own.high, own.score, own.p_value) == (
        told.actual, told.expected, told.low, told.high, told.score, told.p_value,
    )  # fmt: skip
    assert other.low < other.actual < other.high
    assert abs(other.score) < 3
    assert "unusual" not in told.explanation


def test_what_is_odd_too_is_named() -> None:
    both = {one.metric: one for one in found(9000.0, warm=40.0)}
    assert both.keys() == {"tx_kbps", "temperature_c"}
    told = both["tx_kbps"]
    other = next(one for one in told.contributions if one.metric == "temperature_c")
    assert 59 < other.actual < 61
    assert 19 < other.expected < 21
    assert other.score > 20
    assert "; its temperature is unusual too; the 2 peers compared" in told.explanation


def test_the_nearest_normal_value_is_its_own_highest_or_that_of_a_peer() -> None:
    (alone,) = found(9000.0)
    assert alone.nearest is not None
    assert alone.nearest.device == ""
    assert 105 < alone.nearest.value < 125
    (like_a_peer,) = found(9000.0, peer=8990.0)
    assert like_a_peer.nearest is not None
    assert like_a_peer.nearest.device == "cam-2"
    assert 8900 < like_a_peer.nearest.value < 9100
    assert isinstance(like_a_peer.nearest, Nearest)
    assert like_a_peer.nearest.distance < alone.nearest.distance


def test_the_peers_are_told_with_what_they_do_now_and_before() -> None:
    (told,) = found(9000.0)
    around = told.cohort
    assert around is not None
    assert (around.peers, around.changed, around.model, around.site) == (2, 0, "pump", "berlin")
    assert around.now is not None and around.before is not None
    assert abs(around.now - around.before) < 15


@given(st.floats(500, 1e6), st.floats(-60, 60), st.sampled_from([1, 2, 3, 6]))
@settings(max_examples=15)
def test_an_explanation_has_its_numbers_and_is_the_same_again(odd: float, warm: float, cut: int) -> None:
    once, again = found(odd, warm, cut=cut), found(odd, warm, cut=cut)
    assert once == again != []
    for told in once:
        assert told.metric in {one.metric for one in told.contributions}
        for one in told.contributions:
            assert all(map(math.isfinite, (one.actual, one.expected, one.low, one.high, one.score)))
        named = {one.metric.partition("_")[0] for one in told.contributions}
        assert all(metric in named for metric in ("temperature", "tx") if f"its {metric}" in told.explanation)


def test_a_restored_state_explains_as_the_first_one_does() -> None:
    state = State()
    for step in range(LEARNED):
        observe(state.block, report_batch("acme", reports(step)), "telemetry/0/0")
    restored = snapshot.decode(snapshot.encode(state))
    batches = [report_batch("acme", reports(LEARNED + step, 9000.0)) for step in range(4)]
    told = [
        [one for batch in batches for one in observe(block, batch, "telemetry/0/1")]
        for block in (state.block, restored.block)
    ]
    assert told[0] == told[1] != []


def test_a_finding_from_before_there_were_explanations_is_read() -> None:
    old = (
        b'{"detector":"baseline","version":2,"kind":"baseline.tx_kbps","severity":"high","title":"t","explanation":"e",'
        b'"since":"2026-03-01T00:00:00Z","metric":"tx_kbps","actual":9.0,"expected":1.0}'
    )
    data = REGISTRY.decode_data("detection.raised.v1", old)
    assert isinstance(data, DetectionRaised)
    assert (data.contributions, data.expectations, data.cohort, data.nearest) == ((), (), None, None)
    envelope = Envelope(
        id="d", type=data.TYPE, source="s", subject="cam-0", tenant="acme", time=moment(0), data=data
    )
    assert encode(envelope) == old
