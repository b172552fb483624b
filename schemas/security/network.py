"""Traffic that the fleet's segmentation does not allow (IEC 62443 zones and conduits; MUD, RFC 8520)."""

from __future__ import annotations

from typing import ClassVar, Literal

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
