"""What is known of attacks before anything is learned."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.traffic.evidence import ANSWERED, FAILED, FAILURE, OUTSIDE, SILENT, UNSPOKEN, evidence_of
from detectors.traffic.words import hashed


def risk(**texts: str) -> float:
    return float(
        evidence_of(1, {}, {name.replace("__", "."): [value] for name, value in texts.items()}).risks[0]
    )


@pytest.mark.parametrize(
    ("ordinary", "risky"),
    [
        ({"id__resp_p": "443"}, {"id__resp_p": "23"}),
        ({"dst_port": "53"}, {"dst_port": "48101"}),
        ({"service": "http"}, {"service": "irc"}),
        ({"conn_state": "SF"}, {"conn_state": "REJ"}),
        ({"result": "success"}, {"result": "failure"}),
        ({"url": "/index.html?page=2"}, {"url": "/index.html?page=1' or '1'='1"}),
        ({"url": "/images/logo.png"}, {"url": "/images/../../etc/passwd"}),
    ],
)
def test_what_attacks_use_is_riskier(ordinary: dict[str, str], risky: dict[str, str]) -> None:
    assert risk(**ordinary) == 0.0
    assert risk(**risky) >= 1.0


def test_a_datagram_without_an_answer_is_no_failure() -> None:
    texts = {"proto": ["tcp", "udp", "tcp"], "conn_state": ["S0", "S0", "SF"]}
    assert evidence_of(3, {}, texts).outcomes.tolist() == [FAILED, SILENT, ANSWERED]


def test_bytes_that_came_back_tell_where_no_state_does() -> None:
    outcomes = evidence_of(3, {"dst_bytes": np.array([0.0, 10.0, np.nan])}, {}).outcomes
    assert outcomes.tolist() == [FAILED, ANSWERED, FAILED]


def test_columns_that_say_nothing_add_nothing() -> None:
    found = evidence_of(2, {"temperature": np.array([1.0, 2.0])}, {"mode": ["on", "off"]})
    assert found.risks.tolist() == [0.0, 0.0]
    assert found.outcomes.tolist() == [-1, -1]
    assert not found.targets.any()
    assert not found.ports.any()


def test_targets_are_addresses_or_else_accounts() -> None:
    both = {"id.resp_h": ["10.0.0.1"], "account": ["root"], "id.resp_p": ["22"]}
    assert evidence_of(1, {}, both).targets.tolist() == hashed(["10.0.0.1"]).tolist()
    assert evidence_of(1, {}, both).ports.tolist() == hashed(["22"]).tolist()
    assert evidence_of(1, {}, {"account": ["root"]}).targets.tolist() == hashed(["root"]).tolist()


@given(st.lists(st.tuples(st.text(), st.floats()), min_size=1, max_size=20), st.integers(0, 19))
def test_a_row_says_the_same_alone(rows: list[tuple[str, float]], at: int) -> None:
    at %= len(rows)
    columns = ("conn_state", "id.resp_p", "service", "url")
    numbers = np.array([number for _, number in rows])
    whole = evidence_of(
        len(rows), {"serror_rate": numbers}, {name: [text for text, _ in rows] for name in columns}
    )
    alone = evidence_of(1, {"serror_rate": numbers[at : at + 1]}, {name: [rows[at][0]] for name in columns})
    assert (whole.risks >= 0).all()
    assert np.isfinite(whole.risks).all()
    for one, other in zip(whole, alone, strict=True):
        assert one[at] == other[0]


@pytest.mark.parametrize(
    ("target", "outside"),
    [
        ("8.8.8.8", True),
        ("2a00:1450:4001::1", True),
        ("192.168.1.1", False),
        ("10.0.0.1", False),
        ("239.255.255.250", False),
        ("ff02::fb", False),
        ("fe80::1", False),
        ("127.0.0.1", False),
        ("router", False),
        ("", False),
    ],
)
def test_a_failure_on_the_open_internet_is_riskier_than_one_at_home(target: str, outside: bool) -> None:
    assert risk(id__resp_h=target, conn_state="S0") == FAILURE + OUTSIDE * outside
    assert risk(id__resp_h=target, conn_state="SF") == 0.0
    assert risk(id__resp_h=target, conn_state="S0", proto="udp") == 0.0


def talk_risk(sent: float, got: float, **texts: str) -> float:
    numbers = {"orig_bytes": np.array([sent]), "resp_bytes": np.array([got])}
    told = {
        "id.resp_h": "8.8.8.8",
        "id.resp_p": "443",
        "proto": "tcp",
        "service": "-",
        "conn_state": "SF",
    } | texts
    return float(evidence_of(1, numbers, {name: [text] for name, text in told.items()}).risks[0])


def test_talk_without_a_protocol_on_a_port_of_one_is_a_risk() -> None:
    assert talk_risk(300.0, 400.0) == UNSPOKEN
    assert talk_risk(300.0, 400.0, service="ssl") == 0.0
    assert talk_risk(300.0, 400.0, service="") == 0.0
    assert talk_risk(300.0, 400.0, proto="udp") == 0.0
    assert talk_risk(300.0, 400.0, **{"id.resp_p": "1883"}) == 0.0
    for sent, got in ((0.0, 400.0), (300.0, 0.0), (np.nan, np.nan)):
        assert talk_risk(sent, got) == 0.0


def test_an_answer_that_is_cut_short_is_no_failure_on_the_open_internet() -> None:
    assert talk_risk(300.0, 400.0, service="ssl", conn_state="RSTO") == FAILURE
    assert talk_risk(300.0, 0.0, service="ssl", conn_state="RSTO") == FAILURE + OUTSIDE
    shell, bare = (
        talk_risk(9.0, 9.0, service="ssh", conn_state="RSTO"),
        talk_risk(9.0, 9.0, conn_state="RSTO"),
    )
    assert min(shell, bare) > FAILURE + OUTSIDE
