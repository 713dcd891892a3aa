"""No page has a serious fault by axe-core, with a light and with a dark theme."""

import os
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from dss_ui.shell.navigation import PAGES
from tests.browser.conftest import FIRST_VISIT_MS, OF_DEMO, PATIENCE_MS, ROOT
from tests.browser.visiting import go, idle

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_RUN = """rules => axe.run(document, { runOnly: rules, resultTypes: ['violations'] })
  .then(found => found.violations.filter(v => ['serious', 'critical'].includes(v.impact)))"""
pytestmark = pytest.mark.slow


@pytest.fixture
def axe() -> Path:
    if not AXE.is_file():
        if os.environ.get("CI") == "true":
            pytest.fail("CI must have axe-core in node_modules: npm ci")
        pytest.skip("axe-core is not installed: npm ci")
    return AXE


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_has_a_serious_fault(
    server: str, browser: Browser, axe: Path, theme: Literal["light", "dark"]
) -> None:
    visitor = browser.new_context(
        viewport={"width": 1440, "height": 1000}, color_scheme=theme, bypass_csp=True
    )
    page = visitor.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{server}/score{OF_DEMO}")
    expect(page.locator(".st-key-case-bar")).to_be_visible(timeout=FIRST_VISIT_MS)
    page.add_script_tag(path=axe)
    faults = []
    for entry in PAGES:
        go(page, entry.title)
        if entry.title == "Images":
            expect(page.locator(".viewer[data-shown]")).to_be_visible(timeout=FIRST_VISIT_MS)
            idle(page)
        faults += [f"{entry.title}: {fault}" for fault in _faults(page)]
    visitor.close()
    assert not faults, "\n".join(faults)


def _faults(page: Page) -> list[str]:
    """Rule, place and reason of every fault."""
    found: list[dict[str, Any]] = page.evaluate(_RUN, RULES)
    return [
        f"{rule['id']}: {node['target']} {node['html'][:120]} {node['failureSummary'][-200:]}"
        for rule in found
        for node in rule["nodes"]
    ]
