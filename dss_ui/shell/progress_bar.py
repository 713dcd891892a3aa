"""A progress bar in a place of its own."""

from streamlit.delta_generator import DeltaGenerator


class Bar:
    """A progress bar in an empty element, redrawn once per percent."""

    def __init__(self, place: DeltaGenerator, words: str = "") -> None:
        self._place = place
        self._words = words
        self._shown = -1

    def count(self, done: int, whole: int) -> None:
        """So many of so many are done."""
        percent = 100 * done // max(whole, 1)
        if percent != self._shown:
            self._shown = percent
            self._place.progress(min(percent, 100), self._words or None)

    def clear(self) -> None:
        """Take the bar away."""
        self._place.empty()
        self._shown = -1
