"""Whether a saved case can be scored again."""

import hashlib

from dss_core.bundles.bundle_folders import CARD, bundle_folders
from dss_core.case.record import CaseRecord, Keep
from dss_core.storage import reading


def why_not_rescored(record: CaseRecord) -> str | None:
    """Why the case cannot be scored again as it was; None where it can."""
    weights = why_not_its_weights(record)
    if weights is not None:
        return weights
    if record.keep is not Keep.IMAGES:
        return "Only the record of this case is kept. Give its files to score it again."
    return None


def why_not_its_weights(record: CaseRecord) -> str | None:
    """Why the networks that scored the case are not at hand; None where they are.

    Raises
    ------
    StorageError
        If their model card cannot be read.
    """
    weights = record.result.get("weights_id")
    folder = bundle_folders().get(str(weights))
    if folder is None:
        return (
            f"The weights {weights!r} of this case are no longer installed, so it cannot be scored "
            "again. Its record is complete."
        )
    with reading(folder):
        found = hashlib.sha256((folder / CARD).read_bytes()).hexdigest()
    if found != record.result.get("weights_sha256"):
        return (
            f"The weights {weights!r} were changed since they scored this case, so it cannot be "
            "scored again as it was. Its record is complete."
        )
    return None
