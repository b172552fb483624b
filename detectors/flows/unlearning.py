"""Rolling back what network flows taught: a tenant's flows learned again from the beginning, without those nobody trusts any more.

Tenants teach each other nothing, so only the one that is named learns again. What was said stays said: findings are neither told twice nor
taken back, and what is found on the way is told by nobody, as if it had not been told.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from detectors.flows.detector import Flows
from detectors.flows.tenant import Tenant
from schemas.event import Envelope
from schemas.roll_back import RollBack
from schemas.security import NetworkFlowClosed


class Past(NamedTuple):
    """A security event, where it lies in its partition, and its record's name."""

    offset: int
    event: Envelope
    origin: str


class Again(NamedTuple):
    """What flows taught once they were learned again, how many these are, and how many records the newest roll-back left out."""

    flows: Flows
    learned: int
    unlearned: int


def learned_again(flows: Flows, past: Iterable[Past], asked: Sequence[tuple[int, RollBack]]) -> Again:
    """The flows of a partition as if what `asked` names had not been among the `past`, which has all of that tenant's up to the newest.

    Roll-backs have their offsets, the newest is the last, and earlier ones are about what came before them only. Others' events in `past`
    are passed over. Nothing is changed where none is named, nor where the tenant is forgotten; one that was forgotten once and came back
    is learned from its first flow on. `flows` is not changed, but shared for all other tenants.
    """
    newest = asked[-1][1]
    fresh, unlearned = Flows(), 0
    for offset, event, origin in past:
        if event.tenant != newest.tenant or not isinstance(event.data, NetworkFlowClosed):
            continue
        if any(offset < place and names(one, event) for place, one in asked[:-1]):
            continue
        if names(newest, event):
            unlearned += 1
        else:
            fresh.observe(event, origin)
    before = flows.tenants.get(newest.tenant)
    if not unlearned or before is None:
        return Again(flows, 0, unlearned)
    tenant = fresh.tenants.get(newest.tenant) or Tenant()
    _keep_told(before, tenant)
    return Again(_with(flows, newest.tenant, tenant), tenant.flows, unlearned)


def names(asked: RollBack, event: Envelope) -> bool:
    """Whether a roll-back is about a flow."""
    return (
        event.tenant == asked.tenant
        and asked.device in ("", event.subject)
        and asked.since <= event.time < asked.until
    )


def _with(flows: Flows, name: str, tenant: Tenant) -> Flows:
    """The same tenants in the same order, one of them as given."""
    again = Flows()
    again.tenants = OrderedDict(flows.tenants)
    again.tenants[name] = tenant
    again.duplicates, again.forgotten = flows.duplicates, flows.forgotten
    return again


def _keep_told(before: Tenant, after: Tenant) -> None:
    """What was seen, told and counted stays so: an event sent twice is not learned late, and no finding is told twice or kept back."""
    after.seen, after.shared_us, after.forgotten = dict(before.seen), before.shared_us, before.forgotten
    after.habits.forgotten = before.habits.forgotten
    for device, episode in after.episodes.items():
        known = before.episodes.get(device)
        episode.told_us = known.told_us if known else 0
    for key, habit in after.habits.known.items():
        habit.told = habit.since_us > 0 and key in before.habits.known and before.habits.known[key].told
