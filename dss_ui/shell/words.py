"""The words for scores, steps and SUV rules, the same on every page.

The hyphen of PD‑L1 is one that does not break at a line end.
"""

from dataclasses import dataclass

from dss_core.progress import StepName
from dss_core.records import Group, Task, TaskScore


@dataclass(frozen=True)
class TaskWords:
    """How a score is named and what its two sides mean."""

    title: str
    high: str
    low: str
    not_a_test: str

    def meaning(self, group: Group) -> str:
        """What a score in this group says."""
        return {Group.HIGH: self.high, Group.LOW: self.low, Group.INDETERMINATE: UNDECIDED}[group]


UNDECIDED = "The images do not tell the two groups apart: the score is too near its cut-off."

TASKS = {
    Task.EGFR: TaskWords(
        "EGFR-DLS",
        "The images look more like those of tumours with an EGFR mutation.",
        "The images look more like those of EGFR wild-type tumours.",
        "It does not replace an EGFR test.",
    ),
    Task.PDL1: TaskWords(
        "PDL1-DLS",
        "The images look more like those of PD‑L1 positive tumours.",
        "The images look more like those of PD‑L1 negative tumours.",
        "It does not replace PD‑L1 immunohistochemistry.",
    ),
}

CLASSES = {
    Task.EGFR: ("for mutant", "for wild type"),
    Task.PDL1: ("for PD-L1 positive", "for PD-L1 negative"),
}
"""What a response speaks for: the positive class of a task, then the other."""

STEPS = {
    StepName.READ: "Read",
    StepName.SUV: "PET to SUV",
    StepName.ALIGN: "Align PET with CT",
    StepName.REGION: "Tumour region",
    StepName.TENSOR: "Network input",
    StepName.SCORE: "Score",
}

SUV_RULES = {
    "admin": "stored activity is decay corrected to the injection (DecayCorrection ADMIN)",
    "series_time": "decay corrected to the series time",
    "frame_reference_time": "decay reference computed back from the frame reference time",
    "earliest_acquisition": "decay corrected to the earliest acquisition",
    "ge_private_scan_time": "decay corrected to the scan time in the GE private tag",
    "no_decay_correction": "no decay correction in the file; corrected per slice",
    "philips_suv_scale": "Philips counts with the private SUV scale",
    "declared_suvbw": "the file holds SUV by body weight, as the user said",
    "GML_BW": "the file already holds SUV by body weight",
}


def suv_rule(rule: str) -> str:
    """An SUV rule in words; a rule without words stands for itself."""
    prefix = "philips_activity_scale+"
    if rule.startswith(prefix):
        return f"Philips counts with the private activity scale, {suv_rule(rule[len(prefix) :])}"
    if rule.startswith(("GML_", "CM2ML_")) and rule not in SUV_RULES:
        return f"SUV by {rule.split('_', 1)[1]} in the file, converted to body weight"
    return SUV_RULES.get(rule, rule)


def shown(score: float, cutoff: float) -> str:
    """A score with two decimals, or as many as it takes to stay on its side of the cut-off."""
    for digits in range(2, 12):
        text = f"{score:.{digits}f}"
        if (float(text) >= cutoff) == (score >= cutoff):
            return text
    return repr(score)


def cutoff_text(cutoff: float) -> str:
    """A cut-off with two decimals if it has no more, else three."""
    return f"{cutoff:.2f}" if round(cutoff, 2) == cutoff else f"{cutoff:.3f}"


def group_text(score: TaskScore) -> str:
    """E.g. "high: at or above the cut-off 0.50"."""
    if score.group is Group.INDETERMINATE:
        return f"between groups: near the cut-off {cutoff_text(score.cutoff)}"
    side = "at or above" if score.group is Group.HIGH else "below"
    return f"{score.group}: {side} the cut-off {cutoff_text(score.cutoff)}"


def interval_text(score: TaskScore) -> str:
    """E.g. "90% interval 0.42 to 0.52", ends on their own side of the cut-off."""
    low, high = (shown(end, score.cutoff) for end in (score.interval.low, score.interval.high))
    return f"{score.interval.level:.0%} interval {low} to {high}"


def group_name(group: Group) -> str:
    """The group in a word or two."""
    return "between groups" if group is Group.INDETERMINATE else str(group)


def step_text(number: int, name: StepName) -> str:
    """E.g. "Step 2 of 6: PET to SUV"."""
    return f"Step {number} of {len(STEPS)}: {STEPS[name]}"
