"""What is known of attacks before anything is learned: which columns say where an event went and whether it succeeded, and how risky it is.

Columns are recognised by their names, as Zeek, NetFlow, Argus, KDD, CICFlowMeter and login records write them; a column whose name says
nothing adds nothing. Risks are in nats, rough log-likelihood ratios of an attack to ordinary life: services that botnets spread and are
led by (Antonakakis et al. 2017: telnet, and what Mirai's descendants exploit; IRC), attempts that fail (Jung et al. 2004), the more
where they go to the open internet, for bots outlive their controllers and scan whoever there is, unless an ordinary protocol was spoken in
both directions; talk on the ports of pages and TLS in which whoever recognises protocols found none, as Torii's (Kroustek et al. 2018);
words of injected commands. They are priors, not proof: a fleet that is run over telnet looks risky for ever, evenly.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from detectors.traffic.addresses import is_outside
from detectors.traffic.talk import BACK, both_talked, each, numbers_named, service_risk, spoken, unspoken
from detectors.traffic.words import hashed

ANSWERED, FAILED, SILENT = 0, 1, 2  # silent: a datagram nobody answered, which says little
TARGET = (
    "id.resp_h",
    "dst_ip",
    "dstip",
    "dst_host",
    "daddr",
    "destination ip",
    "destination_ip",
    "dst ip",
    "ip.dst_host",
    "dest_ip",
    "dst",
    "peer",
    "victim",
)
ACCOUNT = ("account", "user", "username", "user_name", "login")
PORT = (
    "id.resp_p",
    "dst_port",
    "dstport",
    "dport",
    "dsport",
    "destination port",
    "destination_port",
    "dst port",
    "tcp.dstport",
    "dest_port",
    "port",
)
PROTOCOL = ("proto", "protocol", "protocol_type", "ip_proto")
SERVICE = ("service", "app_proto", "application")
STATE = (
    "conn_state",
    "state",
    "flag",
    "result",
    "outcome",
    "status",
    "status_code",
    "response_code",
    "success",
)
FAILURES = frozenset(
    re.split(
        r"\s+",
        "s0 rej rsto rstos0 rstoso rstr rstrh sh shr oth s1 s2 s3 req rst int fail failed failure denied deny rejected reject refused "
        "error timeout blocked forbidden unauthorized invalid false 401 403 404 405 407 429 500 502 503",
    )
)
SUCCESSES = frozenset(
    re.split(
        r"\s+",
        "sf fin con est acc success successful succeeded ok accepted allow allowed granted true 200 201 204 301 302 304",
    )
)
HALF_RISK = frozenset(["s1", "s2", "s3", "404", "500", "502", "503", "rstr"])
DATAGRAMS = frozenset(["udp", "icmp", "17", "1", "arp", "ipv6-icmp", "igmp"])
EXPLOITED = {
    23: 3.0,
    2323: 3.0,
    6667: 3.0,
    6666: 3.0,
    6668: 3.0,
    6669: 3.0,
    6697: 2.0,
    7547: 3.0,
    5555: 3.0,
    37215: 3.0,
    52869: 3.0,
}
EXPLOITED |= {
    48101: 3.0,
    4444: 2.0,
    31337: 3.0,
    9001: 2.0,
    22: 1.0,
    2222: 2.0,
    445: 2.0,
    139: 1.0,
    135: 1.0,
    3389: 2.0,
    5900: 2.0,
    1433: 2.0,
}
ORDINARY = frozenset(
    (20, 21, 25, 53, 67, 68, 80, 110, 123, 137, 138, 143, 161, 443, 465, 514, 546, 547, 587, 853, 993, 995, 0)
)
ORDINARY |= {1883, 1900, 3478, 3702, 5353, 5355, 5683, 5684, 8080, 8443, 8883, 9092, 502, 4840, 47808}
UNUSUAL_PORT = 0.7
BAD_NAMES = re.compile(
    r"serror|rerror|error_rate|fail|reject|denied|refus|invalid|unauth|wrong_frag|urgent$|compromised|root_shell|retrans|malformed",
    re.I,
)
INJECTED = re.compile(
    r"union\s+(all\s+)?select|\bor\b\s+['\"]?1['\"]?\s*=\s*['\"]?1|<script|javascript:|\.\./\.\.|/etc/passwd|;\s*(wget|curl|nc|sh)\b|"
    r"\$\{jndi:|cmd\.exe|xp_cmdshell|base64_decode|\bsleep\(\d",
    re.I,
)
INJECTION, FAILURE, MOST_NAMED = 4.0, 1.0, 3.0
OUTSIDE = 2.0  # more for an attempt that failed on the open internet
UNSPOKEN = 2.0  # for talk without a protocol on a port of one that is always recognised


class Evidence(NamedTuple):
    """A row an event: risk (nats, from 0), outcome (-1: nobody says), and hashed target and port (0: nobody says)."""

    risks: npt.NDArray[np.float64]
    outcomes: npt.NDArray[np.int64]
    targets: npt.NDArray[np.uint64]
    ports: npt.NDArray[np.uint64]


def nothing(count: int) -> Evidence:
    """No evidence on `count` events."""
    return Evidence(
        np.zeros(count), np.full(count, -1, np.int64), np.zeros(count, np.uint64), np.zeros(count, np.uint64)
    )


def evidence_of(count: int, numbers: Mapping[str, Any], texts: Mapping[str, Sequence[str]]) -> Evidence:
    """The evidence in columns by name; each row's depends on that row only."""
    names = {name.strip().lower(): name for name in (*numbers, *texts)}
    columns: dict[str, Sequence[str]] = dict(texts)

    def first(wanted: tuple[str, ...]) -> Sequence[str] | None:
        found = next((names[name] for name in wanted if names.get(name) in columns), None)
        return None if found is None else columns[found]

    found = nothing(count)
    outcomes = outcomes_of(found.outcomes, first(STATE), first(PROTOCOL), numbers_named(numbers, BACK))
    risks = found.risks + FAILURE * (outcomes == FAILED)
    service, port = first(SERVICE), first(PORT)
    for column, told in (
        (port, port_risk),
        (service, service_risk),
        (first(STATE), state_discount),
    ):
        if column is not None:
            risks += each(column, told)
    talked = both_talked(count, numbers)
    if (to := first(TARGET)) is not None:
        risks += OUTSIDE * (outcomes == FAILED) * ~(talked & spoken(count, service)) * each(to, is_outside)
    risks += UNSPOKEN * (talked & unspoken(count, service, port, first(PROTOCOL)))
    for name, values in numbers.items():
        if BAD_NAMES.search(name):
            risks += np.minimum(np.nan_to_num(np.abs(values), posinf=MOST_NAMED), MOST_NAMED)
    for column in texts.values():
        risks += each(column, injection_risk)
    target = first(TARGET) or first(ACCOUNT)
    return Evidence(
        np.maximum(risks, 0.0),
        outcomes,
        found.targets if target is None else hashed(target),
        found.ports if port is None else hashed(port),
    )


