"""How the dashboard is started, and what it says without its store."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit import config
from streamlit.testing.v1 import AppTest

from dashboards import view
from dashboards.__main__ import command
from dashboards.queries import tenants
from dashboards.store import Store, StoreUnavailable
from infra.kafka import free_port
from schemas.settings import Settings

APP = Path(__file__).resolve().parents[2] / "dashboards" / "app.py"


def test_every_option_is_one_streamlit_knows() -> None:
    known = config.get_config_options(force_reparse=False)
    flags = [argument for argument in command(8501) if argument.startswith("--")]
    assert flags
    assert [flag for flag in flags if flag[2:].partition("=")[0] not in known] == []


def test_it_listens_on_loopback_only_and_reports_to_nobody() -> None:
    flags = command(18399)
    assert "--server.address=127.0.0.1" in flags
    assert "--browser.gatherUsageStats=false" in flags
    assert "--server.port=18399" in flags


def test_a_store_that_is_down_is_named_without_its_password() -> None:
    port = free_port()
    store = Store(f"http://me:hush@127.0.0.1:{port}/default")
    with pytest.raises(StoreUnavailable) as caught:
        tenants.names(store)
    told = f"{caught.value} {caught.value.problem} {caught.value.advice}"
    assert f"127.0.0.1:{port}" in told
    assert "make up" in told
    assert "hush" not in told


def test_a_page_without_its_store_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(clickhouse_url=f"http://default:@127.0.0.1:{free_port()}/default")
    monkeypatch.setattr(view, "settings", lambda: settings)
    monkeypatch.setattr(view, "store", lambda: Store(settings.clickhouse_url))
    page = AppTest.from_file(str(APP), default_timeout=30).run()
    assert not page.exception
    told = " ".join(element.value for element in page.markdown)
    assert told.count("Nothing can be shown: ClickHouse at 127.0.0.1") == 1
    assert "nothing answers there" in told
    assert "Traceback" not in told
