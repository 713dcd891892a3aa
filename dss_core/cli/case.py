"""`score` and `tensor`: scores of a case on disk, or its network input."""

import argparse
import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import numpy as np

from dss_core.batch.manifest import as_arrays, case_slices
from dss_core.bundles.bundle import Bundle, load_bundle
from dss_core.case.case_files import CaseFiles, ImageFiles, find_case
from dss_core.case.label import check_label, headers_of, study_uid_of
from dss_core.case.open_case import open_case
from dss_core.case.record import Keep
from dss_core.case.scoring_entry import ScoredFiles, score_series, scoring_weights
from dss_core.errors import InputError
from dss_core.preprocessing.network_slices import make_tensor
from dss_core.storage import whole_file, write_whole


def run_score(arguments: argparse.Namespace) -> dict[str, Any]:
    """Score a case."""
    if not arguments.save and (arguments.label is not None or arguments.keep):
        raise InputError("--label and --keep are of a case that is saved; give --save with them.")
    bundle = scoring_weights(arguments.weights)
    result = _saved(arguments, bundle) if arguments.save else _scored(arguments, bundle).result
    if arguments.out:
        write_whole(arguments.out, json.dumps(result, indent=2, allow_nan=False).encode())
    return result


def _scored(arguments: argparse.Namespace, bundle: Bundle) -> ScoredFiles:
    return score_series(find_case(case_files(arguments)), bundle)


def _saved(arguments: argparse.Namespace, bundle: Bundle) -> dict[str, Any]:
    """The scores, with where the case is kept; what cannot be saved is not scored first."""
    from dss_core.store.case_store import CaseStore
    from dss_core.store.keep_case import NewCase, keep_case
    from dss_core.store.keeping import chosen

    keeping = chosen(arguments.keep and Keep(arguments.keep))
    series = find_case(case_files(arguments))
    label = arguments.label
    if label is not None:
        label = check_label(label, headers_of(series))
    store = None if keeping.keep is Keep.NONE else CaseStore.open()
    scored = score_series(series, bundle)
    if store is None:
        return scored.result | {"case_id": None, "kept_until": None}
    new = NewCase(scored.opened, scored.result, study_uid_of(series.images), label)
    record = keep_case(store, new, keeping, datetime.now(UTC)).record
    until = record.kept_until and record.kept_until.isoformat(timespec="seconds")
    return scored.result | {"case_id": str(record.id), "kept_until": until}


def run_tensor(arguments: argparse.Namespace) -> dict[str, Any]:
    bundle = load_bundle(arguments.weights)
    settings = bundle.preprocessing
    opened = open_case(find_case(case_files(arguments)))
    images, roi = opened.images, opened.region.roi
    tensor = make_tensor(images, roi, settings, bundle.adjacent_slices)
    case = case_slices(images, roi, settings)
    with whole_file(arguments.out) as stream:
        arrays = as_arrays(case) | {"x": tensor.x, "z_mm": tensor.z_mm}
        np.savez_compressed(stream, allow_pickle=False, **arrays)
    return {
        "out": str(arguments.out),
        "shape": list(tensor.x.shape),
        "channels": list(bundle.adjacent_slices.channels),
        "z_mm": tensor.z_mm.tolist(),
        "preprocessing": asdict(settings),
    }


def case_files(arguments: argparse.Namespace) -> CaseFiles:
    """The files that `add_case_arguments` named."""
    name, number = arguments.roi_name, arguments.roi_number
    return CaseFiles(image_files(arguments), arguments.roi, name, number)


def image_files(arguments: argparse.Namespace) -> ImageFiles:
    """The CT and the PET that `add_case_arguments` named."""
    return ImageFiles(
        arguments.ct,
        arguments.pet,
        arguments.ct_series,
        arguments.pet_series,
        arguments.pet_unit,
        arguments.register,
    )
