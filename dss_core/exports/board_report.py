"""The board report: what is said of a case, with which pictures, in which order.

One value, made from a case record (`make_board_report`) and drawn by the page and every writer.
Every text is finished: rounded, shortened and in the language of the report.
"""

from dataclasses import dataclass
from enum import StrEnum

from dss_core.case.key_pictures import MAP
from dss_core.case.place_in_cohort import GroupSurvival
from dss_core.exports.phrase import Lang


class Tone(StrEnum):
    """What a colour stands for."""

    HIGH = "high"
    LOW = "low"
    UNDECIDED = "undecided"
    GOOD = "good"


@dataclass(frozen=True)
class Gauge:
    """A score on the scale from 0 to 1, as places to draw at; never printed."""

    dls: float
    low: float
    high: float
    cutoff: float


@dataclass(frozen=True)
class ScoreLine:
    """One score.

    Attributes
    ----------
    number : str
        Empty where it is withheld.
    group : str
        In a word.
    against : str
        Cut-off and interval; empty where it is withheld.
    meaning : str
        What the side of the cut-off says; or why this score and those above are withheld.
    """

    name: str
    number: str
    group: str
    tone: Tone
    against: str
    meaning: str
    gauge: Gauge | None


@dataclass(frozen=True)
class Answer:
    """What one of tissue, guideline and imaging says.

    Attributes
    ----------
    strong : bool
        False where a result on tissue or plasma takes precedence over it.
    """

    name: str
    text: str
    strong: bool = True


@dataclass(frozen=True)
class DecisionLines:
    """Whether imaging and guideline agree, and what either says.

    Attributes
    ----------
    lead : str
        The reasons, the most important first.
    answers : tuple of Answer
        In the order in which they count: tissue or plasma, where it has answered what imaging
        suggests, then the ends of both pathways.
    """

    badge: str
    tone: Tone
    lead: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True)
class VerdictLines:
    """The clinicians' last assessment; `opinion` alone where there is none yet."""

    opinion: str
    reason: str
    signed: str


@dataclass(frozen=True)
class OutcomeRow:
    """Past patients of one group on one treatment, in counts.

    Attributes
    ----------
    own : bool
        The group of this patient.
    """

    group: str
    own: bool
    n: str
    events: str
    median: str
    at_12: str


@dataclass(frozen=True)
class CurveTable:
    """The rows under one curve: at risk, censored, events, one cell a time."""

    group: str
    tone: Tone
    own: bool
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class CurvesFigure:
    """A Kaplan-Meier figure.

    Attributes
    ----------
    survival : GroupSurvival
        What is drawn.
    own : tuple of bool
        For each curve, whether it is that of this patient's group.
    months : tuple of str
        Heads of the columns of the tables.
    """

    title: str
    alt: str
    survival: GroupSurvival
    own: tuple[bool, ...]
    time_axis: str
    survival_axis: str
    months: tuple[str, ...]
    row_names: tuple[str, ...]
    tables: tuple[CurveTable, ...]
    note: str


@dataclass(frozen=True)
class PastPatients:
    """The case among past patients.

    Attributes
    ----------
    lines : tuple of str
        The position of each score, or why there is none; whose outcomes are shown and why, or why
        no curve is.
    heads : tuple of str
        Of the columns of `rows`.
    notes : tuple of str
        How to read it.
    """

    lines: tuple[str, ...]
    heads: tuple[str, ...]
    rows: tuple[OutcomeRow, ...]
    figure: CurvesFigure | None
    notes: tuple[str, ...]


@dataclass(frozen=True)
class ReportPicture:
    """A picture with its texts; `png` is a PNG file."""

    name: str
    title: str
    caption: str
    alt: str
    png: bytes


@dataclass(frozen=True)
class Fact:
    """A named value of the provenance."""

    name: str
    value: str


@dataclass(frozen=True)
class Heads:
    """Headings of the parts."""

    title: str
    patient: str
    scores: str
    decision: str
    verdict: str
    past: str
    warnings: str
    provenance: str


@dataclass(frozen=True)
class BoardReport:
    """Everything that is presented of a case.

    Attributes
    ----------
    patient : str
        What is recorded of the patient, and what is not.
    warnings : tuple of str
        First sentences, the most important first, at most `MOST_WARNINGS`: every form of the
        report shows exactly these.
    more_warnings : str
        How many are not among them; empty where none is.
    no_pictures : str
        Said in place of pictures where there are none.
    """

    lang: Lang
    heads: Heads
    notice: str
    label: str
    facts: str
    patient: str
    created: str
    pictures: tuple[ReportPicture, ...]
    no_pictures: str
    scores: tuple[ScoreLine, ...]
    decision: DecisionLines
    verdict: VerdictLines
    past: PastPatients
    warnings: tuple[str, ...]
    more_warnings: str
    provenance: tuple[Fact, ...]

    @property
    def captions(self) -> tuple[str, ...]:
        """Those below a row of pictures, which say their windows themselves: slice and outline,
        and that of an attention map, which is never shown without it."""
        return tuple(one.caption for one in self.pictures if one.name in ("ct", MAP))
