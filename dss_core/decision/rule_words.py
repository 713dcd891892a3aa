"""The fixed words of rule sets: how far a row was checked, and what kind of answer a node is."""

from enum import StrEnum


class Mark(StrEnum):
    """How far a row has been checked against its source."""

    CONFIRMED = "C"
    PARTLY = "P"
    MEMORY = "MEM"
    RULE = "RULE"

    @property
    def words(self) -> str:
        """The mark for people."""
        return _MARK_WORDS[self]


_MARK_WORDS = {
    Mark.CONFIRMED: "verified in the source",
    Mark.PARTLY: "partly verified",
    Mark.MEMORY: "citation not verified",
    Mark.RULE: "project rule, no source",
}


class Strategy(StrEnum):
    """What kind of answer a node is; the comparison of two pathways rests on it."""

    NONE = "none"
    WAYPOINT = "waypoint"
    WAIT = "wait"
    ASK = "ask"
    REFER_TO_BOARD = "board"
    BRIDGE = "bridge"
    EGFR_TKI = "egfr_tki"
    TARGETED = "targeted"
    IMMUNOTHERAPY = "immunotherapy"
    CHEMOTHERAPY = "chemotherapy"
    INDIVIDUAL = "individual"
    SUPPORTIVE = "supportive"

    @property
    def treatment(self) -> str | None:
        """The kind of treatment; None for an answer whose title names what to do."""
        return _TREATMENTS.get(self)


_TREATMENTS = {
    Strategy.EGFR_TKI: "EGFR-TKI",
    Strategy.TARGETED: "Targeted therapy",
    Strategy.IMMUNOTHERAPY: "Immunotherapy",
    Strategy.CHEMOTHERAPY: "Chemotherapy",
}
