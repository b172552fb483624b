"""Which tenants there is data of. Who may see which is decided by the caller, who passes the result on to every other query."""

from __future__ import annotations

from dataclasses import dataclass

from dashboards.store import Store


@dataclass(frozen=True, slots=True)
class Tenant:
    """One tenant's name."""

    tenant: str


def names(store: Store) -> tuple[str, ...]:
    """All tenants in alphabetical order."""
    return tuple(row.tenant for row in store.rows(Tenant, "tenants WHERE tenant != '' ORDER BY tenant", {}))
