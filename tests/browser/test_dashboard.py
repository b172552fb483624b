"""The dashboard in a real browser: on a seeded store for what it can do, on the demo for what it must show."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import clickhouse_connect
import pytest
from playwright.sync_api import expect

from dashboards.queries.alerts import queue
from dashboards.queries.credentials import receipts
from dashboards.queries.tenants import names
from dashboards.store import Store
from infra.simulator.fleet import Device, make
from tests.browser.reading import READY_MS, Reading, reading
from tests.dashboards import seed
from tests.dashboards.serving import serving
from tests.demo import Demo

# Of the table of alerts, and not of the exceptions below it.
ALERT_ROWS = ".v:has(h3:has-text('alert')) tbody tr"
PAGES = ("/", "/now", "/alerts", "/device", "/rollouts", "/credentials", "/pipeline")


@pytest.fixture(scope="module")
def dashboard(filled_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a dashboard over the seeded past; nothing answers its control API."""
    with serving(
        filled_url, tmp_path_factory.mktemp("home"), VEDETTE_CONTROL_TOKEN="t", VEDETTE_CONTROL_PORT="1"
    ) as url:
        yield url


@pytest.fixture
def tab(dashboard: str) -> Iterator[Reading]:
    """A tab on the seeded dashboard."""
    with reading(dashboard) as tab:
        yield tab


def something_is_stored(url: str, in_h: int) -> None:
    """The archive writes while somebody reads, by a clock that is `in_h` hours fast, so that the page shows which writing it has seen."""
    stored = datetime.now(UTC) + timedelta(hours=in_h, minutes=30)
    with clickhouse_connect.get_client(dsn=url) as client:
        client.insert(
            "ledger_ranges",
            [["alerts", 9, in_h, in_h, 0, 0, 0, None, stored]],
            column_names=seed.RANGE_COLUMNS,
        )


@pytest.mark.browser
@pytest.mark.clickhouse
class TestSeeded:
    """What a reader can do."""

    def test_the_first_page_opened_may_be_any(self, tab: Reading) -> None:
        tab.open(f"/alert?alert={seed.TAKEN_OVER}")
        tab.sees("Account taken over, then data sent out on cam-0042")

    def test_every_page_answers(self, tab: Reading) -> None:
        for path in PAGES:
            tab.open(path)
            tab.sees("times in Europe/Berlin")

    def test_from_now_to_the_alert_to_the_device(self, tab: Reading) -> None:
        tab.open("/")
        tab.sees("cam-0042")
        tab.follow("Account taken over, then data sent out")
        tab.sees("What to do:")
        tab.sees("live session dropped")
        expect(
            tab.page.locator(
                ".v canvas, [data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg"
            ).first
        ).to_be_visible()
        tab.follow("cam-0042")
        tab.sees("cam-0042 may not connect: its certificate is held")

    def test_on_a_phone_the_sentences_in_tables_can_be_read(self, tab: Reading) -> None:
        tab.page.set_viewport_size({"width": 390, "height": 844})
        tab.open("/")
        cells = tab.page.locator(".v td.wide")
        expect(cells.first).to_be_visible(timeout=READY_MS)
        widths = cells.evaluate_all("cells => cells.map(cell => cell.clientWidth)")
        assert min(widths) >= 200

    def test_filters_live_in_the_url(self, tab: Reading) -> None:
        tab.open("/alerts?severity=medium")
        tab.sees("1 alert")
        expect(tab.page.locator(ALERT_ROWS)).to_have_count(1)
        tab.page.get_by_role("button", name="critical").click()
        expect(tab.page.locator(ALERT_ROWS)).to_have_count(3, timeout=READY_MS)
        assert "severity=critical" in tab.page.url

    def test_a_tenant_chosen_stays_chosen(self, tab: Reading) -> None:
        tab.open("/alerts?tenants=globex")
        expect(tab.page.locator(ALERT_ROWS)).to_have_count(1)
        tab.follow("Temperature drifts up")
        assert "tenants=globex" in tab.page.url
        tab.page.get_by_test_id("stSidebarNav").get_by_text("Credentials").click()
        tab.sees("No credential is cut off.")

    def test_a_refresh_keeps_the_readers_place(self, tab: Reading, filled_url: str) -> None:
        tab.open("/alerts")
        expect(tab.page.locator(ALERT_ROWS)).to_have_count(3)
        link = tab.page.locator(f"{ALERT_ROWS} a").nth(2)
        link.evaluate("element => { element.focus(); element.dataset.mine = 'yes' }")
        something_is_stored(filled_url, in_h=3)
        tab.sees("Stored in 3 h")
        assert link.evaluate(
            "element => element.dataset.mine === 'yes' && document.activeElement === element"
        )

    def test_what_is_typed_survives_a_refresh_and_a_failed_action_says_so(
        self, tab: Reading, filled_url: str
    ) -> None:
        tab.open(f"/alert?alert={seed.TAKEN_OVER}")
        tab.page.get_by_label("Comment").press_sequentially("looked at the lo")
        something_is_stored(filled_url, in_h=6)
        tab.sees("Stored in 6 h")
        expect(tab.page.get_by_label("Comment")).to_have_value("looked at the lo")
        tab.page.get_by_role("button", name="True positive").click()
        tab.sees("Nothing was changed: the control API at http://127.0.0.1:1 does not answer")

    def test_what_a_device_says_is_never_markup(self, tab: Reading) -> None:
        tab.open("/alerts?status=closed")
        tab.sees(seed.ODD)
        assert tab.page.locator(".v img").count() == 0


@pytest.mark.browser
@pytest.mark.stack
@pytest.mark.timeout(900)
def test_the_demos_alerts_are_there(demo: Demo) -> None:
    store = Store(demo.settings.clickhouse_url)
    found = queue(store, names(store))
    assert found
    with reading(demo.dashboard) as tab:
        for path in PAGES:
            tab.open(path)
        tab.open("/alerts")
        for alert in found:
            tab.sees(alert.device)
        tab.follow(found[0].title)
        tab.sees("What to do:")
        tab.follow(found[0].device)
        tab.sees(f"{found[0].device} may")


@pytest.mark.browser
@pytest.mark.stack
@pytest.mark.timeout(900)
def test_a_device_held_on_its_page_is_thrown_out_and_let_back_in(demo: Demo) -> None:
    one = bystander(demo)
    with reading(demo.dashboard) as tab:
        tab.open(f"/device?tenant={one.tenant}&device={one.name}")
        tab.page.get_by_placeholder("Why it must not connect any more").fill("stolen from the yard")
        tab.page.get_by_label("Your name").fill("noor")
        tab.page.get_by_role("button", name="Hold certificate").click()
        tab.page.get_by_role("button", name="Hold it now").click()
        tab.sees(f"On the log: hold {one.name}, by noor.")
        tab.sees(f"{one.name} may not connect: its certificate is held")
        tab.sees("Held by noor: stolen from the yard.")
        tab.sees("live session dropped")
        tab.page.get_by_role("button", name="Reinstate").click()
        tab.sees("its certificate was reinstated by noor")
    done = receipts(Store(demo.settings.clickhouse_url), (one.tenant,), one.name)
    steps = [(receipt.action, receipt.step) for receipt in done]
    assert ("hold", "session_dropped") in steps
    assert steps[-1] == ("reinstate", "reinstated")


def bystander(demo: Demo) -> Device:
    """A device with a live MQTT session that nothing befell: in the control arm of the rollout that went well."""
    truth = json.loads((demo.settings.home / "demo" / "truth.json").read_text())
    return next(one for one in make(truth["seed"]).arm("acme", "control") if one.transport == "mqtt")
