"""A device's traffic: every flow, and what the fleet's segmentation does not allow (IEC 62443 zones and conduits; MUD, RFC 8520)."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import msgspec

from schemas.security.event import Count, Port, SecurityEvent


class NetworkPolicyViolated(SecurityEvent, frozen=True, kw_only=True):
    """A flow of the device that its policy does not allow, blocked or let through (`outcome`).

    `peer` is the other end as seen by the reporter; `port` is the server's end and left out where the protocol has none. Bytes are counted
    from the device's view and 0 where nobody counted.
    """

    TYPE: ClassVar[str] = "network_policy.violated.v1"
    policy: str
    peer: str
    protocol: Literal["tcp", "udp", "icmp", "sctp", "other"]
    direction: Literal["inbound", "outbound"]
    outcome: Literal["blocked", "allowed"]
    port: Port | None = None
    from_segment: str = ""
    to_segment: str = ""
    bytes_sent: Count = 0
    bytes_received: Count = 0
    rule: str = ""
    process: str = ""


class NetworkFlowClosed(SecurityEvent, frozen=True, kw_only=True):
    """A connection or an exchange of datagrams of the device that is over, as whoever watched it (the device, a gateway, Zeek) counted it.

    One biflow (RFC 5103): bytes and packets are those of both directions, seen from the device, payload without headers; None where nobody
    counted. The event's time is the flow's end. `peer`, `direction` and `port` as in `NetworkPolicyViolated`. `service` is the application
    protocol by what was said, empty where it was not recognised. `state` is how it ended in Zeek's words (conn.log, `conn_state`), None
    where nobody told; an IPFIX exporter says SF for an answered flow and S0 for an unanswered one.
    """

    TYPE: ClassVar[str] = "network_flow.closed.v1"
    peer: str
    protocol: Literal["tcp", "udp", "icmp", "sctp", "other"]
    direction: Literal["inbound", "outbound"]
    port: Port | None = None
    service: str = ""
    state: (
        Literal["S0", "S1", "SF", "REJ", "S2", "S3", "RSTO", "RSTR", "RSTOS0", "RSTRH", "SH", "SHR", "OTH"]
        | None
    ) = None
    duration_s: Annotated[float, msgspec.Meta(ge=0)] | None = None
    bytes_sent: Count | None = None
    bytes_received: Count | None = None
    packets_sent: Count | None = None
    packets_received: Count | None = None
