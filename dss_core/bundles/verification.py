"""Whether a bundle is as it was written and still computes what it computed then."""

from collections.abc import Mapping
from dataclasses import dataclass

from dss_core.bundles import reference_outputs
from dss_core.bundles.bundle import load_bundle, read_listed
from dss_core.bundles.bundle_folders import bundle_folders
from dss_core.bundles.reference_outputs import ReferenceOutputsCheck
from dss_core.errors import WeightsError
from dss_core.records import Task


@dataclass(frozen=True)
class Verification:
    """A bundle whose files match its card and hold finite values, run on its reference inputs."""

    id: str
    sha256: str
    golden: Mapping[Task, ReferenceOutputsCheck]

    @property
    def recorded(self) -> bool:
        """Whether reference outputs exist for every task."""
        return all(check.recorded for check in self.golden.values())


def verify_bundle(name: str) -> Verification:
    """Check hashes and values of every file, then run the networks on their reference inputs.

    Raises
    ------
    WeightsError
        A file is missing, changed or misfits, or the networks no longer give what they gave.
    """
    bundle = load_bundle(name)
    folder = bundle_folders()[name]
    checks = {}
    for task, model in bundle.models.items():
        proof = bundle.card["tasks"][str(task)].get("golden")
        if proof is None:
            checks[task] = ReferenceOutputsCheck(recorded=False)
            continue
        try:
            tolerance = float(proof["tolerance"])
            recorded = read_listed(folder, proof)
        except (KeyError, TypeError, ValueError) as problem:
            raise WeightsError(
                f"The card of weights bundle {name!r} is malformed ({problem!r}); restore it."
            ) from problem
        found = reference_outputs.repeat(model.members, recorded, tolerance)
        if not found.passed:
            raise WeightsError(
                f"The {task} networks of {name!r} differ from their reference outputs by up to "
                f"{found.largest_difference:.2g}, at most {tolerance:.2g} is allowed; this "
                "installation computes something else. Install the pinned versions."
            )
        checks[task] = found
    return Verification(name, bundle.sha256, checks)
