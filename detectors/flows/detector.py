"""The flow detector: closed network flows in, findings out, one a device's episode and one more now and then while it lasts."""

from __future__ import annotations

from collections import OrderedDict

from detectors.autoencoders import detector as autoencoders
from detectors.baseline.sentence import EPOCH
from detectors.flows.change import changed
from detectors.flows.columns import flow_of
from detectors.flows.crowd import crowd_of
from detectors.flows.finding import raised
from detectors.flows.parameters import MOST_TENANTS
from detectors.flows.place import place_of
from detectors.flows.tenant import Tenant
from schemas.event import Envelope
from schemas.security import NetworkFlowClosed


class Flows:
    """The tenants whose flows were seen, at most `MOST_TENANTS`: the one without a flow for longest is forgotten first, and counted.

    A tenant takes 4 to 13 MB by how many devices it has. `duplicates` counts events whose id was among the tenant's newest.
    """

    def __init__(self) -> None:
        self.tenants: OrderedDict[str, Tenant] = OrderedDict()
        self.duplicates = self.forgotten = 0

    def observe(self, envelope: Envelope, origin: str) -> list[Envelope]:
        """Take one security event and return what it completes; one that is no closed flow changes nothing."""
        data = envelope.data
        if not isinstance(data, NetworkFlowClosed):
            return []
        tenant = self._tenant(envelope.tenant)
        if not tenant.is_new(envelope.id):
            self.duplicates += 1
            return []
        at = place_of(envelope, origin)
        flow = flow_of(data)
        due, change = tenant.take(flow, at)
        found = []
        if due is not None:
            found.append(raised(envelope.tenant, at, due, tenant.usual))
            due.episode.tell(at.time_us)
        if change is not None:
            crowd = crowd_of(tenant.episodes, tenant.devices, at.time_us)
            found.append(changed(envelope.tenant, at, flow, change, crowd))
        return found

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
    """Compile everything now (half a minute the first time, then from numba's cache) so that no record waits for it."""
    autoencoders.compile_all()
    data = NetworkFlowClosed(peer="192.0.2.1", protocol="tcp", direction="outbound")
    event = Envelope(id="", type=data.TYPE, source="", subject="", tenant="", time=EPOCH, data=data)
    Flows().observe(event, "")
