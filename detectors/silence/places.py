"""Which cohort and which place devices belong to, by the numbers of a block's cohorts."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

import numpy as np

from detectors.silence.memory import MOST_GROUPS

Cohort = tuple[str, str, str]
Place = tuple[str, str]


class Places:
    """A cohort is a tenant's devices of one model at one site; a place, what can fail as one, is a site of a tenant.

    Telemetry names no gateways, so a site is the smallest place there is. All of it follows from the cohorts a block knows, in their order.
    Cohorts and places beyond `MOST_GROUPS`, and devices without a site, have the number 0.
    """

    def __init__(self) -> None:
        self._numbers: dict[Place, int] = {}
        self._names: list[Place] = [("", "")]
        self._models = [""]
        self._known = 0
        # By the number of the cohort in the block; what lies behind the last one is for devices without a cohort (-1).
        self.cohorts = np.zeros(1, np.int64)
        self.places = np.zeros(1, np.int64)

    def follow(self, cohorts: Mapping[Cohort, int]) -> None:
        """Learn the cohorts that are new; must be given those of one block only."""
        if len(cohorts) == self._known:
            return
        new = [
            self._numbers_of(number, cohort) for cohort, number in islice(cohorts.items(), self._known, None)
        ]
        self._known = len(cohorts)
        added = np.array([*new, (0, 0)], np.int64)
        self.cohorts = np.concatenate([self.cohorts[:-1], added[:, 0]])
        self.places = np.concatenate([self.places[:-1], added[:, 1]])

    def name(self, place: int) -> Place:
        """Tenant and site of a place's number."""
        return self._names[place]

    def model(self, cohort: int) -> str:
        """The model of a cohort's number."""
        return self._models[cohort]

    def _numbers_of(self, number: int, cohort: Cohort) -> tuple[int, int]:
        tenant, model, site = cohort
        if number + 1 <= MOST_GROUPS:
            self._models.append(model)
        if number + 1 > MOST_GROUPS or not site:
            return (number + 1 if number + 1 <= MOST_GROUPS else 0), 0
        place = self._numbers.get((tenant, site))
        if place is None:
            place = self._numbers[tenant, site] = len(self._names)
            self._names.append((tenant, site))
        return number + 1, place
