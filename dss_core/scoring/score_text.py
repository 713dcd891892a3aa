"""Scores and cut-offs as text: the one rounding of pages, command line and reports."""


def shown(score: float, cutoff: float) -> str:
    """A score with two decimals, or as many as it takes to stay on its side of the cut-off."""
    for digits in range(2, 12):
        text = f"{score:.{digits}f}"
        if (float(text) >= cutoff) == (score >= cutoff):
            return text
    return repr(score)


def cutoff_text(cutoff: float) -> str:
    """A cut-off with two decimals if it has no more, else three."""
    return f"{cutoff:.2f}" if round(cutoff, 2) == cutoff else f"{cutoff:.3f}"
