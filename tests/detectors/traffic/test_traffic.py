"""The traffic detector on flows made up: each attack, floods, newcomers, and the properties every detector must have."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors import checks
from detectors.checks import Floats, Rows, Subject
from detectors.traffic.detector import observe, view_name
from detectors.traffic.memory import EVENTS, START
from detectors.traffic.model import MOST_COLUMNS, Model, decode
from detectors.traffic.verdict import ALARM_ODDS, MOST_PRECEDENTS, RARITY, RISKINESS
from detectors.traffic.words import hashed
from schemas.errors import Fatal, Rejected
from tests.bench.quality.auc import area, caught
from tests.detectors.traffic.flows import ATTACKS, COLUMNS, Flows, made, scored
from tests.detectors.traffic.hostile import columns_of, hostile_rows


@pytest.mark.parametrize("attack", ATTACKS)
def test_each_attack_ranks_above_what_is_usual_through_a_flood(attack: str) -> None:
    flows = made(11, share=0.27, attacks=(attack,))
    found = scored(flows)
    assert (area(found.scores, flows.attack) or 0) >= 0.995
    assert (caught(found.scores, flows.attack, 0.001) or 0) >= 0.95


def test_a_flood_costs_next_to_nothing() -> None:
    calm, flood = made(12, share=0.02), made(12, share=0.27)
    cost = (area(scored(calm).scores, calm.attack) or 0) - (area(scored(flood).scores, flood.attack) or 0)
    assert cost <= 0.005


def test_alarms_are_few_without_an_attack_and_sure_with_one() -> None:
    flows = made(13)
    alarms = scored(flows).scores > 0.5
    assert alarms[~flows.attack].mean() < 0.006  # as many usual events are oddities
    assert alarms[flows.attack].mean() > 0.95


def test_precedents_only_add_to_what_an_event_says_by_itself() -> None:
    alarms = []
    for seed in (13, 14, 15):
        flows = made(seed)
        found = scored(flows)
        odds, alone = (scores / (1.0 - scores) * ALARM_ODDS for scores in (found.scores, found.alone))
        larger = alone / 2.0  # at least, of its rarity and its risk
        assert (odds >= np.minimum(larger**RARITY, larger**RISKINESS) * (1.0 - 1e-9)).all()
        assert (found.scores[flows.attack] - found.alone[flows.attack]).mean() > 0.05
        assert ((found.rarities >= 0.0) & (found.rarities <= 1.0)).all()
        alarms.append((found.alone[~flows.attack] > 0.5).mean())
    assert np.mean(alarms) < 0.003


def part(flows: Flows, rows: slice) -> Flows:
    texts = [text[rows] for text in flows.texts]
    return Flows(flows.devices[rows], flows.times_us[rows], flows.numbers[rows], texts, flows.attack[rows])


def test_no_more_than_a_hundred_precedents_count() -> None:
    flows, model = made(13, 2000), Model(4, 4)
    scored(part(flows, slice(1999)), model)
    found = []
    for precedents in (0.0, 10.0, 2.0 * MOST_PRECEDENTS, 1e6):
        one = decode(model.encode())
        one.memory.echoes[:] = precedents, one.memory.scalars[EVENTS]
        found.append(float(scored(part(flows, slice(1999, 2000)), one).scores[0]))
    assert found[0] < found[1] < found[2]
    assert found[2] == found[3]


def test_p_values_of_usual_events_are_at_most_a_half_too_often_small() -> None:
    flows = made(14, share=0.0)
    late = scored(flows).p_values[2000:]
    for level in (0.05, 0.2, 0.5):
        assert 0.5 * level < (late <= level).mean() < 1.5 * level


def test_a_view_says_what_is_rare() -> None:
    flows = made(15, attacks=("beacon",))
    model = Model(4, 4)
    found = scored(flows, model)
    told = {view_name(model, int(view), COLUMNS) for view in found.views[flows.attack]}
    assert any(name in " ".join(told) for name in ("service", "port", "peer"))
    names = {view_name(model, view, COLUMNS) for view in range(len(model.memory.weights))}
    assert len(names) == len(model.memory.weights)
    assert view_name(model, -1, COLUMNS) == ""


def test_a_model_is_of_use_after_50_events() -> None:
    flows = made(16, share=0.0)
    part = [50, 51, 52]
    odd = made(17, share=1.0, attacks=("exfiltration",))
    mixed = flows._replace(
        numbers=np.vstack([flows.numbers[:50], odd.numbers[:1], flows.numbers[51:300]]),
        devices=flows.devices[:300],
        times_us=flows.times_us[:300],
        texts=[text[:300] for text in flows.texts],
        attack=flows.attack[:300],
    )
    scores = scored(mixed).scores
    assert (scores[:START] == 0.0).all()
    assert scores[50] > max(scores[row] for row in part[1:])
    assert scores[50] > np.quantile(scores[51:300], 0.95)


def test_a_new_device_starts_from_its_cohort() -> None:
    flows = made(18, share=0.0)
    devices = [*flows.devices[:-500], *["newcomer"] * 500]
    scores = scored(flows._replace(devices=devices)).scores
    assert (scores[-500:] > 0.5).mean() < 0.02
    assert np.median(scores[-500:]) < 2 * np.median(scores[2000:-500])


@pytest.mark.parametrize(("numbers", "words"), [(0, 0), (-1, 2), (MOST_COLUMNS, 1)])
def test_events_without_columns_or_with_too_many_are_refused(numbers: int, words: int) -> None:
    with pytest.raises(Rejected):
        Model(numbers, words)


def test_rows_of_another_shape_are_refused_and_teach_nothing() -> None:
    model = Model(2, 1)
    words = hashed(["a", "b"]).reshape(-1, 1)
    for numbers, text, times in (
        (np.zeros((2, 3)), words, [0, 0]),
        (np.zeros((2, 2)), words[:1], [0, 0]),
        (np.zeros((2, 2)), words, [0]),
    ):
        with pytest.raises(Rejected):
            observe(model, hashed(["d", "d"]), times, numbers, text)
    assert model.encode() == Model(2, 1).encode()


def test_bytes_that_are_no_model_are_refused() -> None:
    whole = Model(2, 1).encode()
    for data in (b"", b"XXXX" + whole[4:], whole[:-1], whole + b"x", whole[:4] + b"\0\0\0\x63" + whole[8:]):
        with pytest.raises(Fatal):
            decode(data)


def observed(model: Model, rows: Rows) -> Floats:
    return observe(model, *columns_of(rows)).scores


SUBJECT = Subject(lambda: Model(2, 1), observed, Model.encode, decode)


@given(hostile_rows(), st.lists(st.floats(0.0, 1.0), max_size=3), st.floats(0.0, 1.0))
@settings(max_examples=10)
def test_a_model_has_the_properties_of_every_detector(rows: Rows, cuts: list[float], share: float) -> None:
    count = len(rows.values)
    checks.all_hold(SUBJECT, rows, [int(cut * count) for cut in cuts], int(share * count))
    checks.stays_within(SUBJECT, rows, 3_000_000)