def outcomes_of(
    unknown: npt.NDArray[np.int64], state: Any, protocol: Any, back: Any
) -> npt.NDArray[np.int64]:
    """Whether each event got what it wanted: by its state, or by what came back."""
    outcomes = unknown
    if back is not None:
        outcomes = np.where(np.isnan(back) | (back <= 0), FAILED, ANSWERED)
    if state is not None:
        said = each(state, state_outcome)
        outcomes = np.where(said >= 0, said, outcomes).astype(np.int64)
    if protocol is not None:
        datagram = each(protocol, lambda text: float(text.strip().lower() in DATAGRAMS)) > 0
        outcomes = np.where(datagram & (outcomes == FAILED), SILENT, outcomes)
    return outcomes.astype(np.int64)


def state_outcome(text: str) -> float:
    """What a connection's state or an action's result says."""
    word = text.strip().lower()
    return float(FAILED if word in FAILURES else ANSWERED if word in SUCCESSES else -1)


def state_discount(text: str) -> float:
    """What half-successes are less risky by."""
    return -0.5 * FAILURE if text.strip().lower() in HALF_RISK else 0.0


def port_risk(text: str) -> float:
    """The risk of a destination port."""
    try:
        port = int(float(text))
    except (ValueError, OverflowError):
        return 0.0
    return EXPLOITED.get(port, 0.0 if port in ORDINARY else UNUSUAL_PORT)


def injection_risk(text: str) -> float:
    """The risk of a text that holds commands."""
    return INJECTION if len(text) > 6 and INJECTED.search(text) else 0.0
