"""Milliseconds for the slices of one patient by every inference engine, each in its own process.

The processes take turns, so that a machine whose speed drifts slows them all alike. Peak is the
speed of a large float32 matrix product in the same turns; an engine's share of it counts the
multiplications of the network as it is published, so one that needs fewer can pass 100 %.
Processor time is printed beside wall time: on a busy machine it is the fairer of the two.

Usage: python -m benchmarks.engines [--slices 34] [--threads 2] [--rounds 15] [--seconds 150]
                                    [--engines NAME ...]
OpenVINO is measured where it is installed (`benchmarks/requirements.txt`). No more rounds begin
after `--seconds`; an engine that fails or does not answer is named and left out. Between turns is a
pause, until the threads of the engine before have stopped spinning.
"""

import argparse
import multiprocessing
import os
import statistics
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from time import perf_counter, process_time, sleep

import numpy as np
from numpy.typing import NDArray

from benchmarks._sizes import arguments, size

REPEATS = size(5, 1)
MATRIX = size(1536, 256)
MACS_PER_SLICE = 93.0e6
PAUSE_S = 0.05
PATIENCE_S = 60.0
"""For an engine to be built, and for each of its turns."""
ONNX_FILE = "DSS_BENCHMARK_ONNX"
READ_ONNX = ("onnxruntime", "openvino")

Run = Callable[[NDArray[np.float32]], NDArray[np.floating]]


@dataclass(frozen=True)
class Turn:
    """Seconds for one patient, by the clock and by the processor, and what came out."""

    wall: float
    processor: float
    outputs: NDArray[np.floating]


