"""Region names without the patient identifiers of the same file."""

import re

from pydicom.dataset import Dataset

from dss_core.reading.tags import text

_IDENTITY = ("PatientName", "PatientID", "AccessionNumber", "PatientBirthDate", "OtherPatientIDs")
_SHORTEST = 3


def without_identity(name: str, dataset: Dataset) -> str:
    """The name with every word that identifies the file's patient replaced by ***.

    Parts of fewer than three letters are left: they are in too many other words.
    """
    words = {
        word
        for keyword in _IDENTITY
        for word in (text(dataset, keyword), *re.split(r"[\^ =,\\]+", text(dataset, keyword)))
        if len(word) >= _SHORTEST
    }
    for word in sorted(words, key=len, reverse=True):
        name = re.sub(rf"(?<![^\W_]){re.escape(word)}(?![^\W_])", "***", name, flags=re.IGNORECASE)
    return name
