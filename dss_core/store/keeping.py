"""Keeping: what of a scored case stays on this server, and for how long.

An administrator sets the default by DSS_KEEP ("none", "record" or "images") and DSS_KEEP_DAYS;
every case may be given another.
"""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta

from dss_core.case.record import Keep
from dss_core.errors import InputError

_LONGEST_DAYS = 36_500


@dataclass(frozen=True)
class Keeping:
    """What stays unless a person says otherwise.

    Attributes
    ----------
    keep : Keep
    days : int
        Until it is deleted.
    """

    keep: Keep = Keep.IMAGES
    days: int = 30

    @classmethod
    def current(cls) -> "Keeping":
        """The defaults, with what the environment sets.

        Raises
        ------
        InputError
            If a variable has another value than those that it may have.
        """
        keep = os.environ.get("DSS_KEEP", cls.keep)
        if keep not in list(Keep):
            raise InputError(
                f"The environment variable DSS_KEEP is {keep!r}; {', '.join(Keep)} were expected. "
                "Correct or unset it."
            )
        days = os.environ.get("DSS_KEEP_DAYS", str(cls.days))
        if not (days.isascii() and days.isdigit() and 0 < int(days) <= _LONGEST_DAYS):
            raise InputError(
                f"The environment variable DSS_KEEP_DAYS is {days!r}; a whole number of days from "
                f"1 to {_LONGEST_DAYS} was expected. Correct or unset it."
            )
        return cls(Keep(keep), int(days))

    def until(self, now: datetime) -> datetime:
        """When a case that is saved now is deleted."""
        return now + timedelta(days=self.days)


def chosen(keep: Keep | None) -> Keeping:
    """What stays of one case that somebody asked to save.

    Raises
    ------
    InputError
        If nothing is said of it, and this installation keeps nothing.
    """
    usual = Keeping.current()
    if keep is None and usual.keep is Keep.NONE:
        raise InputError(
            "This installation keeps no case (DSS_KEEP=none). Say what is to be kept of this one: "
            "--keep record or --keep images."
        )
    return Keeping(keep or usual.keep, usual.days)
