"""The local authority: what it issues, what it keeps, who may read its keys."""

from __future__ import annotations

import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from typer.testing import CliRunner

from infra.pki import init, issue
from infra.pki.__main__ import app
from schemas.errors import Fatal, Rejected
from schemas.pki import Folder, identity, read_issued

DEVICE = "acme:cam-1"


def load(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def test_a_device_certificate_names_the_device_and_is_signed_by_the_authority(tmp_path: Path) -> None:
    folder = init(tmp_path)
    made = issue(tmp_path, DEVICE)
    certificate = load(made.cert)
    certificate.verify_directly_issued_by(load(folder.ca_certificate))
    assert certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == DEVICE
    assert f"{certificate.serial_number:x}" == made.serial
    uses = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(uses) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert made.cert == tmp_path / "devices" / f"{DEVICE}.crt"


def test_no_key_can_be_read_by_others(tmp_path: Path) -> None:
    init(tmp_path)
    issue(tmp_path, DEVICE)
    keys = [*tmp_path.rglob("*.key")]
    assert len(keys) == 6
    assert {stat.S_IMODE(key.stat().st_mode) for key in keys} == {0o600}


def test_asking_again_gives_the_same_certificate(tmp_path: Path) -> None:
    init(tmp_path)
    first, authority = issue(tmp_path, DEVICE), (tmp_path / "ca.crt").read_bytes()
    init(tmp_path)
    assert issue(tmp_path, DEVICE) == first
    assert (tmp_path / "ca.crt").read_bytes() == authority
    assert [row.identity for row in read_issued(Folder(tmp_path))[0]].count(DEVICE) == 1


def test_a_certificate_out_of_date_is_replaced_and_both_stay_in_the_index(tmp_path: Path) -> None:
    folder = init(tmp_path)
    old = issue(tmp_path, DEVICE)
    later = datetime.now(UTC) + timedelta(days=366)
    fresh = issue(tmp_path, DEVICE, now=later)
    assert fresh.serial != old.serial
    assert issue(tmp_path, DEVICE, now=later) == fresh
    assert [row.serial for row in read_issued(folder)[0] if row.identity == DEVICE] == [
        old.serial,
        fresh.serial,
    ]


def test_the_index_is_read_on_from_where_one_stopped(tmp_path: Path) -> None:
    folder = init(tmp_path)
    rows, position = read_issued(folder)
    made = issue(tmp_path, DEVICE)
    with folder.issued.open("ab") as index:
        index.write(b'{"serial":"half a li')
    added, end = read_issued(folder, position)
    assert len(rows) == 4
    assert [row.serial for row in added] == [made.serial]
    assert read_issued(folder, end) == ([], end)


def test_two_callers_at_once_get_one_authority_and_one_certificate(tmp_path: Path) -> None:
    made = []

    def run() -> None:
        init(tmp_path)
        made.append(issue(tmp_path, DEVICE))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({credential.serial for credential in made}) == 1
    load(made[0].cert).verify_directly_issued_by(load(tmp_path / "ca.crt"))


@pytest.mark.parametrize(
    "name", ["cam-1", ":cam", "acme:", "acme:a/b", "acme:a:b", "acme:#", "acme:" + "x" * 60, "ac me:x"]
)
def test_a_name_no_device_can_have_is_rejected(tmp_path: Path, name: str) -> None:
    init(tmp_path)
    with pytest.raises(Rejected):
        issue(tmp_path, name)
    assert not any((tmp_path / "devices").iterdir())


def test_identity_says_which_part_is_wrong() -> None:
    assert identity("acme", "cam-1") == DEVICE
    with pytest.raises(Rejected, match="tenant: must be"):
        identity("a/b", "x")


def test_no_authority_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(Fatal, match=r"infra\.pki init"):
        read_issued(Folder(tmp_path))


def test_the_command_issues_and_shows(tmp_path: Path) -> None:
    runner = CliRunner()
    assert runner.invoke(app, ["issue", "--dir", str(tmp_path), DEVICE]).exit_code == 0
    shown = runner.invoke(app, ["show", "--dir", str(tmp_path), "cam"])
    assert DEVICE in shown.output
    assert "valid" in shown.output
    wrong = runner.invoke(app, ["issue", "--dir", str(tmp_path), "nonsense"])
    assert (wrong.exit_code, "tenant:device" in wrong.stderr) == (2, True)
