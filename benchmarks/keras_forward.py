"""34 slices through an imported network, beside the same network written in plain torch.

Run from the project's folder: `python -m benchmarks.keras_forward`.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from benchmarks._sizes import size
from dss_core.networks.keras_import.imported_network import KerasNetwork, attention_layer
from dss_core.networks.keras_import.reader import import_keras
from tests.keras_legacy import write
from tests.keras_sres import as_keras, random_sres

N_SLICES = size(34, 2)


def milliseconds(work: Callable[[], object], repeats: int = size(30, 1)) -> float:
    """Median time of one run."""
    work()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return 1000 * float(np.median(times))


def main() -> None:
    """Print the times on one thread."""
    torch.set_num_threads(1)
    ours = random_sres(0)
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder) / "sres.h5", as_keras(ours)[0])
        reading = milliseconds(lambda: import_keras(path), repeats=size(5, 1))
        graph = import_keras(path).network
    imported = KerasNetwork(graph, attention_layer(graph))
    x = torch.randn(N_SLICES, 3, 64, 64, generator=torch.Generator().manual_seed(0))

    def gradient() -> None:
        trace = imported.trace(x)
        torch.autograd.grad(trace.logits[:, 1].sum(), trace.activation)

    print(f"import the file            {reading:8.1f} ms")
    with torch.inference_mode():
        print(f"imported, {N_SLICES} slices        {milliseconds(lambda: imported(x)):8.1f} ms")
        print(f"plain torch, {N_SLICES} slices     {milliseconds(lambda: ours(x)):8.1f} ms")
    print(f"imported, with attention   {milliseconds(gradient):8.1f} ms")


if __name__ == "__main__":
    main()
