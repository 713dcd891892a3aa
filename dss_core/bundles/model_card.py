"""The model card: the document and data that are shipped with the weights, as `card.json`.

What scoring needs is typed and checked; whatever else a card tells (training, metrics, notes) is
kept as it is. A card is written with the keys it was made with, no more.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from dss_core.bundles.bundle_folders import CARD
from dss_core.errors import WeightsError
from dss_core.reading.strict_json import read_json, refusal
from dss_core.records import Task
from dss_core.settings import ALONE, TOGETHER, AdjacentSlices, Preprocessing, TrainingRanges

FORMAT: Final = 1
KERAS: Final = "Keras"
LARGEST_MULTIPLE = 10.0
Z = 1.6448536269514722
"""95th percentile of the standard normal: the multiple where none was measured."""
Positive = Annotated[StrictFloat, Field(gt=0)]


def _of_its_folder(name: str) -> str:
    if not name or Path(name).name != name:
        raise ValueError(f"expected the name of a file of its own folder, found {name!r}")
    return name


class CardPart(BaseModel):
    """A part of a card, with keys of its own beside those that are known."""

    model_config = ConfigDict(
        frozen=True,
        extra="allow",
        allow_inf_nan=False,
        serialize_by_alias=True,
        ser_json_inf_nan="constants",
    )

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values, with the keys it was made with."""
        return self.model_dump(mode="json", exclude_unset=True)

    def changed(self, **values: Any) -> Self:
        """With other values by their keys on the card, checked like any card."""
        return self.model_validate({**self.to_json(), **values})


class ListedFile(CardPart):
    """A file of the bundle and what it hashes to."""

    name: Annotated[str, AfterValidator(_of_its_folder)]
    sha256: str


class ReferenceOutputsFile(ListedFile):
    """Where the reference outputs lie, and how far the networks may differ from them."""

    tolerance: Annotated[StrictFloat, Field(ge=0)]


class Interval(CardPart):
    """How far a score's interval reaches, and how often it held in simulated patients.

    Attributes
    ----------
    multiple : float
        As measured with these weights, else as for normal errors.
    coverage : float or None
        Share of the second scans that it held; None where it was not measured.
    """

    level: StrictFloat | None = None
    multiple: Annotated[StrictFloat, Field(gt=0, lt=LARGEST_MULTIPLE)] = Z
    coverage: StrictFloat | None = None
    simulated_patients_scanned_twice: StrictInt | None = None


class TaskTraining(CardPart):
    """How a task was trained here; `patients` is 0 where the card does not say."""

    patients: StrictInt = 0


class TaskCard(CardPart):
    """What a card says of one task.

    Attributes
    ----------
    cutoff : float
        Scores at or above it are "high".
    cutoff_origin : str
        Where the cut-off comes from, in words.
    files : tuple of ListedFile
        One for each network of the ensemble.
    cannot_score_because : str
        Why its networks cannot score a case; empty where they can.
    """

    cutoff: Annotated[StrictFloat, Field(gt=0, lt=1)]
    cutoff_origin: str
    metrics: dict[str, Any]
    training: TaskTraining = TaskTraining()
    files: Annotated[tuple[ListedFile, ...], Field(min_length=1)]
    reference_outputs: ReferenceOutputsFile | None = Field(default=None, alias="golden")
    interval: Interval = Interval()
    cannot_score_because: str = ""


class SourceFile(CardPart):
    """The Keras file that a network was imported from."""

    file: str


class KerasTaskCard(TaskCard):
    """What a card says of an imported task.

    Attributes
    ----------
    network : dict
        Layers and how they follow each other (`networks.keras_import.architecture`).
    attention_layer : str or None
        By its Keras name; None where the network has none.
    """

    sources: tuple[SourceFile, ...]
    attention_layer: str | None
    network: dict[str, Any]


class OodThreshold(CardPart):
    """A distance from the training images beyond which something is done."""

    distance: Positive
    false_alarms: StrictFloat | None = None


