"""Core of the NSCLC PET/CT decision support: runs without any user interface.

Raises
------
DssError
    Every refusal of this package is a subclass; see `dss_core.errors`.
"""

__version__ = "0.1.0"
