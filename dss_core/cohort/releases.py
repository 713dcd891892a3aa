"""Reader of the authors' public releases: a clone of their repository becomes cohort tables.

Layout (both repositories hold `Alldata` and `Results`): every slice row of a results file has a
softmax pair and, in a `*mrn*.mat` file, a group and a record number. A patient's score is the
mean of column 2 over the slices of the group; its clinical row is the first one with the record
number of the group's first slice. Record numbers end here: patients get fresh numbers.

Known faults of the release are handled in one place each and returned as notes: ages of 0 are
missing, record numbers repeat, HMU overall survival duplicates progression-free survival, and
the codes of some columns are unknown and not read.

References
----------
github.com/lungproject/lungegfr (Mu et al., Nat Commun 2020;11:5228);
github.com/lungproject/lungio (Mu et al., JITC 2021;9:e002118).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from dss_core.cohort.cohort_table import Cohort, validate
from dss_core.cohort.release_files import clinical_table, matlab, numbers_of, slice_scores
from dss_core.cohort.release_location import Release
from dss_core.cohort.schema import COLUMNS, Treatment
from dss_core.errors import CohortError
from dss_core.statistics.follow_up import Floats, Ints

WEIGHTS_ID = "mu2020"
DAYS_PER_MONTH = 30.0


SOURCES = {
    Release.LUNGEGFR: "Mu W et al. Nat Commun 2020;11:5228, doi 10.1038/s41467-020-19116-x; "
    "data release lungproject/lungegfr",
    Release.LUNGIO: "Mu W et al. J Immunother Cancer 2021;9:e002118, doi 10.1136/jitc-2020-002118; "
    "data release lungproject/lungio",
}


@dataclass(frozen=True)
class Imported:
    """A release as a cohort, and what a reader must know about it.

    Attributes
    ----------
    slices : DataFrame
        One row a slice: `patient_id` as in the cohort, and the `score` of that slice.
    """

    cohort: Cohort
    notes: tuple[str, ...]
    slices: pd.DataFrame


@dataclass(frozen=True)
class _Part:
    """One results file and the files that say whose slices they are."""

    cohort: str
    split: str
    scores: str
    mrn_file: str
    mrn: str
    group: str | None
    clinical: str
    treatment: Treatment | None = None
    labels: str | None = None


_EGFR_PARTS = (
    _Part("SPH", "training", "SPHpredicttrain.txt", "sphmrn.mat", "trainmrn", "Group2trains",
          "ShanghaiClinical.mat", labels="sphytrain.npy"),
    _Part("SPH", "validation", "SPHpredicttest.txt", "sphmrn.mat", "testmrn", "Group2tests",
          "ShanghaiClinical.mat", labels="sphytest.npy"),
    _Part("HBMU", "training", "Hebeipredicttrain.txt", "hebeimrn.mat", "trainmrn", "Group2trains",
          "HebeiClinical.mat", labels="hebeiytrain.npy"),
    _Part("HBMU", "validation", "Hebeipredicttest.txt", "hebeimrn.mat", "testmrn", "Group2tests",
          "HebeiClinical.mat", labels="hebeiytest.npy"),
    _Part("HMU", "external", "Harbinpredicttest.txt", "harbinmrn.mat", "testmrn", "Group2s",
          "HarbinClinical.mat", Treatment.TKI, "harbinytest.npy"),
    _Part("HLM", "external", "HLMpredicttests.txt", "hlmmrns.mat", "testmrn", "Group2s",
          "HLMClinicals.mat", Treatment.ICI),
)  # fmt: skip
_HLM_PDL1_SCORES = "HLMPDLpredicttests.txt"

_PDL1_PARTS = (
    _Part("SPH", "training", "predicttrain.txt", "xptrainmrn.mat", "ptrainname", None,
          "CIHClin.xlsx"),
    _Part("SPH", "validation", "predicttest.txt", "xptestmrn.mat", "ptestname", None,
          "CIHClin.xlsx"),
    _Part("HLM-PDL1", "external", "predicthlmpdl.txt", "hlmpdlmrn.mat", "pname1", None,
          "HLMPDLClin.xlsx"),
    _Part("HLM-IO-retrospective", "external", "predicthlmIO.txt", "hlmretroIOmrn.mat", "pname2",
          None, "HLMIOClin.xlsx", Treatment.ICI),
    _Part("HLM-IO-prospective", "external", "predicthlmval.txt", "hlmproIOmrn.mat", "pname3",
          None, "HLMIOClin.xlsx", Treatment.ICI),
)  # fmt: skip

_HISTOLOGY = {0: "other", 1: "adenocarcinoma", 2: "squamous"}
_STAGES = {1: "I", 2: "II", 3: "III", 4: "IV"}
# the release's own column names, in lower case, for each thing it holds
_NAMES: Mapping[str, tuple[str, ...]] = {
    "sex": ("sex",),
    "age": ("age",),
    "histology": ("histology",),
    "smoking": ("smoke", "smoking"),
    "stage": ("stage", "tnm"),
    "suvmax": ("suvmax", "suv"),
    "egfr": ("egfr",),
    "pdl1": ("plabeltest", "label"),
    "pfs_days": ("pfst",),
    "pfs": ("pfs",),
    "os_days": ("ost",),
    "os": ("os",),
    "dcb": ("group", "dcb"),
    "mpg": ("mpgsuv",),
}


def find_clone(path: Path, release: Release) -> Path:
    """The release's folder: the path itself, or the folder named after it inside or beside it.

    Raises
    ------
    CohortError
        If none of these has the release's results files.
    """
    parts = _EGFR_PARTS if release is Release.LUNGEGFR else _PDL1_PARTS
    for folder in (path, path / release.value, path.parent / release.value):
        if (folder / "Results" / parts[0].scores).is_file():
            return folder
    raise CohortError(
        f"A clone of {release.clone_from} was expected, but {path.name or path} has no "
        f"Results/{parts[0].scores}. Clone it with: git clone {release.clone_from}"
    )


def read_release(path: Path, release: Release) -> Imported:
    """Read a clone of a release.

    Raises
    ------
    CohortError
        If a file is missing, cannot be read, or files do not fit each other.
    """
    folder = find_clone(path, release)
    parts = _EGFR_PARTS if release is Release.LUNGEGFR else _PDL1_PARTS
    frames: list[pd.DataFrame] = []
    slices: list[pd.DataFrame] = []
    notes: list[str] = []
    counted: dict[str, int] = {}
    for part in parts:
        frame, of_slices, faults = _read_part(folder, part, release)
        start = counted.get(part.cohort, 0)
        counted[part.cohort] = start + len(frame)
        numbers = range(start + 1, start + len(frame) + 1)
        frame["patient_id"] = [f"{part.cohort}-{i:03d}" for i in numbers]
        frames.append(frame)
        ids = frame["patient_id"].to_numpy()[of_slices["row"]]
        slices.append(pd.DataFrame({"patient_id": ids, "score": of_slices["score"]}))
        notes += [f"{part.cohort} {part.split}: {fault}" for fault in faults]
    if release is Release.LUNGEGFR:
        notes.append(
            "HMU: overall survival repeats progression-free survival in the release; not used."
        )
        notes.append("HMU was treated with EGFR-TKI, HLM with ICI: arms differ in hospital too.")
    table = pd.concat(frames, ignore_index=True)
    ordered = [c.name for c in COLUMNS if c.name in table and table[c.name].notna().any()]
    cohort = Cohort(validate(table[ordered].astype("string")), release.value, SOURCES[release])
    return Imported(cohort, tuple(notes), pd.concat(slices, ignore_index=True))


def _read_part(
    folder: Path, part: _Part, release: Release
) -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
    """One part's patients, its slices by row of their patient, and the faults found in it."""
    data = folder / "Alldata"
    ids = matlab(data / part.mrn_file)
    mrn = numbers_of(ids, part.mrn, part.mrn_file)
    group = numbers_of(ids, part.group, part.mrn_file) if part.group else mrn
    scores = slice_scores(folder / "Results" / part.scores, mrn.size)
    _, first, index, slices = np.unique(
        group, return_index=True, return_inverse=True, return_counts=True
    )
    clinical = clinical_table(data / part.clinical)
    rows, repeated = _match(mrn[first], clinical["mrn"].to_numpy(), part)
    frame = _decode(clinical.iloc[rows].reset_index(drop=True), part)
    task = "egfr" if release is Release.LUNGEGFR else "pdl1"
    frame[f"{task}_dls"] = np.bincount(index, scores) / slices
    if part.scores == "HLMpredicttests.txt":
        second = slice_scores(folder / "Results" / _HLM_PDL1_SCORES, mrn.size)
        frame["pdl1_dls"] = np.bincount(index, second) / slices
    frame["n_slices"] = slices
    faults: list[str] = []
    if repeated:
        faults.append(
            f"{repeated} of {len(frame)} patients share a record number with an earlier one and "
            "take the same clinical row."
        )
    if ageless := int((clinical["age"].iloc[rows] == 0).sum()):
        faults.append(f"{ageless} ages are given as 0 and treated as missing.")
    if "pfs_months" in frame:
        days = frame["pfs_months"].dropna() * DAYS_PER_MONTH
        if odd := int(((days - days.round()).abs() > 1e-9).sum()):
            faults.append(
                f"{odd} PFS times are a hundred-millionth of a day off a whole day, which keeps "
                "equal times apart; kept as released."
            )
    if part.labels:
        label = np.load(data / part.labels).ravel()[first]
        truth = frame["egfr_status"].map({"wild type": 0, "mutant": 1}).to_numpy(float)
        if differ := int((np.isfinite(truth) & (label != truth)).sum()):
            faults.append(
                f"{differ} EGFR labels differ between {part.labels} and {part.clinical}; the "
                "clinical table is used."
            )
    return frame, pd.DataFrame({"row": index, "score": scores}), faults


