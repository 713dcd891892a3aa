"""`explain`: where the network responded, as maps, volume and numbers."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dss_core.attention.attention_map import INPUT, strongest_channels
from dss_core.attention.explanation import (
    CAPTION,
    ClassView,
    Explanation,
    explain,
    task_model,
)
from dss_core.bundles.bundle import TaskModel, load_bundle
from dss_core.case.case_files import find_case
from dss_core.case.open_case import open_case
from dss_core.cli.case import case_files
from dss_core.cli.files import check_suffix
from dss_core.reading.volume_writer import VOLUME_SUFFIXES, write_volume
from dss_core.records import AttentionMethod, Task
from dss_core.storage import whole_file


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    if arguments.nifti:
        check_suffix(arguments.nifti, VOLUME_SUFFIXES)
    check_suffix(arguments.out, (".npz",))
    bundle, task = load_bundle(arguments.weights), Task(arguments.target)
    model = task_model(bundle, task)
    opened = open_case(find_case(case_files(arguments)))
    images, roi = opened.images, opened.region.roi
    method = AttentionMethod(arguments.method)
    found = explain(images, roi, bundle, task, method, arguments.margin)
    _write_npz(found, arguments.out)
    if arguments.nifti:
        grid = images.ct.grid
        write_volume(found.positive.placed.on(grid), grid, arguments.nifti)
    attention = found.attention
    return {
        "caption": CAPTION,
        "out": str(arguments.out),
        "nifti": str(arguments.nifti) if arguments.nifti else None,
        "method": str(attention.method),
        "target": str(attention.target),
        "layer": attention.layer,
        "unit": attention.unit,
        "weights_id": bundle.id,
        "weights_sha256": bundle.sha256,
        "demo_weights": bundle.demo,
        "margin_mm": found.margin_mm,
        "dls": found.dls,
        "n_slices": len(attention.z_mm),
        "positive": _class(found.positive),
        "negative": _class(found.negative),
        "completeness_error_max": (
            None
            if attention.completeness_error is None
            else float(np.abs(attention.completeness_error).max())
        ),
        "filters": _channels(found, model),
        "notice": "Research use only. Not a medical device.",
    }


def _write_npz(found: Explanation, path: Path) -> None:
    attention, placed = found.attention, found.positive.placed
    arrays: dict[str, NDArray[Any]] = {
        "maps": attention.positive.maps,
        "scale": attention.positive.scale,
        "localised": attention.positive.localised,
        "maps_negative": attention.negative.maps,
        "scale_negative": attention.negative.scale,
        "localised_negative": attention.negative.localised,
        "affine": slice_affines(found),
        "volume_zyx": placed.values_zyx,
        "volume_negative_zyx": found.negative.placed.values_zyx,
        "volume_affine": placed.grid.affine,
        "z_mm": attention.z_mm,
        "side_mm": attention.side_mm,
        "mask": attention.mask,
        "log_odds": attention.log_odds,
        "method": np.array(str(attention.method)),
        "target": np.array(str(attention.target)),
        "layer": np.array(attention.layer),
        "unit": np.array(attention.unit),
        "margin_mm": np.array(found.margin_mm),
    }
    if attention.channels is not None:
        arrays["channels"] = attention.channels
    if attention.completeness_error is not None:
        arrays["completeness_error"] = attention.completeness_error
    with whole_file(path) as stream:
        np.savez_compressed(stream, allow_pickle=False, **arrays)


def slice_affines(found: Explanation) -> NDArray[np.float64]:
    """Per slice a 4x4 matrix (n, 4, 4) from (column, row, 0) to world x, y, z in LPS mm."""
    attention = found.attention
    n, size = len(attention.z_mm), attention.positive.maps.shape[-1]
    pixel = attention.side_mm / size
    affine = np.tile(np.eye(4), (n, 1, 1))
    affine[:, 0, 0] = affine[:, 1, 1] = pixel
    affine[:, :2, 3] = attention.centre_mm - (pixel * (size - 1) / 2.0)[:, None]
    affine[:, 2, 3] = attention.z_mm
    return affine


def _class(view: ClassView) -> dict[str, Any]:
    return {
        "peak": view.slices.peak,
        "slices_with_localised_response": int(view.slices.localised.sum()),
        "shares": [asdict(share) for share in view.shares.whole],
        "slices": [
            {
                "z_mm": one.z_mm,
                "scale": float(scale),
                "localised": bool(localised),
                "shares": [asdict(share) for share in one.shares],
            }
            for one, scale, localised in zip(
                view.shares.slices, view.slices.scale, view.slices.localised, strict=True
            )
        ],
    }


def _channels(found: Explanation, model: TaskModel) -> list[dict[str, Any]]:
    if found.attention.layer == INPUT:
        return []
    return [
        {"member": f.member, "channel": f.channel, "weight": f.weight, "push": f.contribution}
        for f in strongest_channels(found.tensor, model)
    ]
