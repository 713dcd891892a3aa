"""Milliseconds from a key press on a what-if score to both routes redrawn, in a real browser.

Usage: python -m benchmarks.what_if [ADDRESS] (of a running dashboard; without it one is started;
needs Chromium and playwright). The EGFR-DLS slider of the Decision page is stepped; the clock stops
when the gauge shows the new value.
"""

import statistics

from playwright.sync_api import expect

from benchmarks._browser import chromium, dashboard
from benchmarks._sizes import arguments, size
from tests.browser.conftest import OF_DEMO

STEPS, SETTLE_MS = size(40, 2), size(2000, 500)
WAIT_FOR_CHANGE = """before => new Promise(done => {
  const shown = () => document.querySelector('[data-testid="stMain"]').innerText
    .match(/EGFR-DLS (0\\.\\d\\d|1\\.00)/g)?.join();
  const watch = () => shown() !== before ? done(performance.now()) : requestAnimationFrame(watch);
  watch();
})"""
SHOWN = """() => document.querySelector('[data-testid="stMain"]').innerText
  .match(/EGFR-DLS (0\\.\\d\\d|1\\.00)/g)?.join()"""


def main() -> None:
    """Step the slider and print the median and the 95th percentile."""
    with dashboard(arguments()) as address, chromium() as browser:
        page = browser.new_page(viewport={"width": 1440, "height": 1000})
        page.goto(f"{address}/decision{OF_DEMO}")
        idle = page.get_by_test_id("stApp")
        expect(page.locator(".st-key-case-bar")).to_be_visible(timeout=120_000)
        expect(idle).to_have_attribute("data-test-script-state", "notRunning", timeout=120_000)
        page.wait_for_timeout(SETTLE_MS)
        page.get_by_role("button", name="What-if").click()
        page.get_by_text("Explore other scores").click()
        slider = page.locator("[role=slider], input[type=range]").first
        expect(slider).to_be_visible()
        page.wait_for_timeout(SETTLE_MS)
        slider.focus()
        times = []
        for _ in range(STEPS):
            before = page.evaluate(SHOWN)
            start = page.evaluate("() => performance.now()")
            page.keyboard.press("ArrowRight")
            times.append(page.evaluate(WAIT_FOR_CHANGE, before) - start)
            page.wait_for_timeout(400)
    times.sort()
    print(
        f"key press to redraw   median {statistics.median(times):.0f} ms   "
        f"p95 {times[int(0.95 * STEPS)]:.0f} ms   ({STEPS} steps)"
    )


if __name__ == "__main__":
    main()