def _match(wanted: Ints, known: Floats, part: _Part) -> tuple[Ints, int]:
    """First clinical row of each record number."""
    values, first = np.unique(known, return_index=True)
    place = np.searchsorted(values, wanted)
    found = (place < values.size) & (values[np.minimum(place, values.size - 1)] == wanted)
    if not found.all():
        raise CohortError(
            f"{int((~found).sum())} patients of {part.scores} have no row in {part.clinical}. "
            "Use files of the same release."
        )
    return np.asarray(first[place]), int(wanted.size - np.unique(wanted).size)


def _decode(rows: pd.DataFrame, part: _Part) -> pd.DataFrame:
    """The release's codes as schema values; unknown codes are missing."""

    def column(name: str) -> pd.Series:
        for theirs in _NAMES[name]:
            if theirs in rows:
                return pd.to_numeric(rows[theirs], errors="coerce")
        return pd.Series(np.nan, index=rows.index)

    frame = pd.DataFrame({"cohort": part.cohort, "split": part.split}, index=rows.index)
    frame["site"] = part.cohort[:3] if part.cohort.startswith("HLM") else part.cohort
    frame["sex"] = column("sex").map({1: "male", 2: "female"})
    frame["age_years"] = column("age").where(column("age") > 0)
    frame["histology"] = column("histology").map(_HISTOLOGY)
    frame["smoking"] = column("smoking").map({0: "never", 1: "ever"})
    stage = column("stage")
    frame["stage"] = stage.where(stage < 10, stage // 10).map(_STAGES)
    frame["suvmax"] = column("suvmax")
    frame["egfr_status"] = column("egfr").map({0: "wild type", 1: "mutant"})
    frame["pdl1_status"] = column("pdl1").map({0: "negative", 1: "positive"})
    frame["mpg_suvmax"] = column("mpg")
    frame["score_weights_id"] = WEIGHTS_ID
    if part.treatment:
        frame["treatment"] = part.treatment.value
        frame["pfs_months"] = column("pfs_days") / DAYS_PER_MONTH
        frame["pfs_event"] = column("pfs").where(column("pfs_days").notna())
        if part.cohort != "HMU":
            frame["os_months"] = column("os_days") / DAYS_PER_MONTH
            frame["os_event"] = column("os").where(column("os_days").notna())
            frame["dcb"] = column("dcb")
    return frame
