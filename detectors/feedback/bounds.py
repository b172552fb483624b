"""How far feedback may go: every limit in one place, each with its reason."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from detectors.revocation.policy import ACTIONS
from schemas.detection import Severity

# A verdict counts so long in event time: what nobody confirms any more is forgotten, one verdict at a time.
COUNTS = timedelta(days=30)
# Fewer verdicts than this move no risk and fewer false ones no bar; beyond so many the oldest are forgotten.
LEAST_JUDGED = 5
MOST_JUDGED = 64
# The bar is never more than so many times the weakest finding that was ever weighed: a strong one can't be talked away.
MOST_TIMES = 2.0
# Verdicts on other devices of the tenant count as no more than so many on the device itself.
PEERS_COUNT_AS = 4.0
# Without verdicts as many findings are taken to be true as false (Beta(1, 1)), which moves nothing.
PRIOR = 0.5
# Of so many alerts in a row that a bar keeps from opening and nobody judges, the last opens: only what people see can be judged.
SHOWN_EVERY = 10
# The risk moves by less than half of what lies between two severities.
MOST_RISK = 8
# An exception covers what was judged and this share of its distance from the usual more.
MARGIN = 0.1
# After this a person must look again.
EXPECTED_FOR = timedelta(days=90)
# So many false verdicts on one device's place among its peers propose an exception: its cohort does not fit it. A person accepts it.
LEAST_MISFITS = 3
MISFIT = "cohort.outlier."
# Alerts named in a proposal; accepted and proposed exceptions of a device.
NAMED_ALERTS = 8
MOST_EXCEPTIONS = 32

PROTECTED = frozenset(ACTIONS)


def is_protected(severity: Severity, kinds: Collection[str], protected: Collection[str] = PROTECTED) -> bool:
    """Whether feedback must leave findings alone: critical ones, and kinds by which the policy cuts credentials off."""
    return severity == "critical" or any(kind in protected for kind in kinds)
