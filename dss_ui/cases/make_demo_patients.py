"""Makes the records of the demonstration patients that come with the program.

`python -m dss_ui.cases.make_demo_patients [NAME ...]` simulates each patient whose files are not
there yet, scores it with the shipped demo weights through the door of every upload, decides on its
facts, draws its key pictures and writes its record. With `--decisions` it only decides anew, in a
second. For maintainers, after a change of weights, simulation, scores, rules or stories.
"""

import logging
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from dss_core.bundles.bundle import Bundle, load_bundle
from dss_core.case.case_files import CaseFiles, ImageFiles, find_case
from dss_core.case.demo_patients import RECORDS, demo_case_id, demo_patients, story_named
from dss_core.case.demo_stories import STORIES, DemoStory
from dss_core.case.key_pictures import key_pictures
from dss_core.case.make_place import recorded_place
from dss_core.case.make_record import record_of
from dss_core.case.open_case import open_case
from dss_core.case.record import CaseRecord, Document, Keep
from dss_core.case.report import as_json
from dss_core.case.score_case import score_case
from dss_core.decision.decide import decide, decision_to_json
from dss_core.decision.patient_file import patient_from_json
from dss_core.decision.rule_set import guideline_rules
from dss_core.decision.scored_case import scores_from_result
from dss_ui.shell.demo_case import demo_folder

_LOG = logging.getLogger(__name__)


def make_record(story: DemoStory, folder: Path, weights: Bundle, now: datetime) -> CaseRecord:
    """The scored record of a patient whose files lie in a folder.

    Parameters
    ----------
    folder : Path
        As `demo_folder` gives it.
    now : datetime
        With time zone.
    """
    images = ImageFiles(folder / "CT", folder / "PET")
    opened = open_case(find_case(CaseFiles(images, folder / "RTSTRUCT.dcm")))
    scored = score_case(opened.images, opened.region, weights)
    result = as_json(scored.result)
    record = record_of(
        opened,
        result,
        now=now,
        keep=Keep.NONE,
        kept_until=None,
        label=story.title,
        simulated=True,
        pictures=key_pictures(opened.images, opened.region.roi),
    )
    return record.model_copy(
        update={
            "id": demo_case_id(story.name),
            "patient": story.facts,
            "decision": decision_on(story, result),
        }
    )


def decision_on(story: DemoStory, result: Document) -> Document:
    """As `decide` prints it, for the facts of a story and a scored result."""
    rules = guideline_rules()
    file = patient_from_json(story.facts, rules)
    return decision_to_json(decide(file, scores_from_result(result), rules))


def decided_anew(story: DemoStory) -> CaseRecord:
    """The shipped record of a patient with its story's facts and the decision on them."""
    (record,) = (p.record for p in demo_patients() if p.name == story.name)
    decision = decision_on(story, record.result)
    return record.model_copy(
        update={
            "label": story.title,
            "patient": story.facts,
            "decision": decision,
            "place": recorded_place(record.result),
        }
    )


def main(words: Sequence[str]) -> None:
    """Write the records of the named patients, of all where none is named."""
    names = [word for word in words if word != "--decisions"]
    now = datetime.now(UTC)
    for story in [story_named(name) for name in names] or STORIES:
        if len(names) < len(words):
            record = decided_anew(story)
        else:
            record = make_record(story, demo_folder(story.name), load_bundle("demo"), now)
        content = record.to_json()
        (RECORDS / f"{story.name}.json").write_bytes(content)
        _LOG.info("%s: %.0f kB", story.name, len(content) / 1000)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    main(sys.argv[1:])
