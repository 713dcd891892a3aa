"""Errors: each says what was expected, what was found and what to do.

A refusal is for input that must not be computed on. A score that is computed but not
shown (for example outside the model's range) is a result, not an error.
"""


class DssError(Exception):
    """Base of every refusal; its text is one clear sentence for the user."""


class InputError(DssError):
    """A file, tag or choice that cannot be used as given."""


class GeometryError(DssError):
    """Images or regions that do not fit together in space."""


class WeightsError(DssError):
    """A weights bundle that is missing, damaged or not of the expected kind."""


class CohortError(DssError):
    """A cohort table that cannot be analysed as given."""


class DecisionError(DssError):
    """A patient description or rule table the decision pathway cannot use."""


class StorageError(DssError):
    """A file or folder that the machine does not let this program read or write."""


class ConflictError(DssError):
    """Something that somebody else has changed since it was read."""


class PacsError(DssError):
    """A PACS that does not answer, refuses, or answers with less than was asked for."""
