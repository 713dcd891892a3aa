"""How fast the linked viewer steps in a real browser, and what a step costs on the wire.

`python -m benchmarks.viewer`: starts the dashboard on localhost with the simulated case (its CT is
512 x 512), drives headless Chromium, prints one line per measurement. A step is timed in the page
from the key press to the frame after the new slice was painted.

- `held ready`: one step every 400 ms, as one reads; the next plane is fetched meanwhile.
- `from the server`: jumps to slices that the browser has never had.
- `window change`: lung to mediastinum and back.
"""

import argparse
import json
from dataclasses import dataclass, field

import numpy as np
from playwright.sync_api import CDPSession, Page

from benchmarks._browser import chromium, dashboard
from benchmarks._sizes import arguments, size
from tests.browser.conftest import OF_DEMO

_SHOWN = ".viewer[data-shown]"
PAUSE_MS = size(400, 100)
"""Between two steps."""
_TIME = """async ([act, axis, to]) => {
  const host = [...document.querySelectorAll('*')].find(
    (e) => e.shadowRoot?.querySelector('.viewer'));
  const root = host.shadowRoot, viewer = root.querySelector('.viewer');
  const before = viewer.dataset.shown, start = performance.now();
  if (act === 'key') {
    root.querySelector(`.panel.${axis} .picture`).dispatchEvent(
      new KeyboardEvent('keydown', { key: 'ArrowUp', bubbles: true }));
  } else if (act === 'slider') {
    const slider = root.querySelector(`.panel.${axis} > input`);
    slider.value = to;
    slider.dispatchEvent(new Event('input'));
  } else {
    const buttons = [...root.querySelectorAll('[data-choice=window] button')];
    buttons.find((button) => button.textContent === to).click();
  }
  const deadline = start + 10000;
  while (act !== 'window' && viewer.dataset.shown === before && performance.now() < deadline) {
    await new Promise((done) => setTimeout(done, 1));
  }
  await new Promise(requestAnimationFrame);
  return performance.now() - start;
}"""


@dataclass
class Wire:
    """Bytes that came through the page's web sockets."""

    received: list[int] = field(default_factory=list)

    def listen(self, session: CDPSession) -> None:
        session.send("Network.enable")
        session.on("Network.webSocketFrameReceived", self._add)

    def _add(self, event: dict) -> None:
        frame = event["response"]
        size = len(frame["payloadData"])
        self.received.append(size * 3 // 4 if frame["opcode"] == 2 else size)

    def take(self) -> int:
        total, self.received = sum(self.received), []
        return total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=size(40, 2))
    parser.add_argument("--address", help="of a running dashboard")
    found = parser.parse_args(arguments())
    given = [found.address] if found.address else []
    with dashboard(given) as address, chromium() as browser:
        page = browser.new_page(viewport={"width": 1440, "height": 1000})
        wire = Wire()
        wire.listen(page.context.new_cdp_session(page))
        page.goto(f"{address}/images{OF_DEMO}")
        page.wait_for_selector(_SHOWN, timeout=300_000)
        page.wait_for_timeout(size(4000, 100))
        print(f"first view: {wire.take() / 1000:.0f} kB in all web socket frames of the page")
        _measure(page, wire, found.steps)


def _measure(page: Page, wire: Wire, steps: int) -> None:
    slider = page.locator(".panel.axial > input").first
    last = int(slider.get_attribute("max") or 0)
    random = np.random.default_rng(2020)
    for axis in ("axial", "coronal", "sagittal"):
        times, sizes = [], []
        for _ in range(steps):
            times.append(page.evaluate(_TIME, ["key", axis, None]))
            page.wait_for_timeout(PAUSE_MS)
            sizes.append(wire.take())
        _on_step(f"{axis}, key, held ready", times, sizes)
    far = [int(n) for n in random.permutation(np.arange(0, last + 1))[:steps]]
    times, sizes = [], []
    for to in far:
        times.append(page.evaluate(_TIME, ["slider", "axial", to]))
        page.wait_for_timeout(PAUSE_MS)
        sizes.append(wire.take())
    _on_step("axial, slider, from the server", times, sizes)
    names = ["Soft tissue", "Lung"] * (steps // 2)
    times = [page.evaluate(_TIME, ["window", "axial", name]) for name in names]
    _on_step("window change", times, [])


def _on_step(name: str, times_ms: list[float], sizes: list[int]) -> None:
    line = {
        "what": name,
        "n": len(times_ms),
        "median_ms": round(float(np.median(times_ms)), 1),
        "p95_ms": round(float(np.percentile(times_ms, 95)), 1),
    }
    if sizes:
        line |= {
            "median_kB": round(float(np.median(sizes)) / 1000, 1),
            "max_kB": round(max(sizes) / 1000, 1),
        }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
