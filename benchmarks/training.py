"""What training costs: processor seconds a simulated patient, milliseconds a training slice.

One thread, as `make weights` uses it in each of its processes; float32 beside bfloat16 autocast.

    python -m benchmarks.training
"""

import argparse
import json
import time
from dataclasses import replace

import numpy as np
import torch

from benchmarks._sizes import arguments, size
from dss_core.phantom.training_set import simulate_patient
from dss_core.preprocessing.tensor import region_images
from dss_core.settings import Preprocessing
from dss_core.training.dataset import SliceDataset
from dss_core.training.demo_plan import Plan
from dss_core.training.hardware import Hardware
from dss_core.training.simulated_slices import one_thread
from dss_core.training.training_loop import train
from dss_core.training.training_state import Epoch

SLICES = size(640, 64)


def simulation(patients: int) -> float:
    """Processor seconds a patient, intake included."""
    simulate_patient(0)
    start = time.process_time()
    for seed in range(1, patients + 1):
        made = simulate_patient(seed)
        region_images(made.ct, made.pet, made.roi, Preprocessing())
    return (time.process_time() - start) / patients


def training(patients: int, mixed_precision: bool) -> float:
    """Processor milliseconds a slice: the steps of one epoch, without its validation."""
    rng = np.random.default_rng(0)
    images = rng.uniform(1.0, 30.0, (patients, 2, 64, 64)).astype(np.float16)
    data = SliceDataset(images, np.arange(patients), np.arange(patients) % 2)
    training_config = replace(Plan().training_config, max_epochs=1, validation_share=0.01)
    ended: list[float] = []

    def on_step(epoch: Epoch) -> None:
        ended.append(time.process_time())

    start = time.process_time()
    train(data, training_config, on_step, hardware=Hardware("cpu", mixed_precision))
    return 1000.0 * (ended[0] - start) / patients


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--patients", type=int, default=size(40, 1))
    options = parser.parse_args(arguments())
    one_thread()
    torch.set_num_threads(1)
    training(64, mixed_precision=False)
    report = {
        "cpu_s_per_patient": round(simulation(options.patients), 3),
        "cpu_ms_per_slice_float32": round(training(SLICES, mixed_precision=False), 2),
        "cpu_ms_per_slice_bfloat16": round(training(SLICES, mixed_precision=True), 2),
    }
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
