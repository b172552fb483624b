"""A person reading the dashboard in Chromium: opens pages, follows links, and notices errors."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import ConsoleMessage, Page, Request, expect, sync_playwright

READY_MS = 30_000
# Streamlit asks the page's own folder for these first, before it finds its server at the root: 404 by design.
PROBES = ("_stcore/health", "_stcore/host-config")


@dataclass
class Reading:
    """One open tab; `errors` are the console's and the page's own, `foreign` the requests to other hosts."""

    page: Page
    base: str
    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        """Open a page of the dashboard and wait until it says something."""
        self.page.goto(self.base + path)
        self.arrived()

    def arrived(self) -> None:
        """Wait for the page's title and its tables."""
        expect(self.page.locator(".v h1")).to_be_visible(timeout=READY_MS)
        expect(self.page.locator("[data-testid=stException]")).to_have_count(0)
        expect(self.page.get_by_text("Page not found")).to_have_count(0)

    def sees(self, text: str) -> None:
        """The text is on the page and visible."""
        expect(self.page.get_by_text(text).first).to_be_visible(timeout=READY_MS)

    def follow(self, name: str) -> None:
        """Click the first link of that name inside the page."""
        self.page.locator(".v").get_by_role("link", name=name, exact=True).first.click()
        self.page.wait_for_load_state()
        self.arrived()

    def said(self, message: ConsoleMessage) -> None:
        """Remember what the console complained about."""
        if message.type == "error" and not message.location.get("url", "").split("?")[0].endswith(PROBES):
            self.errors.append(message.text)

    def asked(self, request: Request) -> None:
        """Remember who was asked for something that is not the dashboard."""
        if not request.url.startswith((self.base, "data:", "blob:")):
            self.foreign.append(request.url)


@contextmanager
def reading(base: str) -> Iterator[Reading]:
    """A tab in a fresh Chromium in Berlin; on leaving, nothing may have gone wrong and nobody else may have been asked."""
    with sync_playwright() as playwright:
        chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        try:
            context = browser.new_context(
                viewport={"width": 1440, "height": 900}, timezone_id="Europe/Berlin"
            )
            tab = Reading(context.new_page(), base)
            tab.page.on("console", tab.said)
            tab.page.on("pageerror", lambda error: tab.errors.append(str(error)))
            tab.page.on("request", tab.asked)
            yield tab
            assert tab.errors == []
            assert tab.foreign == []
        finally:
            browser.close()
