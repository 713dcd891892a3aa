"""From data files to checked rule tables: a folder of TOML files is one rule set.

A faulty set is refused whole, with every fault named, before any patient takes a route through it.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from dss_core.decision.patient import CHOICES, FLAGS, EgfrVariant, GeneStatus
from dss_core.decision.rule_names import NUMBER, Fields, Known, Values
from dss_core.decision.rule_table import Document, Gene, RuleTable, table_of
from dss_core.errors import DecisionError
from dss_core.reading.strict_json import bad_fields, refused

RULES = Path(__file__).parent / "rules"
GUIDELINE_2020 = RULES / "guideline_2020"
IMAGING_2020 = RULES / "imaging_2020"

SHARED = RULES / "shared"
GROUPS: Values = frozenset({"high", "low", "between", "withheld"})
SCOPE_FIELDS = ("stage_scope", "prior_systemic_for_advanced", "histology", "ecog_ps")


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
    fields["age"] = fields["pdl1_tps"] = fields["pdl1_ic"] = NUMBER
    return fields


def imaging_fields() -> Fields:
    """The groups of the two scores, and the facts that say whether a patient is in scope."""
    scope = {name: patient_fields(())[name] for name in SCOPE_FIELDS}
    return {"egfr_group": GROUPS, "pdl1_group": GROUPS, **scope}


@dataclass(frozen=True)
class RuleSet:
    """A checked rule set with all its snapshots; the first one is the default."""

    title: str
    genes: tuple[Gene, ...]
    tables: tuple[RuleTable, ...]

    @property
    def gene_ids(self) -> tuple[str, ...]:
        """Ids of the genes of all snapshots."""
        return tuple(gene.id for gene in self.genes)

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
def guideline_rules(folder: Path = GUIDELINE_2020) -> RuleSet:
    """The guideline in a folder, read once.

    Raises
    ------
    DecisionError
        If the folder or any row in it cannot be used; every fault is named.
    """
    document = _document(folder)
    genes = Known(document, "", {}).names("gene")
    return _rule_set(document, patient_fields(tuple(genes)), folder)


@cache
def imaging_rules(folder: Path = IMAGING_2020) -> RuleSet:
    """The imaging pathway, read once; its facts are those of `imaging_fields`."""
    return _rule_set(_document(folder), imaging_fields(), folder)


def _document(folder: Path) -> dict[str, Any]:
    """All .toml files of a folder as one document, after the shared ones that it names."""
    files = sorted(folder.glob("*.toml"))
    if not files:
        raise DecisionError(f"A rule set is a folder with .toml files; {folder} has none.")
    document = _read(files)
    known = {file.stem: file for file in sorted(SHARED.glob("*.toml"))}
    names = document.pop("shared", [])
    if not isinstance(names, list) or any(name not in list(known) for name in names):
        raise DecisionError(f"shared must be a list of {sorted(known)}, found {names!r}.")
    for section, rows in _read([known[name] for name in names]).items():
        own = document.get(section, {})
        if not isinstance(own, dict) or own.keys() & rows.keys():
            raise DecisionError(f"{folder.name} repeats rows of the shared {section}; keep one.")
        document[section] = rows | own
    return document


def _read(files: list[Path]) -> dict[str, Any]:
    """TOML files as one document; no section may stand in two of them."""
    document: dict[str, Any] = {}
    for file in files:
        try:
            part = tomllib.loads(file.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
            raise DecisionError(f"{file.name} is not valid TOML: {fault}.") from fault
        except RecursionError as fault:
            raise DecisionError(f"{file.name} is not valid TOML: nested too deep.") from fault
        if twice := sorted(part.keys() & document.keys()):
            raise DecisionError(f"{file.name} repeats {twice} of an earlier file; keep it in one.")
        document |= part
    return document


def _rule_set(document: dict[str, Any], fields: Fields, folder: Path) -> RuleSet:
    """Read the document for each of its snapshots."""
    tables: list[RuleTable] = []
    genes: dict[str, Gene] = {}
    faults: dict[str, None] = {}
    for number, snapshot in enumerate(Known(document, "", fields).names("snapshot") or [""]):
        try:
            read = Document.model_validate(document, context=Known(document, snapshot, fields))
        except ValidationError as fault:
            faults |= dict.fromkeys(bad_fields(fault))
            continue
        genes |= {gene.id: gene for gene in read.gene}
        tables.append(table_of(read, read.snapshot[number]))
    if faults:
        raise refused(list(faults), f"The rule set {folder.name}", DecisionError)
    return RuleSet(document["title"], tuple(genes.values()), tuple(tables))
