"""Traffic, and what its numbers do together: an ensemble of autoencoders beside the traffic detector, as far as the numbers go together.

The traffic detector tells rare and risky events, the ensemble events whose numbers do not fit each other. The odds of rarity are multiplied
by the ensemble's, for an attack is both more often than noise is; risk is left as it is. Where an event's outcome is told, only by their
root: there risk tells attacks, and what is rare for both is mostly harmless. The ensemble learns of an event what the traffic
detector's score and p-value let it, so a flood teaches it nothing. It counts with an exponent that grows from 0 to 1 with the features'
cohesion: where each number is on its own, the ensemble's largest scores are noise.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.autoencoders import detector as autoencoders
from detectors.autoencoders import ensemble as ensembles
from detectors.autoencoders.cohesion import cohesion
from detectors.autoencoders.ensemble import Ensemble
from detectors.traffic import detector as traffic
from detectors.traffic import model as traffic_model
from detectors.traffic.detector import Scores
from detectors.traffic.evidence import Evidence
from detectors.traffic.model import Model
from detectors.traffic.trust import EXTREME, GATE
from detectors.traffic.verdict import ALARM_ODDS
from schemas.errors import Fatal

VERSION = 3  # any change of a score, beside the versions of the two detectors
# The ensemble counts from this cohesion on, and in full from there on.
LOOSE, COHESIVE = 0.75, 0.9
TOLD_POWER = 0.5  # of the ensemble's odds where the outcome is told
# Scores of the traffic detector from which on an event teaches less, and nothing.
HARMLESS, ALARM = 0.25, 0.5
LEAST = 1e-12
MAGIC, HEAD = b"VTJ1", struct.Struct(">4sIQdQ")
# Events after which the cohesion is looked at again: events are counted, so how batches are cut does not matter.
LOOK_EVENTS = 256


class Joint:
    """Everything remembered of a cohort's events: a traffic model, and an ensemble where an event has two numbers or more.

    Changed by `observe` only. Rejected for columns that no model can have. `cohesion` may be read at any time.
    """

    def __init__(self, numbers: int, words: int, seed: int = 0) -> None:
        self.model = Model(numbers, words)
        self.ensemble = Ensemble(numbers, seed) if numbers > 1 else None
        self.events, self.cohesion = 0, 0.0
        self._fitted = 0

    def look(self) -> None:
        """Find the cohesion anew where the ensemble has learned its map anew; nothing else changes it."""
        if self.ensemble is not None and self.ensemble.fitted != self._fitted:
            self.cohesion, self._fitted = cohesion(self.ensemble), self.ensemble.fitted

    def encode(self) -> bytes:
        """Everything as bytes; equal ones have equal bytes."""
        model = self.model.encode()
        head = HEAD.pack(MAGIC, VERSION, self.events, self.cohesion, len(model))
        return head + model + (self.ensemble.encode() if self.ensemble else b"")


def decode(data: bytes) -> Joint:
    """What `encode` made; Fatal where the bytes are not that of this very version, whole to the last byte."""
    if len(data) < HEAD.size:
        raise Fatal("a joint model cannot be read: it is cut off")
    magic, version, events, together, size = HEAD.unpack_from(data)
    if magic != MAGIC or version != VERSION:
        raise Fatal(f"a joint model cannot be read: none of version {VERSION}")
    model = traffic_model.decode(data[HEAD.size : HEAD.size + size])
    found, rest = Joint(model.numbers, model.words), data[HEAD.size + size :]
    found.model, found.events, found.cohesion = model, events, together
    if found.ensemble is not None:
        found.ensemble = ensembles.decode(rest)
        rest = b"" if found.ensemble.features == model.numbers else rest
    if rest:
        raise Fatal("a joint model cannot be read: its parts do not fit each other")
    return found


def observe(
    joint: Joint, devices: Any, times_us: Any, numbers: Any, words: Any, evidence: Evidence | None = None
) -> Scores:
    """`traffic.detector.observe` with the ensemble's odds: strictly causal; p-values and views are the traffic detector's."""
    found = traffic.observe(joint.model, devices, times_us, numbers, words, evidence)
    if joint.ensemble is None:
        return found
    trust = np.array(list(map(trust_of, found.scores.tolist(), found.p_values.tolist())), np.float64)
    beside = _beside(joint, joint.ensemble, np.asarray(numbers, np.float64), times_us, trust)
    if evidence is not None:
        beside = np.where(evidence.outcomes >= 0, beside**TOLD_POWER, beside)
    odds = ALARM_ODDS * _odds(found.scores) * (1.0 + found.rarities * (beside - 1.0))
    return found._replace(scores=odds / (odds + ALARM_ODDS))


def _odds(scores: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Scores in [0, 1) as odds, not infinite where rounding has made one of them 1."""
    return scores / np.maximum(1.0 - scores, LEAST)


def trust_of(score: float, p_value: float) -> float:
    """How far an event may teach others, 0 to 1: what is rare for the traffic detector, or as risky as an alarm, does not."""
    usual = min(max((p_value - EXTREME) / (GATE - EXTREME), 0.0), 1.0) ** 2
    return usual * min(max((ALARM - score) / (ALARM - HARMLESS), 0.0), 1.0)


def _beside(
    joint: Joint, ensemble: Ensemble, numbers: Any, times_us: Any, trust: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """What the ensemble multiplies each event's odds with."""
    factors, at = np.ones(len(trust)), 0
    while at < len(trust):
        until = min(at + LOOK_EVENTS - joint.events % LOOK_EVENTS, len(trust))
        told = autoencoders.observe(ensemble, numbers[at:until], times_us[at:until], trust[at:until])
        share = min(max((joint.cohesion - LOOSE) / (COHESIVE - LOOSE), 0.0), 1.0)
        factors[at:until] = (1.0 + _odds(told.scores)) ** share
        joint.events += until - at
        if joint.events % LOOK_EVENTS == 0:
            joint.look()
        at = until
    return factors
