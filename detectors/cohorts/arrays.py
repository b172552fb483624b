"""What the compiled pass is given, bundled: compiled code takes a named tuple as its parts."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy.typing as npt

from detectors import conformal
from detectors.baseline.lanes import Floats
from detectors.baseline.name_table import Ints
from detectors.cohorts.subspace import Wide


class Fleet(NamedTuple):
    """Devices and cohorts, as `row` lays them out, and what is known of each cohort's scores; `kept` and `levels` have three rows a
    cohort (single metrics, T2, Q)."""

    members: Floats
    member_heads: npt.NDArray[Any]
    cohorts: Floats
    cohort_heads: npt.NDArray[Any]
    kept: conformal.Weights
    levels: conformal.Weights


class Model(NamedTuple):
    """The cohorts' covariances and directions, one over the directions' variances; the same of the reference, and the variances of the
    deviations it was made of."""

    covariance: Floats
    basis: Floats
    inverse: Floats
    reference_basis: Floats
    reference_inverse: Floats
    reference_own: Floats


class Work(NamedTuple):
    """Room to work in: three rows of lanes, a report's deviations (a row a group), a matrix."""

    lanes: Floats
    deviations: Floats
    scratch: Wide


class Reports(NamedTuple):
    """A batch's rows and the order in which they count.

    `homes` is the cohort of each row (-1: none, not judged), `uptimes_s` how long its device has run (NaN: it does not say);
    `values[sources[column]]` are the values of a column (-1: the batch has none).
    """

    order: Ints
    slots: Ints
    homes: Ints
    times_us: Ints
    values: Floats
    uptimes_s: Floats
    sources: Ints
