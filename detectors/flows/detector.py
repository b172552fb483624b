"""The flow detector: closed network flows in, findings out, one a device's episode and one more now and then while it lasts."""

from __future__ import annotations

from collections import OrderedDict

from detectors.baseline.sentence import EPOCH
from detectors.flows.columns import flow_of
from detectors.flows.finding import raised
from detectors.flows.parameters import MOST_TENANTS
from detectors.flows.place import place_of
from detectors.flows.tenant import Tenant
from schemas.event import Envelope
from schemas.security import NetworkFlowClosed


class Flows:
    """The tenants whose flows were seen, at most `MOST_TENANTS`: the one without a flow for longest is forgotten first, and counted.

    A tenant takes 3 to 5 MB. `duplicates` counts events whose id was among the tenant's newest.
    """

    def __init__(self) -> None:
        self.tenants: OrderedDict[str, Tenant] = OrderedDict()
        self.duplicates = self.forgotten = 0

    def observe(self, envelope: Envelope, origin: str) -> list[Envelope]:
        """Take one security event and return the finding it completes; one that is no closed flow changes nothing."""
        data = envelope.data
        if not isinstance(data, NetworkFlowClosed):
            return []
        tenant = self._tenant(envelope.tenant)
        if not tenant.is_new(envelope.id):
            self.duplicates += 1
            return []
        at = place_of(envelope, origin)
        due = tenant.take(flow_of(data), at)
        if due is None:
            return []
        found = raised(envelope.tenant, at, due, tenant.usual)
        due.episode.tell(at.time_us)
        return [found]

    def _tenant(self, name: str) -> Tenant:
        tenant = self.tenants.get(name)
        if tenant is None:
            tenant = self.tenants[name] = Tenant()
            if len(self.tenants) > MOST_TENANTS:
                self.tenants.popitem(last=False)
                self.forgotten += 1
        else:
            self.tenants.move_to_end(name)
        return tenant


def compile_all() -> None:
    """Compile everything now (seconds the first time, then from numba's cache) so that no record waits for it."""
    data = NetworkFlowClosed(peer="192.0.2.1", protocol="tcp", direction="outbound")
    event = Envelope(id="", type=data.TYPE, source="", subject="", tenant="", time=EPOCH, data=data)
    Flows().observe(event, "")
