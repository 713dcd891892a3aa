"""Whether a bundle is as it was written and still computes what it computed then."""

from collections.abc import Mapping
from dataclasses import dataclass

from dss_core.bundles import reference_outputs
from dss_core.bundles.bundle import load_bundle, read_listed
from dss_core.bundles.bundle_folders import bundle_folder
from dss_core.bundles.reference_outputs import ReferenceOutputsCheck
from dss_core.errors import WeightsError
from dss_core.records import Task


@dataclass(frozen=True)
class Verification:
    """A bundle whose files match its card and hold finite values, run on its reference inputs."""

    id: str
    sha256: str
    reference_outputs: Mapping[Task, ReferenceOutputsCheck]

    @property
    def recorded(self) -> bool:
        """Whether reference outputs exist for every task."""
        return all(check.recorded for check in self.reference_outputs.values())


def verify_bundle(name: str) -> Verification:
    """Check hashes and values of every file, then run the networks on their reference inputs.

    Raises
    ------
    WeightsError
        A file is missing, changed or misfits, or the networks no longer give what they gave.
    """
    bundle = load_bundle(name)
    folder = bundle_folder(name)
    checks = {}
    for task, model in bundle.models.items():
        proof = bundle.card.tasks[task].reference_outputs
        if proof is None:
            checks[task] = ReferenceOutputsCheck(recorded=False)
            continue
        recorded = read_listed(folder, proof)
        found = reference_outputs.repeat(model.members, recorded, proof.tolerance)
        if not found.passed:
            raise WeightsError(
                f"The {task} networks of {name!r} differ from their reference outputs by up to "
                f"{found.largest_difference:.2g}, at most {proof.tolerance:.2g} is allowed; this "
                "installation computes something else. Install the pinned versions."
            )
        checks[task] = found
    return Verification(name, bundle.sha256, checks)
