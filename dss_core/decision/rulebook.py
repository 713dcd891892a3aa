"""From data files to checked rule tables: a folder of TOML files is one rule book.

The shape is checked by `rules/schema.json`, then every name that a row uses must exist, so that a
faulty table is refused whole, with every fault named, before any patient is walked through it.
"""

import json
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

from dss_core.decision.patient import CHOICES, FLAGS, EgfrVariant, GeneStatus
from dss_core.decision.rulebuild import build_table
from dss_core.decision.rulecheck import NUMBER, Fields, Values, faults
from dss_core.decision.rules import Named, RuleTable
from dss_core.errors import DecisionError

RULES = Path(__file__).parent / "rules"
GUIDELINE_2020 = RULES / "guideline_2020"
IMAGING_2020 = RULES / "imaging_2020"

GROUPS: Values = frozenset({"high", "low", "between", "withheld"})
IMAGING_FIELDS: Fields = {"egfr_group": GROUPS, "pdl1_group": GROUPS}


def patient_fields(genes: tuple[str, ...]) -> Fields:
    """The fields of `Patient`, with one `biomarkers.<gene>` for each gene."""
    fields: dict[str, Values] = {
        name: frozenset({"unknown", *(choice.value for choice in choices)})
        for name, choices in CHOICES.items()
    }
    fields |= {name: frozenset({"unknown", True, False}) for name in FLAGS}
    fields |= {
        f"biomarkers.{gene}": frozenset(status.value for status in GeneStatus) for gene in genes
    }
    fields["egfr_variants"] = frozenset(variant.value for variant in EgfrVariant)
    fields["ecog_ps"] = frozenset({"unknown", 0, 1, 2, 3, 4})
    fields["age"] = fields["pdl1_tps"] = NUMBER
    return fields


@dataclass(frozen=True)
class RuleBook:
    """A checked rule book with all its snapshots; the first one is the default."""

    title: str
    genes: tuple[Named, ...]
    tables: tuple[RuleTable, ...]

    @property
    def snapshots(self) -> tuple[str, ...]:
        """Ids of the snapshots."""
        return tuple(table.snapshot.id for table in self.tables)

    def table(self, snapshot: str | None = None) -> RuleTable:
        """The table of one snapshot (default: the first).

        Raises
        ------
        DecisionError
            If there is no such snapshot.
        """
        for table in self.tables:
            if snapshot in (None, table.snapshot.id):
                return table
        raise DecisionError(
            f"guideline_snapshot must be one of {list(self.snapshots)}, not {snapshot!r}."
        )


@cache
def guideline_book(folder: Path = GUIDELINE_2020) -> RuleBook:
    """The guideline in a folder, read once.

    Raises
    ------
    DecisionError
        If the folder or any row in it cannot be used; every fault is named.
    """
    document = _document(folder)
    genes = tuple(gene["id"] for gene in document.get("gene", ()))
    return _book(document, patient_fields(genes), folder)


@cache
def imaging_book(folder: Path = IMAGING_2020) -> RuleBook:
    """The imaging pathway, read once; its facts are the groups of the two scores."""
    return _book(_document(folder), IMAGING_FIELDS, folder)


def _document(folder: Path) -> dict[str, Any]:
    """All .toml files of a folder as one document that fits the schema."""
    files = sorted(folder.glob("*.toml"))
    if not files:
        raise DecisionError(f"A rule book is a folder with .toml files; {folder} has none.")
    document: dict[str, Any] = {}
    for file in files:
        try:
            part = tomllib.loads(file.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
            raise DecisionError(f"{file.name} is not valid TOML: {fault}.") from fault
        if twice := sorted(part.keys() & document.keys()):
            raise DecisionError(f"{file.name} repeats {twice} of an earlier file; keep it in one.")
        document |= part
    schema = json.loads((RULES / "schema.json").read_text(encoding="utf-8"))
    found = [
        f"{fault.json_path.removeprefix('$.')}: {fault.message}"
        for fault in jsonschema.Draft202012Validator(schema).iter_errors(document)
    ]
    _refuse(found, folder)
    return document


def _refuse(found: list[str], folder: Path) -> None:
    if found:
        raise DecisionError(
            f"The rule book {folder.name} has {len(found)} faults: {'; '.join(found)}."
        )


def _book(document: dict[str, Any], fields: Fields, folder: Path) -> RuleBook:
    _refuse(faults(document, fields), folder)
    return RuleBook(
        title=document["title"],
        genes=tuple(Named(g["id"], g["name"]) for g in document.get("gene", ())),
        tables=tuple(
            build_table(document, Named(s["id"], s["title"])) for s in document["snapshot"]
        ),
    )
