"""Milliseconds for the slices of one patient by every inference engine, each in its own process.

The processes take turns, so that a machine whose speed drifts slows them all alike. Peak is the
speed of a large float32 matrix product in the same turns; an engine's share of it counts the
multiplications of the network as it is published, so one that needs fewer can pass 100 %.
Processor time is printed beside wall time: on a busy machine it is the fairer of the two.

Usage: python -m benchmarks.engines [--slices 34] [--threads 2] [--rounds 15] [--engines NAME ...]
OpenVINO is measured where it is installed (`benchmarks/requirements.txt`).
"""

import argparse
import multiprocessing
import statistics
from collections.abc import Callable
from multiprocessing.connection import Connection
from time import perf_counter, process_time

import numpy as np
from numpy.typing import NDArray

REPEATS = 5
MATRIX = 1536
MACS_PER_SLICE = 93.0e6

Run = Callable[[NDArray[np.float32]], NDArray[np.floating]]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--slices", type=int, default=34)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    asked = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    workers: dict[str, Connection] = {}
    for name in ("peak", *asked.engines):
        here, there = context.Pipe()
        arguments = (there, name, asked.slices, asked.threads)
        context.Process(target=_work, args=arguments, daemon=True).start()
        problem = here.recv()
        if problem:
            print(f"{name}: {problem}")
        else:
            workers[name] = here
    wall: dict[str, list[float]] = {name: [] for name in workers}
    busy: dict[str, list[float]] = {name: [] for name in workers}
    outputs = {}
    for _ in range(asked.rounds):
        for name, worker in workers.items():
            worker.send(True)
            seconds, processor, outputs[name] = worker.recv()
            wall[name].append(seconds)
            busy[name].append(processor)
    peak = 2 * MATRIX**3 / statistics.median(wall["peak"])
    print(f"peak {peak / 1e9:.0f} GFLOP/s; {asked.slices} slices, {asked.threads} threads")
    for name in list(workers)[1:]:
        seconds, processor = statistics.median(wall[name]), statistics.median(busy[name])
        share = 2 * MACS_PER_SLICE * asked.slices / seconds / peak
        eager = statistics.median(a / b for a, b in zip(wall["torch"], wall[name], strict=True))
        work = statistics.median(a / b for a, b in zip(busy["torch"], busy[name], strict=True))
        error = float(np.abs(outputs[name] - outputs["torch"]).max())
        print(
            f"{name:12s} wall {seconds * 1e3:7.1f} ms, processor {processor * 1e3:7.1f} ms, "
            f"eager over it {eager:.2f} (wall) {work:.2f} (processor), share of peak {share:.0%}, "
            f"differs by {error:.1e}"
        )


def _work(pipe: Connection, name: str, slices: int, threads: int) -> None:
    """Build an engine, then time it whenever asked."""
    x = np.random.default_rng(0).standard_normal((slices, 3, 64, 64), dtype=np.float32)
    try:
        run = _peak(threads) if name == "peak" else ENGINES[name](threads)
    except ImportError as problem:
        pipe.send(str(problem))
        return
    result = run(x)
    pipe.send("")
    while pipe.recv():
        start, used = perf_counter(), process_time()
        for _ in range(REPEATS):
            result = run(x)
        pipe.send(((perf_counter() - start) / REPEATS, (process_time() - used) / REPEATS, result))


def _peak(threads: int) -> Run:
    import torch

    torch.set_num_threads(threads)
    a = torch.randn(MATRIX, MATRIX)

    def run(x: NDArray[np.float32]) -> NDArray[np.floating]:
        return (a @ a)[0].numpy()

    return run


def _torch(threads: int, prepare: Callable[..., Callable[..., object]]) -> Run:
    import torch

    from dss_core.records import Task
    from dss_core.scoring.weights import load_bundle

    torch.set_num_threads(threads)
    network = prepare(load_bundle().models[Task.EGFR].members[0])

    def run(x: NDArray[np.float32]) -> NDArray[np.floating]:
        with torch.inference_mode():
            return torch.softmax(network(torch.from_numpy(x)), 1).numpy()  # type: ignore[arg-type]

    return run


def _eager(threads: int) -> Run:
    return _torch(threads, lambda network: network)


def _ours(threads: int) -> Run:
    from dss_core.scoring.engine import fast

    return _torch(threads, fast)


def _onnx() -> bytes:
    from dataclasses import replace

    from dss_core.records import Task
    from dss_core.scoring.export import ExportFormat, export
    from dss_core.scoring.weights import load_bundle

    bundle = load_bundle()
    model = bundle.models[Task.EGFR]
    return export(bundle, replace(model, members=model.members[:1]), ExportFormat.ONNX).content


def _onnxruntime(threads: int) -> Run:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(_onnx(), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name

    def run(x: NDArray[np.float32]) -> NDArray[np.floating]:
        return session.run(None, {name: np.ascontiguousarray(x.transpose(0, 2, 3, 1))})[0]

    return run


def _openvino(threads: int) -> Run:
    import openvino

    core = openvino.Core()
    model = core.read_model(model=_onnx(), weights=b"")
    settings = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": threads}
    settings["PERFORMANCE_HINT"] = "LATENCY"
    compiled = core.compile_model(model, "CPU", settings)

    def run(x: NDArray[np.float32]) -> NDArray[np.floating]:
        return np.asarray(compiled([np.ascontiguousarray(x.transpose(0, 2, 3, 1))])[0])

    return run


ENGINES: dict[str, Callable[[int], Run]] = {
    "torch": _eager,
    "ours": _ours,
    "onnxruntime": _onnxruntime,
    "openvino": _openvino,
}

if __name__ == "__main__":
    main()
