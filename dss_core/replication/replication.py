"""What a replication found: recomputed numbers beside their references."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """One recomputed number beside its reference.

    Attributes
    ----------
    computed : float or None
        None: not reached.
    reference : str
        With the digits it is given to; "not reached" for a median without an end.
    agrees : bool
        Equal to the last given digit; AUCs within 0.001.
    """

    part: str
    what: str
    computed: float | None
    reference: str
    agrees: bool
    claim: str = ""


@dataclass(frozen=True)
class Replication:
    """All rows, the faults met on the way, and what could not be computed."""

    rows: tuple[Row, ...]
    notes: tuple[str, ...]
    not_computed: tuple[str, ...]
    sources: tuple[str, ...]

    @property
    def all_agree(self) -> bool:
        """True when every row agrees."""
        return all(row.agrees for row in self.rows)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, as the command line prints them."""
        return {
            "n_rows": len(self.rows),
            "n_agree": sum(row.agrees for row in self.rows),
            "all_agree": self.all_agree,
        } | asdict(self)

    def to_markdown(self) -> str:
        """The same as a document to read."""
        agree = sum(row.agrees for row in self.rows)
        lines = [
            "# Replication of the published analysis",
            "",
            "Research use only. Not a medical device.",
            "",
            f"{agree} of {len(self.rows)} published values reproduced to the last reported digit.",
            "",
            *(f"- Source: {source}" for source in self.sources),
            "",
            "| Part | Number | Recomputed | Reference | Agrees |",
            "|---|---|---|---|---|",
        ]
        lines += [
            f"| {r.part} | {r.what} | {shown(r)} | {r.reference} | {'yes' if r.agrees else 'NO'} |"
            for r in self.rows
        ]
        claims = dict.fromkeys((r.part.split(":")[0], r.claim) for r in self.rows if r.claim)
        lines += ["", "## What the paper states", ""]
        lines += [f"- {part}: {claim}" for part, claim in claims]
        lines += ["", "## Limitations", "", *(f"- {note}" for note in self.notes)]
        if self.not_computed:
            lines += ["", "## Not computed", "", *(f"- {item}" for item in self.not_computed)]
        return "\n".join(lines) + "\n"


def shown(row: Row) -> str:
    """A computed number with one digit more than its reference."""
    if row.computed is None:
        return "not reached"
    digits = len(row.reference.partition(".")[2])
    return f"{row.computed:.{digits + 1}f}" if digits else f"{row.computed:g}"
