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
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np
from playwright.sync_api import CDPSession, Page, sync_playwright

_SHOWN = ".viewer[data-shown]"
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
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--page", default="case")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        address, server = _serve(os.environ.get("DSS_HOME", home))
        try:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"),
                args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
            )
            page = browser.new_page(viewport={"width": 1440, "height": 1000})
            wire = Wire()
            wire.listen(page.context.new_cdp_session(page))
            page.goto(f"{address}/{arguments.page}")
            page.wait_for_selector(_SHOWN, timeout=300_000)
            page.wait_for_timeout(4000)
            print(f"first view: {wire.take() / 1000:.0f} kB in all web socket frames of the page")
            _measure(page, wire, arguments.steps)
            browser.close()
        finally:
            server.kill()
            server.wait()


def _measure(page: Page, wire: Wire, steps: int) -> None:
    slider = page.locator(".panel.axial > input").first
    last = int(slider.get_attribute("max") or 0)
    random = np.random.default_rng(2020)
    for axis in ("axial", "coronal", "sagittal"):
        times, sizes = [], []
        for _ in range(steps):
            times.append(page.evaluate(_TIME, ["key", axis, None]))
            page.wait_for_timeout(400)
            sizes.append(wire.take())
        _on_step(f"{axis}, key, held ready", times, sizes)
    far = [int(n) for n in random.permutation(np.arange(0, last + 1))[:steps]]
    times, sizes = [], []
    for to in far:
        times.append(page.evaluate(_TIME, ["slider", "axial", to]))
        page.wait_for_timeout(400)
        sizes.append(wire.take())
    _on_step("axial, slider, from the server", times, sizes)
    names = ["Mediastinum", "Lung"] * (steps // 2)
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


def _serve(home: str) -> tuple[str, subprocess.Popen[bytes]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)],
        env={**os.environ, "DSS_HOME": home},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    for _ in range(300):
        with suppress(OSError), urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):
            return address, process
        time.sleep(0.2)
    process.kill()
    raise SystemExit("the dashboard did not start")


if __name__ == "__main__":
    main()
