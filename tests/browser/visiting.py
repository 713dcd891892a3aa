"""Going from page to page, and waiting until a page is complete."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from dss_ui.shell.navigation import CASES, PAGES, PRODUCT

_AGAIN_MS = 15_000


def go(page: Page, title: str) -> None:
    """Follow a link of the sidebar, until the page is complete.

    A page that is being drawn anew may lose the first click. The title may come before the
    address, and a reload in between would show the page before.
    """
    # Not a mouse click: the board, made for a screen that many look at, closes the sidebar.
    link = page.get_by_test_id("stSidebar").get_by_role("link", name=title, exact=True)
    link.dispatch_event("click")
    named = f"{title} · {PRODUCT}"
    try:
        expect(page).to_have_title(named, timeout=_AGAIN_MS)
    except AssertionError:
        link.dispatch_event("click")
        expect(page).to_have_title(named)
    entry = next(entry for entry in PAGES if entry.title == title)
    path = "" if entry is CASES else Path(entry.path).stem
    expect(page).to_have_url(re.compile(rf"//[^/]+/{path}(\?|$)"))
    idle(page)


def idle(page: Page) -> None:
    """Until nothing runs and nothing has begun to run."""
    page.wait_for_timeout(500)
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
