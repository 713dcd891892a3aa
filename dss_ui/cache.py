"""What all sessions of a server share: the networks and the simulated demo case.

Nothing of a patient is ever kept here.
"""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import streamlit as st

from dss_core.errors import WeightsError
from dss_core.scoring.weights import CARD, Bundle, bundle_folders, load_bundle
from dss_ui.state import Case

DEFAULT_WEIGHTS = "demo"


@dataclass
class Shelf:
    """The scored demo case by the hash of the weights that scored it."""

    lock: Lock = field(default_factory=Lock)
    cases: dict[str, Case] = field(default_factory=dict)


def bundle(name: str = DEFAULT_WEIGHTS) -> Bundle:
    """A weights bundle, loaded once for each content of its card.

    Raises
    ------
    WeightsError
        See `dss_core.scoring.weights.load_bundle`.
    """
    folder = bundle_folders().get(name)
    if folder is None:
        return load_bundle(name)
    return _bundle(name, _digest(folder / CARD))


@st.cache_resource(show_spinner=False)
def shelf() -> Shelf:
    """The one shelf of this server."""
    return Shelf()


@st.cache_resource(show_spinner=False, max_entries=4)
def _bundle(name: str, sha256: str) -> Bundle:
    loaded = load_bundle(name)
    if loaded.sha256 != sha256:
        raise WeightsError(f"The weights bundle {name!r} changed while it was read; try again.")
    return loaded


def _digest(card: Path) -> str:
    return hashlib.sha256(card.read_bytes()).hexdigest()
