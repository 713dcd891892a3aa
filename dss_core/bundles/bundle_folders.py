"""Where bundles lie: the shipped ones and the user's own, each a folder with a card."""

from pathlib import Path

from dss_core.errors import WeightsError
from dss_core.settings import home, shipped

CARD = "card.json"
SHIPPED = shipped() / "weights"


def bundle_folders() -> dict[str, Path]:
    """Folders of all bundles by id: the user's own, then the shipped ones."""
    found: dict[str, Path] = {}
    for parent in (SHIPPED, home() / "weights"):
        for card in sorted(parent.glob(f"*/{CARD}")):
            if not card.parent.name.startswith("."):  # a bundle that is being written
                found[card.parent.name] = card.parent
    return found


def bundle_folder(name: str) -> Path:
    """Folder of a bundle by its id.

    Raises
    ------
    WeightsError
        There is no such bundle.
    """
    folders = bundle_folders()
    if name not in folders:
        known = ", ".join(sorted(folders)) or "none"
        raise WeightsError(f"There is no weights bundle {name!r}; available: {known}.")
    return folders[name]
