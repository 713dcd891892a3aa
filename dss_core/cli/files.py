"""Output files of the command line: their options and names."""

import argparse
from pathlib import Path

from dss_core.errors import InputError


def add_argument_out(parser: argparse.ArgumentParser, kind: str, *, required: bool) -> None:
    """Add `--out FILE` whose folder must exist."""
    parser.add_argument("--out", type=target, required=required, help=f"{kind} file to write")


def add_argument_pet_unit(parser: argparse.ArgumentParser) -> None:
    """Add `--pet-unit`."""
    from dss_core.reading.volume_files import PetUnit

    parser.add_argument(
        "--pet-unit",
        type=PetUnit,
        choices=list(PetUnit),
        help="unit of a PET in a NIfTI, NRRD or MHA file",
    )


def add_argument_identity(parser: argparse.ArgumentParser) -> None:
    """Add `--identity`."""
    from dss_core.reading.patient_and_study import IdentityChoice

    parser.add_argument(
        "--identity",
        type=IdentityChoice,
        choices=list(IdentityChoice),
        default=IdentityChoice.NONE,
        help="patient and study of DICOM objects: none, or copied from the CT; default: none",
    )


def add_arguments_region(parser: argparse.ArgumentParser, action: str = "store") -> None:
    """Add `--roi-name` and `--roi-number`."""
    parser.add_argument(
        "--roi-name",
        action=action,
        help="region name; default: the only one that speaks of a tumour (GTV, tumour, lesion ...)",
    )
    parser.add_argument(
        "--roi-number",
        type=int,
        action=action,
        help="ROINumber, SegmentNumber or label of the region, where several have one name",
    )


def check_suffix(path: Path, suffixes: tuple[str, ...]) -> None:
    """Refuse a target whose name does not end as its format needs.

    Raises
    ------
    InputError
    """
    if not path.name.endswith(suffixes):
        raise InputError(
            f"The output file must end in {' or '.join(suffixes)}, found {path.name!r}."
        )


def target(text: str) -> Path:
    """A file to write, as argparse reads it; its folder must exist."""
    path = Path(text)
    if not path.absolute().parent.is_dir():
        raise argparse.ArgumentTypeError(f"the folder {path.parent} does not exist; create it")
    return path
