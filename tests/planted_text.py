"""Text that asks a browser for a picture, and inputs of every kind that are full of it."""

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd

from dss_core.settings import shipped

HOST = "192.0.2.1"
"""An address that belongs to nobody (RFC 5737)."""
MARK = (
    f"![p](http://{HOST}/p.png)**bold**<img src=http://{HOST}/q.png><a href=//{HOST}>a</a>"
    f"[l](//{HOST})"
)


def table(n: int = 60) -> bytes:
    """A cohort table with the text in every name and cell that may hold any text."""
    rows = pd.DataFrame(
        {
            "patient_id": [f"{MARK} {i}" for i in range(n)],
            "cohort": f"cohort {MARK}",
            "site": [f"site {i % 2} {MARK}" for i in range(n)],
            "split": "external",
            "sex": ["female", "male"] * (n // 2),
            "stage": ["III", "IV", "IV"] * (n // 3),
            "egfr_status": ["mutant", "wild type", "wild type"] * (n // 3),
            "egfr_variant": f"variant {MARK}",
            "egfr_dls": [(0.05 + 0.9 * ((i * 37) % n) / n) for i in range(n)],
            "treatment": ["ICI", "EGFR-TKI"] * (n // 2),
            "pfs_months": [1.0 + (i * 7) % 29 for i in range(n)],
            "pfs_event": [int(i % 4 > 0) for i in range(n)],
            "os_months": [2.0 + (i * 11) % 41 for i in range(n)],
            "os_event": [int(i % 3 > 0) for i in range(n)],
            "score_weights_id": f"weights {MARK}",
            f"column {MARK}": f"cell {MARK}",
        }
    )
    return rows.to_csv(index=False).encode()


def readings() -> bytes:
    """Readings of two readers whose names are the text."""
    lines = ["case,reader,egfr_dls,pdl1_dls"]
    for case in range(12):
        for reader in range(2):
            value = 0.3 + 0.04 * case + 0.01 * reader
            lines.append(f"{case} {MARK},{reader} {MARK},{value:.3f},{1 - value:.3f}")
    return "\n".join(lines).encode()


def trial() -> bytes:
    """A digitised trial whose figures and arms are the text."""
    rows = [f"Fig {MARK},arm {a} {MARK},{m},{m % 2}" for a in range(2) for m in range(1, 20)]
    return "\n".join(["figure,arm,time,event", *rows]).encode()


def patient() -> bytes:
    """A patient file with the text as keys and values."""
    return json.dumps({MARK: MARK, "histology": MARK, "biomarkers": {MARK: MARK}}).encode()


def bundle(home: Path, name: str = "planted") -> None:
    """The demo weights with the text in every sentence of the card."""
    folder = home / "weights" / name
    shutil.copytree(shipped() / "weights" / "demo", folder)
    path = folder / "card.json"
    card: dict[str, Any] = json.loads(path.read_text())
    card["title"] = f"title {MARK}"
    for entry in card["tasks"].values():
        entry["cutoff_origin"] = f"origin {MARK}"
    card["novelty"]["compared_with"] = f"compared {MARK}"
    card[f"key {MARK}"] = {f"inner {MARK}": f"value {MARK}"}
    card["training"] = {f"inner {MARK}": f"value {MARK}"}
    card["intended_use"] = {"summary": f"use {MARK}"}
    path.write_text(json.dumps(card))
