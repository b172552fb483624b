"""The policy as data: which kind of alert asks for which action, and how far the system goes by itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from schemas.credential import Action

POLICY = "local-first@1"
# What is nearly certain is done at once and can be undone (hold) or, where the key itself is in other hands, can't (revoke).
# A baseline alone never touches a credential: a person decides.
ACTIONS: dict[str, Action] = {
    "rule.credential_cloned": "revoke",
    "rule.account_takeover": "hold",
    "rule.attestation_failed": "hold",
}
STRENGTH: dict[Action, int] = {"reinstate": 0, "monitor": 1, "restrict": 2, "hold": 3, "revoke": 4}
BLAST_WINDOW = timedelta(hours=1)


def action_for(kind: str, actions: Mapping[str, Action] = ACTIONS) -> Action | None:
    """What an alert of this kind asks for, None where only a person may decide."""
    return actions.get(kind)


def cuts_off(done: Action | None, action: Action) -> bool:
    """Whether what is done cuts a device off as much as an action would."""
    return done in ("hold", "revoke") and STRENGTH[done] >= STRENGTH[action]


def partition_limit(max_decisions: int, partitions: int) -> int:
    """How many decisions a tenant gets from one partition in `BLAST_WINDOW`, so that all partitions together stay within `max_decisions`.

    At least 1, so with fewer decisions than partitions the whole may reach the number of partitions.
    """
    return max(1, max_decisions // partitions)
