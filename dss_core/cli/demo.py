"""`demo`: writes a simulated patient as DICOM, and lists the demonstration patients."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from dss_core.case.demo_patients import FIRST, demo_patients, story_named
from dss_core.case.demo_stories import DemoStory
from dss_core.errors import InputError
from dss_core.phantom.demo_case import write_demo_case
from dss_core.phantom.subject import Subject
from dss_core.records import Task


def run(arguments: argparse.Namespace) -> Any:
    """Write a simulated patient and say what was written, or list the demo patients.

    Raises
    ------
    InputError
        If no folder is named, the folder already contains files, there is no such patient, or the
        seed is negative.
    """
    if arguments.list:
        return _listed()
    folder: Path | None = arguments.folder
    if folder is None:
        raise InputError("A folder for the files was expected. Name one, or give --list.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(
            f"The demo case needs a new or empty folder; {folder} already contains files. "
            "Name another folder."
        )
    seed: int | None = arguments.seed
    if seed is not None and seed < 0:
        raise InputError(f"The seed must be 0 or more; found {seed}.")
    story = story_named(arguments.patient or FIRST) if seed is None else None
    case = write_demo_case(folder, story.subject if story else Subject(seed=arguments.seed))
    return {
        "simulated": True,
        "folder": str(case.folder),
        "ct": str(case.ct_folder),
        "pet": str(case.pet_folder),
        "roi": str(case.rtstruct),
        "roi_name": case.roi_name,
        "files": case.n_files,
        "seed": case.seed,
        "truth": asdict(case.truth),
        **(_told(story) | {"patient": story.facts} if story else {}),
    }


def _listed() -> list[dict[str, Any]]:
    """Name, title, story, and each score with interval and group as in the shipped record."""
    return [_told(story_named(p.name)) | _scores(p.record.result) for p in demo_patients()]


def _scores(result: dict[str, Any]) -> dict[str, Any]:
    return {
        str(task): {key: result[str(task)].get(key) for key in ("dls", "interval", "group")}
        for task in Task
    }


def _told(story: DemoStory) -> dict[str, Any]:
    return {"name": story.name, "title": story.title, "story": story.story}
