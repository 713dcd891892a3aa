"""Core of the NSCLC PET/CT decision support: runs without any user interface.

`from dss_core import score` gives the one call that scores a case; it is imported when asked for,
so that `import dss_core` stays cheap.

Raises
------
DssError
    Every refusal of this package is a subclass; see `dss_core.errors`.
"""

from importlib import import_module
from typing import Any

from dss_core import gdcm_probes

__version__ = "0.2.0"
gdcm_probes.install()


def __getattr__(name: str) -> Any:
    if name == "score":
        return import_module("dss_core.case.scoring_entry").score
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
