"""The revocation list as the authority's memory: what is on it, why, and for how long."""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.pki import init, issue
from schemas.errors import Fatal, Retryable
from schemas.pki import Folder
from streams.enforcement.crl import COMPROMISED, HOLD, RENEW_BEFORE, VALID_FOR, CrlAuthority, reason

START = datetime.now(UTC).replace(microsecond=0)
NAMES = [f"acme:d-{number}" for number in range(3)]


class Clock:
    """A clock that stands still."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("pki")
    init(root)
    for name in NAMES:
        issue(root, name)
    return root


@pytest.fixture
def folder(master: Path, tmp_path: Path) -> Folder:
    """An authority with nothing revoked."""
    return copied(master, tmp_path / "pki")


def copied(master: Path, root: Path) -> Folder:
    root.mkdir()
    for name in ("ca.crt", "ca.key", "crl.pem", "issued.jsonl"):
        (root / name).write_bytes((master / name).read_bytes())
    return Folder(root)


def listed(folder: Folder) -> dict[str, x509.ReasonFlags]:
    crl = x509.load_pem_x509_crl(folder.crl.read_bytes())
    return {f"{entry.serial_number:x}": reason(entry) for entry in crl}


def number(folder: Folder) -> int:
    crl = x509.load_pem_x509_crl(folder.crl.read_bytes())
    return crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number


def test_the_list_is_signed_by_the_authority_and_numbered_upwards(folder: Folder) -> None:
    authority = CrlAuthority(folder, Clock())
    before = number(folder)
    authority.hold(NAMES[:1])
    crl = x509.load_pem_x509_crl(folder.crl.read_bytes())
    issuer = x509.load_pem_x509_certificate(folder.ca_certificate.read_bytes())
    assert crl.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]
    assert number(folder) == before + 1
    assert crl.next_update_utc == START + VALID_FOR


def test_every_certificate_of_the_device_is_revoked_also_one_issued_meanwhile(
    master: Path, tmp_path: Path
) -> None:
    init(tmp_path)
    first = issue(tmp_path, NAMES[0])
    authority = CrlAuthority(Folder(tmp_path), Clock())
    second = issue(tmp_path, NAMES[0], renew=True)
    assert authority.revoke(NAMES[:1]) == {NAMES[0]: [first.serial, second.serial]}
    assert listed(Folder(tmp_path)) == {first.serial: COMPROMISED, second.serial: COMPROMISED}


@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(st.tuples(st.sampled_from(["hold", "revoke", "reinstate"]), st.sampled_from(NAMES)), max_size=8)
)
def test_whatever_the_order_revoked_is_for_ever_and_held_until_reinstated(
    master: Path, tmp_path_factory: pytest.TempPathFactory, actions: list[tuple[str, str]]
) -> None:
    folder = copied(master, tmp_path_factory.mktemp("run") / "pki")
    authority, expected = CrlAuthority(folder, Clock()), dict[str, x509.ReasonFlags]()
    serials = {name: CrlAuthority(folder, Clock()).reinstate([name])[name][0] for name in NAMES}
    for action, name in actions:
        serial = serials[name]
        valid = getattr(authority, action)([name])[name]
        if action == "revoke" or (action == "hold" and serial not in expected):
            expected[serial] = COMPROMISED if action == "revoke" else HOLD
        elif action == "reinstate" and expected.get(serial) is HOLD:
            del expected[serial]
        assert valid == ([] if action == "reinstate" and serial in expected else [serial])
        assert listed(folder) == expected


def test_doing_it_twice_writes_once(folder: Folder) -> None:
    authority = CrlAuthority(folder, Clock())
    authority.hold(NAMES)
    once = folder.crl.read_bytes()
    assert authority.hold(NAMES).keys() == set(NAMES)
    assert folder.crl.read_bytes() == once


def test_a_device_without_certificates_changes_nothing(folder: Folder) -> None:
    before = folder.crl.read_bytes()
    assert CrlAuthority(folder, Clock()).revoke(["acme:nobody"]) == {"acme:nobody": []}
    assert folder.crl.read_bytes() == before


def test_the_list_is_renewed_before_its_end_and_keeps_its_entries(folder: Folder) -> None:
    clock = Clock()
    authority = CrlAuthority(folder, clock)
    authority.hold(NAMES[:1])
    entries = listed(folder)
    assert not authority.renew()
    clock.now += VALID_FOR - RENEW_BEFORE
    assert authority.renew()
    assert listed(folder) == entries
    assert x509.load_pem_x509_crl(folder.crl.read_bytes()).next_update_utc == clock.now + VALID_FOR


def test_certificates_out_of_date_leave_the_list(folder: Folder) -> None:
    clock = Clock()
    authority = CrlAuthority(folder, clock)
    authority.revoke(NAMES)
    clock.now += timedelta(days=400)
    assert authority.renew()
    assert listed(folder) == {}


def test_two_processes_lose_none_of_each_others_entries(folder: Folder) -> None:
    def run(name: str) -> None:
        CrlAuthority(folder, Clock()).revoke([name])

    threads = [threading.Thread(target=run, args=(name,)) for name in NAMES]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(listed(folder)) == len(NAMES)


def test_a_reader_never_sees_half_a_list(folder: Folder) -> None:
    authority = CrlAuthority(folder, Clock())
    with folder.crl.open("rb") as held_open:
        inode = os.fstat(held_open.fileno()).st_ino
        authority.hold(NAMES)
        assert x509.load_pem_x509_crl(held_open.read()) is not None
    assert folder.crl.stat().st_ino != inode


def test_what_is_wrong_with_the_folder_is_said(folder: Folder) -> None:
    authority = CrlAuthority(folder, Clock())
    folder.crl.unlink()
    with pytest.raises(Retryable, match="revocation list can't be read"):
        authority.hold(NAMES)
    folder.crl.write_text("nonsense")
    with pytest.raises(Fatal, match="is not a revocation list"):
        authority.hold(NAMES)
    folder.ca_key.unlink()
    with pytest.raises(Fatal, match=r"infra\.pki init"):
        CrlAuthority(folder, Clock())
