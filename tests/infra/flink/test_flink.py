"""What a cluster is configured to, and both its processes as they really start and end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psutil
import pytest
import yaml

from infra.flink.configuration import Ports, configuration, prepare
from infra.flink.distribution import ROOT, distribution
from infra.kafka import free_port
from schemas.settings import Settings

PORTS = Ports(rest=1801, rpc=1802, data=1804)


def test_everything_listens_on_loopback_only(tmp_path: Path) -> None:
    keys = configuration(tmp_path, PORTS)
    hosts = {name: value for name, value in keys.items() if name.endswith(("host", "address"))}
    assert set(hosts.values()) == {"127.0.0.1"}
    assert {"rest.bind-address", "jobmanager.bind-host", "taskmanager.bind-host"} <= set(hosts)


def test_the_wheel_s_java_options_are_kept(tmp_path: Path) -> None:
    wheel = yaml.safe_load((distribution() / "conf" / "config.yaml").read_text())
    assert configuration(tmp_path, PORTS)["env.java.opts.all"] == wheel["env"]["java"]["opts"]["all"]


def test_the_file_says_what_was_meant_one_key_a_line_and_may_be_written_again(tmp_path: Path) -> None:
    first = prepare(tmp_path / "with space", PORTS)
    assert prepare(tmp_path / "with space", PORTS) == first
    text = (first / "config.yaml").read_text()
    assert yaml.safe_load(text) == configuration((tmp_path / "with space").resolve(), PORTS)
    assert len(text.splitlines()) == len(configuration(tmp_path, PORTS))


def test_the_ports_come_from_the_settings() -> None:
    settings = Settings(flink_url="http://127.0.0.1:7001", flink_rpc_port=7002, flink_data_port=7003)
    assert Ports.of(settings) == Ports(7001, 7002, 7003)
    assert Ports.of(settings).url == settings.flink_url


@pytest.mark.flink
def test_both_roles_come_up_on_loopback_and_leave_nothing(tmp_path: Path) -> None:
    ports = Ports(free_port(), free_port(), free_port())
    settings = {
        "VEDETTE_FLINK_URL": ports.url,
        "VEDETTE_FLINK_RPC_PORT": str(ports.rpc),
        "VEDETTE_FLINK_DATA_PORT": str(ports.data),
    }
    started = [
        psutil.Popen(
            [sys.executable, "-m", "infra.flink", role, "--home", str(tmp_path)],
            cwd=ROOT,
            env={**os.environ, **settings},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for role in ("jobmanager", "taskmanager")
    ]
    try:
        wait_for_slots(ports.url)
        listening = [
            c.laddr.ip.removeprefix("::ffff:")
            for process in started
            for c in process.net_connections("tcp")
            if c.status == psutil.CONN_LISTEN
        ]
        assert set(listening) == {"127.0.0.1"}
        assert not any(process.children(recursive=True) for process in started)
    finally:
        for process in started:
            process.terminate()
        gone, alive = psutil.wait_procs(started, timeout=30)
        for survivor in alive:
            survivor.kill()
    assert len(gone) == 2


def wait_for_slots(url: str, timeout_s: float = 60.0) -> None:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{url}/overview", timeout=2) as answer:
                if json.loads(answer.read())["slots-available"] == 2:
                    return
        except OSError:
            pass
        time.sleep(0.2)
    pytest.fail(f"no Flink slots at {url}")


def test_an_unknown_role_is_refused() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "infra.flink", "worker"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "must be jobmanager or taskmanager" in done.stderr
