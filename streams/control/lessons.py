"""A verdict told to the partitions that have not seen its alert: one action for each, with what it says of findings like that one's."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import count
from typing import get_args

from detectors.feedback.bounds import is_protected
from detectors.feedback.sharing import lessons_of
from schemas.action import VerdictShare
from schemas.alert import Aside, Verdict
from schemas.event import aggregate_key
from schemas.topics import PARTITIONS
from streams.control.catalog import Row, Weighing
from streams.log.partition import partition_of

# Who says it: nobody asked for more than the verdict itself.
ACTOR = "vedette"
JUDGED = ("true_positive", "false_positive")
ASIDE = get_args(Aside)


def share(row: Row, verdict: Verdict, weighed: Sequence[Weighing]) -> VerdictShare | None:
    """What others are told of a verdict on the alert in `row`; None where it teaches nothing, is not the first, or has no strength.

    The rules are those by which triage learns from it. `weighed` are the alert's findings as the store has them: one that is still on its
    way is not told.
    """
    if verdict not in JUDGED or not weighed:
        return None
    if row.get("status") == "closed" and row.get("verdict") not in ASIDE:
        return None
    true = verdict == "true_positive"
    if not true and is_protected(row["severity"], row["kinds"]):
        return None
    return VerdictShare(
        actor=ACTOR,
        alert=row["alert"],
        true=true,
        time=max(time for _, time in weighed),
        lessons=lessons_of(one for one, _ in weighed),
    )


def others(tenant: str, devices: Collection[str]) -> list[str]:
    """A subject for each partition that has none of these devices."""
    seen = {partition_of(aggregate_key(tenant, device), PARTITIONS) for device in devices}
    return [subject_in(tenant, number) for number in range(PARTITIONS) if number not in seen]


def subject_in(tenant: str, partition: int) -> str:
    """What stands for a partition of a tenant's devices, always the same: no device's name may have a blank in it."""
    names = (f"verdicts {number}" for number in count())
    return next(one for one in names if partition_of(aggregate_key(tenant, one), PARTITIONS) == partition)
