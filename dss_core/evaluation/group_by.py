"""What the patients of an evaluation are grouped by."""

from enum import StrEnum


class GroupBy(StrEnum):
    """What the groups are formed by; PART is training, validation, and each external cohort."""

    PART = "part"
    COHORT = "cohort"
    SITE = "site"
    HISTOLOGY = "histology"
    SPLIT = "split"