class Worker:
    """An engine in a process of its own."""

    def __init__(self, name: str, slices: int, threads: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.name = name
        self._pipe, there = context.Pipe()
        arguments = (there, name, slices, threads)
        self._process: SpawnProcess = context.Process(target=_work, args=arguments, daemon=True)
        self._process.start()
        there.close()  # so that a process that dies is noticed
        self.problem = ""

    def ready(self) -> None:
        """Wait until the engine is built."""
        found = self._answer()
        self.problem = found if isinstance(found, str) else ""

    def turn(self) -> Turn | None:
        """Wall and processor seconds and the outputs; None once it has stopped answering."""
        if self.problem:
            return None
        sleep(PAUSE_S)
        self._pipe.send(True)
        found = self._answer()
        if isinstance(found, str):
            self.problem = found
            return None
        return found

    def _answer(self) -> Turn | str:
        try:
            if self._pipe.poll(PATIENCE_S):
                answer: Turn | str = self._pipe.recv()
                return answer
        except (EOFError, OSError):
            return f"its process ended (exit code {self._process.exitcode})"
        self._process.kill()
        return f"no answer within {PATIENCE_S:.0f} s"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--slices", type=int, default=size(34, 2))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=size(15, 1))
    parser.add_argument(
        "--engines", nargs="+", choices=ENGINES, default=size(list(ENGINES), ["onnxruntime"])
    )
    parser.add_argument("--seconds", type=float, default=150.0)
    asked = parser.parse_args(arguments())
    with tempfile.TemporaryDirectory() as folder:
        os.environ[ONNX_FILE] = str(Path(folder) / "network.onnx")
        if set(READ_ONNX) & set(asked.engines):
            export = multiprocessing.get_context("spawn").Process(target=_write_onnx)
            export.start()
            export.join()
            if not Path(os.environ[ONNX_FILE]).is_file():
                asked.engines = [name for name in asked.engines if name not in READ_ONNX]
        names = ("peak", *dict.fromkeys(("torch", *asked.engines)))
        workers = [Worker(name, asked.slices, asked.threads) for name in names]
        for worker in workers:
            worker.ready()
    _report(workers, asked)


def _report(workers: list[Worker], asked: argparse.Namespace) -> None:
    """Let the engines take turns, then print what each took."""
    rounds: list[dict[str, Turn]] = []
    end = perf_counter() + asked.seconds
    while len(rounds) < asked.rounds and perf_counter() < end:
        turns = {worker.name: worker.turn() for worker in workers}
        rounds.append({name: turn for name, turn in turns.items() if turn is not None})
    for worker in workers:
        if worker.problem:
            print(f"{worker.name}: {worker.problem}")
    whole = [r for r in rounds if "peak" in r and "torch" in r]
    if not whole:
        raise SystemExit("The matrix product or plain torch gave no time, so nothing is compared.")
    peak = 2 * MATRIX**3 / statistics.median(r["peak"].wall for r in whole)
    print(
        f"peak {peak / 1e9:.0f} GFLOP/s; {asked.slices} slices, {asked.threads} threads, "
        f"{len(rounds)} rounds of {REPEATS}"
    )
    for worker in workers[1:]:
        mine = [r for r in whole if worker.name in r]
        if worker.problem or not mine:
            continue
        seconds = statistics.median(r[worker.name].wall for r in mine)
        processor = statistics.median(r[worker.name].processor for r in mine)
        eager = statistics.median(r["torch"].wall / r[worker.name].wall for r in mine)
        work = statistics.median(r["torch"].processor / r[worker.name].processor for r in mine)
        share = 2 * MACS_PER_SLICE * asked.slices / seconds / peak
        error = float(np.abs(mine[-1][worker.name].outputs - mine[-1]["torch"].outputs).max())
        print(
            f"{worker.name:12s} wall {seconds * 1e3:7.1f} ms, processor {processor * 1e3:7.1f} ms, "
            f"eager over it {eager:.2f} (wall) {work:.2f} (processor), share of peak {share:.0%}, "
            f"differs by {error:.1e}"
        )


def _work(pipe: Connection, name: str, slices: int, threads: int) -> None:
    """Build an engine, then time it whenever asked."""
    x = np.random.default_rng(0).standard_normal((slices, 3, 64, 64), dtype=np.float32)
    try:
        run = _peak(threads) if name == "peak" else ENGINES[name](threads)
        result = run(x)
    except ModuleNotFoundError as lacking:
        pipe.send(f"left out: {lacking.name} is not installed (benchmarks/requirements.txt)")
        return
    except Exception as problem:
        pipe.send(f"{type(problem).__name__}: {problem}")
        return
    pipe.send("")
    while _asked_again(pipe):
        start, used = perf_counter(), process_time()
        for _ in range(REPEATS):
            result = run(x)
        wall, processor = perf_counter() - start, process_time() - used
        pipe.send(Turn(wall / REPEATS, processor / REPEATS, result))


def _asked_again(pipe: Connection) -> bool:
    """Wait for the next turn; False once the benchmark is over."""
    try:
        return bool(pipe.recv())
    except EOFError:
        return False


def _peak(threads: int) -> Run:
    import torch

    torch.set_num_threads(threads)
    a = torch.randn(MATRIX, MATRIX)

    def run(x: NDArray[np.float32]) -> NDArray[np.floating]:
        return (a @ a)[0].numpy()

    return run


def _torch(threads: int, prepare: Callable[..., Callable[..., object]]) -> Run:
    import torch
    from scipy.special import softmax

    from dss_core.bundles.bundle import load_bundle
    from dss_core.records import Task

    torch.set_num_threads(threads)
    network = prepare(load_bundle().models[Task.EGFR].members[0])

    def run(x: NDArray[np.float32]) -> NDArray[np.floating]:
        with torch.inference_mode():
            # as in `score.py`: torch's own softmax of so few numbers wakes a thread that then spins
            return softmax(network(torch.from_numpy(x)).numpy(), 1)  # type: ignore[attr-defined]

    return run


def _eager(threads: int) -> Run:
    return _torch(threads, lambda network: network)


def _ours(threads: int) -> Run:
    from dss_core.networks.engine import fast

    return _torch(threads, fast)


def _write_onnx() -> None:
    from dataclasses import replace

    from dss_core.bundles.bundle import load_bundle
    from dss_core.bundles.export_format import ExportFormat
    from dss_core.bundles.network_export import export
    from dss_core.errors import InputError
    from dss_core.records import Task

    bundle = load_bundle()
    model = bundle.models[Task.EGFR]
    try:
        found = export(bundle, replace(model, members=model.members[:1]), ExportFormat.ONNX)
    except InputError as lacking:
        print(f"The engines that read ONNX are left out. {lacking}")
        return
    Path(os.environ[ONNX_FILE]).write_bytes(found.content)


def _onnxruntime(threads: int) -> Run:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    path = os.environ[ONNX_FILE]
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name

    def run(x: NDArray[np.float32]) -> NDArray[np.floating]:
        return session.run(None, {name: np.ascontiguousarray(x.transpose(0, 2, 3, 1))})[0]

    return run


def _openvino(threads: int) -> Run:
    import openvino

    core = openvino.Core()
    model = core.read_model(os.environ[ONNX_FILE])
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
