"""The past over the API: what is accepted, how it is refused, and a real answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from streams.control.catalog import ClickHouseCatalog
from tests.schemas.as_of.history import Told
from tests.schemas.as_of.store import Past, past, past_url
from tests.schemas.as_of.story import DECIDED, late_news
from tests.streams.control.memory import Api

__all__ = ["past", "past_url"]
WRONG = [
    ("/v1/as-of/weather", 404, "kind"),
    ("/v1/as-of/device", 400, "device"),
    ("/v1/as-of/device?name=a%20b", 400, "name"),
    ("/v1/as-of/device?name=nobody", 404, "device"),
    ("/v1/as-of/fleet?at=lunch", 400, "at"),
    ("/v1/as-of/fleet?at=2026-05-01T00:00:00", 400, "at"),
    ("/v1/as-of/fleet?known=abcdefghijk", 404, "known"),
    ("/v1/as-of/fleet?when_decided=abcdefghijk", 404, "when_decided"),
    ("/v1/as-of/fleet?tenant=a/b", 400, "tenant"),
    ("/v1/as-of/fleet?at=now&when_decided=abcdefghijk", 400, "when_decided"),
]


@pytest.mark.parametrize(("path", "status", "field"), WRONG)
async def test_what_can_not_be_asked_is_refused_by_field(path: str, status: int, field: str) -> None:
    answer = await Api(tenants=[{"tenant": "acme"}]).get(path)
    assert (answer.status_code, answer.json()["field"]) == (status, field)


async def test_a_store_that_is_away_is_said() -> None:
    answer = await Api(tenants=None).get("/v1/as-of/fleet")
    assert answer.status_code == 503


@pytest.fixture
def told(past: Past) -> Iterator[tuple[str, list[Told]]]:
    """A tenant with the story of the late news."""
    history = late_news()
    yield past.tell(history), history


@pytest.mark.clickhouse
async def test_two_answers_side_by_side(past: Past, past_url: str, told: tuple[str, list[Told]]) -> None:
    tenant, history = told
    api = Api()
    api.store.rows = ClickHouseCatalog(past_url).rows  # type: ignore[method-assign]
    api.now = history[-1].recorded_time + timedelta(days=1)
    found = (await api.get(f"/v1/as-of/device?when_decided={DECIDED}&tenant={tenant}")).json()
    assert (found["kind"], found["name"], found["tenants"]) == ("device", "cam", [tenant])
    assert found["at"] == found["known"]
    assert found["then"]["sessions"] == {}
    assert list(found["now"]["sessions"]) == ["s1"]
    assert [one["path"] for one in found["differences"]] == ["sessions.s1"]
