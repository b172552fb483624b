"""What is known of one tenant's flows: the traffic detector's model, what is usual, and the devices whose flows are odd."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from detectors.flows.columns import NUMBERS, TOLD, WORDS, Flow, known_of, numbers_of, word_of
from detectors.flows.crowd import Crowd, crowd_of
from detectors.flows.episode import Episode, Odd
from detectors.flows.habits import Changed, Habits
from detectors.flows.parameters import (
    MOST_DEVICES,
    MOST_SUSPECTS,
    ODD,
    PRIOR_FLOWS,
    PRIOR_ODD,
    QUIET_S,
    REMEMBERED_IDS,
    SHARE_FLOWS,
    WARM_UP,
)
from detectors.flows.place import Place
from detectors.flows.sentence import summary
from detectors.flows.usual import Usual
from detectors.traffic.detector import observe, view_name
from detectors.traffic.joint import trust_of
from detectors.traffic.model import Model
from schemas.detection import Evidence


class Found(NamedTuple):
    """What a flow completes: an episode's finding, a changed habit, both or none; and the devices that are suspect then."""

    due: Due | None
    change: Changed | None


class Due(NamedTuple):
    """A finding that is complete: the device's episode, and the devices that are suspect at that time."""

    episode: Episode
    crowd: Crowd


def fresh_model() -> Model:
    """A traffic model of nothing, for the columns of flows."""
    return Model(len(NUMBERS), len(WORDS))


class Tenant:
    """Everything remembered, of bounded size. `odd` of `judged` flows of devices not told of were odd, both damped.

    `seen` are the newest event ids, `devices` the event times of each one's latest flow, `episodes` the devices with odd flows, the latest
    last; `forgotten` counts episodes that had to make room. `shared_us` is when many devices were last odd together.
    """

    def __init__(self, model: Model | None = None) -> None:
        self.model = model or fresh_model()
        self.usual, self.habits = Usual(), Habits()
        self.flows, self.odd, self.judged = 0, 0.0, 0.0
        self.forgotten = self.shared_us = 0
        self.seen: dict[str, None] = {}
        self.devices: dict[str, int] = {}
        self.episodes: dict[str, Episode] = {}

    def is_new(self, event: str) -> bool:
        """Whether an id is not among the newest ones; it is from now on."""
        if event in self.seen:
            return False
        self.seen[event] = None
        if len(self.seen) > REMEMBERED_IDS:
            del self.seen[next(iter(self.seen))]
        return True

    @property
    def share(self) -> float:
        """The share of odd flows among those of devices that nobody was told of."""
        return (self.odd + PRIOR_ODD) / (self.judged + PRIOR_FLOWS)

    def take(self, flow: Flow, at: Place) -> Found:
        """Score a flow and learn it; what it completes."""
        odd, trust = self._scored(flow, at)
        return Found(self._taken(odd, flow, at), self.habits.take(flow, at, trust))

    def _taken(self, odd: Odd | None, flow: Flow, at: Place) -> Due | None:
        """What is due with a flow. Of the first ones none is judged."""
        if odd is None:
            self.usual.keep(flow)
        self._reach(at)
        if self.flows <= WARM_UP:
            return None
        episode = self._episode(at, odd is not None)
        self._count(odd is not None, told=episode is not None and episode.told_us > 0)
        if episode is None:
            return None
        if odd is None:
            episode.usual(self.share)
            return None
        episode.take(odd, at.time_us, self.share)
        return self._due(episode, at) if episode.is_due(at.time_us) else None

    def _due(self, episode: Episode, at: Place) -> Due | None:
        """A finding, unless many devices are odd together and that was told."""
        crowd = crowd_of(self.episodes, self.devices, at.time_us)
        if not crowd.is_one:
            return Due(episode, crowd)
        known = self.shared_us > 0 and at.time_us - self.shared_us <= QUIET_S * 1_000_000
        self.shared_us = max(self.shared_us, at.time_us)
        if known:
            episode.tell(at.time_us)
            return None
        return Due(episode, crowd)

    def _scored(self, flow: Flow, at: Place) -> tuple[Odd | None, float]:
        """A flow that is odd, and how far any flow may teach the ensemble."""
        known = known_of(flow)
        scores = observe(
            self.model,
            np.array([word_of(at.device)], np.uint64),
            np.array([at.time_us], np.int64),
            np.array([numbers_of(flow)]),
            np.array([[word_of(word) for word in flow.words]], np.uint64),
            known,
        )
        self.flows += 1
        score, p_value = float(scores.alone[0]), float(scores.p_values[0])
        # What resembles earlier odd flows is not odd by itself, but teaches less.
        trust = trust_of(float(scores.scores[0]), p_value)
        if score <= ODD:
            return None, trust
        odd = Odd(
            size=score / (1.0 - score) * ((1.0 - ODD) / ODD),
            p_value=p_value,
            view=view_name(self.model, int(scores.views[0]), TOLD).replace("the cohort", "the fleet"),
            risk=float(known.risks[0]),
            flow=flow,
            evidence=Evidence(event=at.event, origin=at.origin, time=at.time, summary=summary(flow)),
        )
        return odd, trust

    def _reach(self, at: Place) -> None:
        """Note when the device's latest flow was."""
        self.devices[at.device] = max(self.devices.pop(at.device, at.time_us), at.time_us)
        if len(self.devices) > MOST_DEVICES:
            del self.devices[next(iter(self.devices))]

    def _episode(self, at: Place, odd: bool) -> Episode | None:
        """The device's episode, unless it is over; a new one where the flow is odd. The latest is last."""
        episode = self.episodes.pop(at.device, None)
        if episode is not None and episode.is_over(at.time_us):
            episode = None
        if episode is None and odd:
            episode = Episode(since_us=at.time_us, last_us=at.time_us)
        if episode is not None:
            self.episodes[at.device] = episode
            if len(self.episodes) > MOST_SUSPECTS:
                del self.episodes[next(iter(self.episodes))]
                self.forgotten += 1
        return episode

    def _count(self, odd: bool, told: bool) -> None:
        if told:
            return
        self.judged += 1.0
        self.odd += odd
        if self.judged > SHARE_FLOWS:
            self.judged, self.odd = self.judged / 2.0, self.odd / 2.0
