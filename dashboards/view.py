"""What a page is drawn from: the store, the tenants shown, the reader; and the frame every page has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import streamlit as st
from markupsafe import Markup

from dashboards.components.markup import joined, link, moment, show
from dashboards.components.times import Reader, zone_named
from dashboards.control import Control
from dashboards.queries import ledger, tenants
from dashboards.store import Store, StoreUnavailable
from dashboards.unsealing import Unsealing
from schemas.settings import Settings

REFRESH_S = 3.0
TENANTS = "tenants"


@dataclass(frozen=True, slots=True)
class View:
    """One drawing of a page. `tenants` are those it may show (never empty by accident: all there are where none was chosen)."""

    store: Store
    tenants: tuple[str, ...]
    chosen: tuple[str, ...]
    reader: Reader

    def alert(self, alert: str, text: str | Markup) -> Markup:
        """A link to an alert's page."""
        return link(text, "alert", {"alert": alert, **self._kept})

    def device(self, tenant: str, device: str, text: str | Markup = "") -> Markup:
        """A link to a device's page."""
        return link(text or device, "device", {"tenant": tenant, "device": device, **self._kept})

    def rollout(self, tenant: str, rollout: str) -> Markup:
        """A link to a campaign's page."""
        return link(rollout, "rollouts", {"tenant": tenant, "rollout": rollout, **self._kept})

    def past(self, kind: str, subject: str, text: str, **when: str) -> Markup:
        """A link to how something stood: `when` has `at` and `known`, as on the page for time travel."""
        return link(text, "time-travel", {"kind": kind, "subject": subject, **when, **self._kept})

    def page(self, page: str, text: str) -> Markup:
        """A link to another page that keeps the tenants chosen."""
        return link(text, page, self._kept)

    def moment(self, time: datetime | None) -> Markup:
        """How long ago, exact on hover."""
        return moment(time, self.reader)

    @property
    def _kept(self) -> dict[str, str | Sequence[str]]:
        return {TENANTS: self.chosen}


@st.cache_resource(show_spinner=False)
def settings() -> Settings:
    """The dashboard's settings, read once; whoever started it was told what nobody knows."""
    return Settings.load(says_unknown=False)


@st.cache_resource(show_spinner=False)
def store() -> Store:
    """The one connection to ClickHouse, shared by everybody who looks."""
    control = Control(settings())
    return Store(settings().clickhouse_url, Unsealing(lambda texts: control.unseal(texts, "dashboard")))


def current() -> View:
    """The view of this moment; raises StoreUnavailable."""
    chosen = tuple(st.session_state.get(TENANTS) or ())
    shown = chosen or tenants.names(store())
    reader = Reader(
        zone=zone_named(st.context.timezone), now=datetime.now(UTC), dark=st.context.theme.type == "dark"
    )
    return View(store=store(), tenants=shown, chosen=chosen, reader=reader)


def live(content: Callable[[View], None], *, every_s: float = REFRESH_S, tells_problem: bool = True) -> None:
    """Draw `content` now and again every `every_s` seconds.

    Where the store does not answer it says so instead; of the several contents of a page only the first one `tells_problem`.
    """

    @st.fragment(run_every=every_s)
    def refresh() -> None:
        try:
            content(current())
        except StoreUnavailable as error:
            if tells_problem:
                problem(error)

    refresh()


def problem(error: StoreUnavailable) -> None:
    """Say what is wrong, where, and what to do."""
    show(
        Markup(
            "<div class='problem' role='alert'><p class='answer'>Nothing can be shown: ClickHouse at {}: {}.</p>"
            "<p>{}</p></div>"
        ).format(error.where, error.problem, error.advice)
    )


def header(view: View, title: str | Markup, *answers: str | Markup) -> None:
    """The page's title, how old what it shows is, in which zone, and the sentences that answer its question."""
    body = joined((Markup("<p class='answer'>{}</p>").format(answer) for answer in answers if answer), "")
    show(Markup("<h1>{}</h1>{}{}").format(title, _freshness(view), body))


def _freshness(view: View) -> Markup:
    found = ledger.freshness(view.store)
    # What is stored while a page is drawn slowly lies behind the reader, not before them.
    reader = replace(view.reader, now=max(view.reader.now, datetime.now(UTC)))
    if found is None or found.archived_time is None:
        return Markup(
            "<p class='faint'>Nothing is stored yet: it fills once the archive runs and something comes in. Times in {}.</p>"
        ).format(view.reader.zone_name)
    newest = (
        Markup("newest event {} · ").format(moment(found.newest_time, reader)) if found.newest_time else ""
    )
    return Markup("<p class='faint'>Stored {} · {}times in {}</p>").format(
        moment(found.archived_time, reader), newest, view.reader.zone_name
    )
