"""`features`: scores and pooled features of many patients as one cohort table."""

import argparse
import io
import sys
from typing import Any

from dss_core.batch.feature_table import from_manifest, from_simulation
from dss_core.batch.manifest import read_manifest
from dss_core.bundles.bundle import load_bundle
from dss_core.cli.files import check_suffix
from dss_core.settings import home
from dss_core.storage import write_whole


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    check_suffix(arguments.out, (".csv", ".parquet"))
    bundle = load_bundle(arguments.weights)
    if arguments.data is not None:
        rows = read_manifest(arguments.data)
        table = from_manifest(
            rows, arguments.data.stem, bundle, arguments.task, home() / "cache", _on_step
        )
    else:
        table = from_simulation(arguments.simulated, bundle, arguments.task, _on_step)
    if arguments.out.suffix == ".csv":
        content = table.to_csv(index=False, lineterminator="\n").encode()
    else:
        buffer = io.BytesIO()
        table.to_parquet(buffer, index=False)
        content = buffer.getvalue()
    write_whole(arguments.out, content)
    return {
        "written": str(arguments.out),
        "patients": len(table),
        "features": sum(name.startswith("f") and name[1:].isdigit() for name in table),
        "weights": bundle.id,
        "weights_sha256": bundle.sha256,
        "network": f"{arguments.task}, first of {len(bundle.models[arguments.task].members)}",
    }


def _on_step(done: int) -> None:
    print(f"patient {done}", file=sys.stderr)
