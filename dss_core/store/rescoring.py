"""Whether a saved case can be scored again."""

from dss_core.bundles.bundle_folders import bundle_folders
from dss_core.case.record import CaseRecord, Keep


def why_not_rescored(record: CaseRecord) -> str | None:
    """Why the case cannot be scored again as it was; None where it can."""
    weights = record.result.get("weights_id")
    if weights not in bundle_folders():
        return (
            f"The weights {weights!r} of this case are no longer installed, so it cannot be scored "
            "again. Its record is complete."
        )
    if record.keep is not Keep.IMAGES:
        return "Only the record of this case is kept. Give its files to score it again."
    return None
