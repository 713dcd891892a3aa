"""The words for scores, steps and SUV rules, the same on every page.

The hyphen of PD‑L1 is one that does not break at a line end.
"""

from dataclasses import dataclass

from dss_core.progress import StepName
from dss_core.records import Group, Task, TaskScore
from dss_core.scoring.score_text import cutoff_text, shown


@dataclass(frozen=True)
class TaskWords:
    """How a score is named and what its two sides mean."""

    title: str
    marker: str
    high: str
    low: str
    not_a_test: str

    def meaning(self, group: Group) -> str:
        """What a score in this group says."""
        return {Group.HIGH: self.high, Group.LOW: self.low, Group.INDETERMINATE: UNDECIDED}[group]


UNDECIDED = (
    "Indeterminate: the interval includes the cut-off, so the tumour is assigned to neither group."
)

TASKS = {
    Task.EGFR: TaskWords(
        "EGFR-DLS",
        "EGFR",
        "Image pattern closer to EGFR-mutant tumours.",
        "Image pattern closer to EGFR wild-type tumours.",
        "It does not replace an EGFR test.",
    ),
    Task.PDL1: TaskWords(
        "PDL1-DLS",
        "PD‑L1",
        "Image pattern closer to PD‑L1-positive tumours.",
        "Image pattern closer to PD‑L1-negative tumours.",
        "It does not replace PD‑L1 immunohistochemistry.",
    ),
}

CLASSES = {
    Task.EGFR: ("towards EGFR mutant", "towards EGFR wild type"),
    Task.PDL1: ("towards PD-L1 positive", "towards PD-L1 negative"),
}
"""The class a response points towards: the positive class of a task, then the other."""

STEPS = {
    StepName.READ: "Read files",
    StepName.SUV: "Convert PET to SUV",
    StepName.ALIGN: "Register PET to CT",
    StepName.REGION: "Take tumour region",
    StepName.TENSOR: "Prepare network input",
    StepName.SCORE: "Score",
}

SUV_RULES = {
    "admin": "activity decay-corrected to injection time (DecayCorrection ADMIN)",
    "series_time": "decay-corrected to the series time",
    "frame_reference_time": "decay reference computed back from the frame reference time",
    "earliest_acquisition": "decay-corrected to the earliest acquisition",
    "ge_private_scan_time": "decay-corrected to the scan time in the GE private tag",
    "no_decay_correction": "no decay correction in the file; corrected per slice",
    "philips_suv_scale": "Philips counts with the private SUV scale",
    "declared_suvbw": "SUVbw, as declared by the user",
    "GML_BW": "SUV by body weight, as stored in the file",
}


def suv_rule(rule: str) -> str:
    """An SUV rule in words; a rule without words stands for itself."""
    prefix = "philips_activity_scale+"
    if rule.startswith(prefix):
        return f"Philips counts with the private activity scale, {suv_rule(rule[len(prefix) :])}"
    if rule.startswith(("GML_", "CM2ML_")) and rule not in SUV_RULES:
        return f"SUV by {rule.split('_', 1)[1]} in the file, converted to body weight"
    return SUV_RULES.get(rule, rule)


def group_text(score: TaskScore) -> str:
    """E.g. "high: at or above the cut-off 0.50"."""
    if score.group is Group.INDETERMINATE:
        return f"indeterminate: interval includes the cut-off {cutoff_text(score.cutoff)}"
    side = "at or above" if score.group is Group.HIGH else "below"
    return f"{score.group}: {side} the cut-off {cutoff_text(score.cutoff)}"


def interval_text(score: TaskScore) -> str:
    """E.g. "90% interval 0.42 to 0.52", ends on their own side of the cut-off."""
    low, high = (shown(end, score.cutoff) for end in (score.interval.low, score.interval.high))
    return f"{score.interval.level:.0%} interval {low} to {high}"


def group_name(group: Group) -> str:
    """The group in a word."""
    return "indeterminate" if group is Group.INDETERMINATE else str(group)


def signed(value: float | None, digits: int = 2) -> str:
    """E.g. "+0.01" or "−0.08", with a minus sign rather than a hyphen; a dash for no value."""
    if value is None:
        return "-"
    return f"{value:+.{digits}f}".replace("-", "−")


def step_text(number: int, name: StepName) -> str:
    """E.g. "Step 2 of 6: Convert PET to SUV"."""
    return f"Step {number} of {len(STEPS)}: {STEPS[name]}"
