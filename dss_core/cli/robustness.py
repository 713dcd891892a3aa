"""`robustness`: score variation across outlines, for one case or a set of cases."""

import argparse
import json
from typing import Any, TypeVar

import pandas as pd

from dss_core.bundles.bundle import Bundle, load_bundle
from dss_core.case.case_files import find_images, find_regions
from dss_core.case.open_case import Region, open_images, take_region
from dss_core.case.robustness import (
    Pair,
    Reading,
    TaskOutlineVariation,
    compare,
    read_again,
    vary_outline,
)
from dss_core.cli.case import image_files
from dss_core.cohort.tables import read_table
from dss_core.errors import DssError, InputError
from dss_core.evaluation.jsonable import jsonable
from dss_core.evaluation.reader_agreement import CASE, READER, agreement, agreement_record
from dss_core.records import Task
from dss_core.regions.outline_variation import SYSTEMATIC
from dss_core.spatial.alignment import AlignedImages
from dss_core.storage import write_whole

SCAN = ("ct", "pet", "roi")
_Given = TypeVar("_Given", str, int)


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    result = _set(arguments) if arguments.readings else _case(arguments)
    if arguments.out:
        write_whole(arguments.out, json.dumps(result, indent=2, allow_nan=False).encode())
    return result


def _case(arguments: argparse.Namespace) -> dict[str, Any]:
    if not (arguments.ct and arguments.pet and arguments.roi):
        raise InputError(
            "A case needs --ct, --pet and --roi, a set of cases needs --readings; found neither. "
            "Give one of them."
        )
    bundle = load_bundle(arguments.weights)
    images = open_images(find_images(image_files(arguments)))
    regions = _regions(arguments, images)
    readings = read_again(images, regions, bundle)
    result: dict[str, Any] = {
        "weights_id": bundle.id,
        "weights_sha256": bundle.sha256,
        "demo_weights": bundle.demo,
        "regions": [_reading(r) for r in readings],
        "pairs": [_pair(p) for p in compare(readings)],
    }
    if len(readings) == 1 or arguments.jitter:
        first = readings[0].result
        if first.withheld is None:
            variations = [j for j in SYSTEMATIC if j.by_mm <= arguments.up_to]
            found = vary_outline(images, readings[0].scored.images.region.roi, bundle, variations)
            result["jitter"] = {str(t.task): _jitter(t) for t in found}
        else:
            result["jitter"] = None
    return {**result, "notice": "Research use only. Not a medical device."}


def _regions(arguments: argparse.Namespace, images: AlignedImages) -> list[tuple[str, Region]]:
    """One region for each file, or each name or number in one file; each with a reader's name."""
    files = list(arguments.roi)
    names: list[str | None] = list(arguments.roi_name or [])
    numbers: list[int | None] = list(arguments.roi_number or [])
    if len(files) == 1:
        files = files * max(len(names), len(numbers), 1)
    names, numbers = _for_each(names, len(files)), _for_each(numbers, len(files))
    if not len(names) == len(numbers) == len(files):
        raise InputError(
            f"{len(files)} --roi, {len(names)} --roi-name and {len(numbers)} --roi-number were "
            "given; give one name or number for each file, one for all, or one file with several."
        )
    found = [
        take_region(find_regions(file), name, images, number=number)
        for file, name, number in zip(files, names, numbers, strict=True)
    ]
    labels = [region.roi.name for region in found]
    if len(set(labels)) < len(labels):
        labels = [f"{k}: {label}" for k, label in enumerate(labels, start=1)]
    return list(zip(labels, found, strict=True))


def _set(arguments: argparse.Namespace) -> dict[str, Any]:
    table = read_table(arguments.readings)
    bundle: Bundle | None = None
    if {CASE, READER, *SCAN} <= set(table.columns):
        bundle = load_bundle(arguments.weights)
        table = _score_all(arguments, table, bundle)
    found = agreement(table)
    origin = (
        {"weights_id": bundle.id, "weights_sha256": bundle.sha256, "demo_weights": bundle.demo}
        if bundle
        else {"weights_id": None}
    )
    return {**origin, "agreement": {a.score: agreement_record(a) for a in found},
            "notice": "Research use only. Not a medical device."}  # fmt: skip


def _score_all(arguments: argparse.Namespace, table: pd.DataFrame, bundle: Bundle) -> pd.DataFrame:
    """Score the region of every row; files lie beside the table. All refused rows are named."""
    base = arguments.readings.parent
    rows, faults = [], []
    loaded: dict[tuple[str, str], AlignedImages] = {}
    lines = zip(table.index + 2, table.fillna("").to_dict("records"), strict=True)
    for number, line in lines:
        paths = {k: base / str(line[k]) for k in SCAN}
        absent = [k for k, p in paths.items() if not line[k] or not p.exists()]
        if absent:
            faults.append(f"row {number}: {', '.join(absent)} missing")
            continue
        key = (str(paths["ct"]), str(paths["pet"]))
        try:
            if key not in loaded:
                one = argparse.Namespace(**{**vars(arguments), **paths})
                loaded = {key: open_images(find_images(image_files(one)))}
            name = str(line.get("roi_name", "")) or None
            roi_number = _number(line.get("roi_number", ""))
            region = take_region(find_regions(paths["roi"]), name, loaded[key], number=roi_number)
            (reading,) = read_again(loaded[key], [(str(line[READER]), region)], bundle)
        except DssError as refusal:
            faults.append(f"row {number}: {refusal}")
            continue
        if reading.result.withheld is not None:
            faults.append(f"row {number}: the score is withheld. {reading.result.withheld.reason}")
            continue
        scores = {f"{s.task}_dls": s.dls for s in reading.result.scores}
        rows.append({CASE: line[CASE], READER: line[READER], **scores})
    if faults:
        raise InputError(
            f"{len(faults)} row(s) of the readings cannot be scored; correct or remove them: "
            f"{'; '.join(faults)}"
        )
    return pd.DataFrame(rows)


def _for_each(given: list[_Given | None], n_files: int) -> list[_Given | None]:
    """What was given for every file, where it was given once or not at all."""
    return (given or [None]) * n_files if len(given) < 2 else given


def _number(given: object) -> int | None:
    """A region's number from a table; read as a float where a row has none."""
    shown = str(given).removesuffix(".0")
    if shown and not shown.isdecimal():
        raise InputError(f"roi_number is {shown!r}; a whole number was expected.")
    return int(shown) if shown else None


def _reading(reading: Reading) -> dict[str, Any]:
    result = reading.result
    return {
        "name": reading.reader,
        "volume_ml": result.roi.volume_ml,
        **{f"{t}_dls": reading.dls(t) for t in Task},
        "withheld": result.withheld.reason if result.withheld else None,
        "input_digest": result.input_digest,
        "warnings": jsonable(result.warnings),
    }


def _pair(pair: Pair) -> dict[str, Any]:
    differences = {f"{t}_difference": d for t, d in pair.differences}
    return {"first": pair.first, "second": pair.second, "dice": pair.dice, **differences}


def _jitter(found: TaskOutlineVariation) -> dict[str, Any]:
    return {
        "dls": found.dls,
        "cutoff": found.cutoff,
        "interval": {f"{mm:g}_mm": list(found.span(mm)) for mm in found.distances_mm},
        "changes_to_the_other_side": found.other_side,
        "changes": [
            {"change": str(s.variation.change), "by_mm": s.variation.by_mm, "dls": s.dls}
            | ({"reason": s.reason} if s.reason else {})
            for s in found.scores
        ],
    }