class OodReferenceCard(CardPart):
    """The training images: their file, what it holds, and from where a case is unlike them.

    Attributes
    ----------
    compared_with : str
        Who the training patients are, in words.
    warn, stop : OodThreshold
        Beyond the first the score comes with a warning, beyond the second it is withheld.
    """

    file: ListedFile
    features: tuple[str, ...]
    compared_with: str
    training_patients: StrictInt | None = None
    held_out_patients: StrictInt | None = None
    warn: OodThreshold
    stop: OodThreshold

    @field_validator("stop")
    @classmethod
    def _beyond_warn(cls, stop: OodThreshold, info: ValidationInfo) -> OodThreshold:
        warn = info.data.get("warn")
        if warn is not None and stop.distance < warn.distance:
            raise ValueError(
                f"expected at least the distance of warn, {warn.distance}, found {stop.distance}"
            )
        return stop


class ModelCard(CardPart):
    """The card of a bundle of networks of ours.

    Attributes
    ----------
    demo : bool
        True when trained on simulated data only: every score must say so.
    neighbour_mm : float or None
        Distance of the slices that are seen together with each; see `AdjacentSlices`.
    training_ranges : TrainingRanges or None
        None where the card has none.
    ood_reference : OodReferenceCard or None
        None where the bundle brings no training images to compare with.
    """

    format: Literal[1]
    title: str
    demo: StrictBool
    architecture: Literal["SResCNN", "SResCNN-2.5D", "Keras"]
    neighbour_mm: Positive | None = Field(default=None, validate_default=True)
    parameters: Any = None
    members: Any = None
    preprocessing: Preprocessing
    tasks: Mapping[Task, TaskCard]
    training: Any = None
    training_ranges: TrainingRanges | None = None
    intended_use: Any = None
    model_card: Any = None
    licence: Any = None
    ood_reference: OodReferenceCard | None = Field(default=None, alias="novelty")

    @field_validator("neighbour_mm")
    @classmethod
    def _of_architecture(cls, neighbour_mm: float | None, info: ValidationInfo) -> float | None:
        architecture = info.data.get("architecture")
        if architecture == TOGETHER and neighbour_mm is None:
            raise ValueError(
                f"expected the distance of the neighbouring slices in mm, which a {TOGETHER!r} "
                "network needs, found none"
            )
        if architecture in (ALONE, KERAS) and neighbour_mm is not None:
            raise ValueError(
                f"expected none, because {architecture!r} sees one slice at a time, found "
                f"{neighbour_mm}"
            )
        return neighbour_mm

    @property
    def adjacent_slices(self) -> AdjacentSlices:
        """Which slices its networks see at once."""
        return AdjacentSlices(self.neighbour_mm)


class KerasCard(ModelCard):
    """The card of a bundle of imported networks."""

    architecture: Literal["Keras"]
    tasks: Mapping[Task, KerasTaskCard]


def read_card(folder: Path) -> ModelCard:
    """The card of the bundle in a folder.

    Raises
    ------
    WeightsError
        As `parse_card`, or the file cannot be read.
    """
    try:
        return parse_card((folder / CARD).read_bytes(), folder.name)
    except OSError as problem:
        raise WeightsError(
            f"The card of weights bundle {folder.name!r} cannot be read; restore the bundle."
        ) from problem


def parse_card(content: bytes, name: str) -> ModelCard:
    """The card of the bundle `name`, from the file's content.

    Raises
    ------
    WeightsError
        If it is not such a card; every bad field is named by its path.
    """
    what = f"The card of weights bundle {name!r}"
    values = read_json(content, what, WeightsError)
    imported = isinstance(values, dict) and values.get("architecture") == KERAS
    try:
        return (KerasCard if imported else ModelCard).model_validate(values)
    except ValidationError as fault:
        raise refusal(fault, what, WeightsError, "Restore the bundle.") from fault
