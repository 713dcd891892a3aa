"""What all sessions of a server share: the networks. Nothing of a patient is ever kept here."""

import hashlib
from pathlib import Path

import streamlit as st

from dss_core.bundles.bundle import Bundle, load_bundle
from dss_core.bundles.bundle_folders import CARD, bundle_folders
from dss_core.bundles.catalogue import BundleSummary
from dss_core.bundles.verification import Verification, verify_bundle
from dss_core.errors import WeightsError
from dss_core.storage import reading
from dss_ui.session.current import active_weights
from dss_ui.session.state import CaseWithoutImages


def bundle(name: str | None = None) -> Bundle:
    """A weights bundle, by default the session's, loaded once for each content of its card.

    Raises
    ------
    WeightsError
        See `dss_core.bundles.bundle.load_bundle`.
    """
    name = name or active_weights()
    folder = bundle_folders().get(name)
    if folder is None:
        return load_bundle(name)
    return _bundle(name, _digest(folder / CARD))


def bundle_of(case: CaseWithoutImages) -> Bundle:
    """The weights that scored a case, for everything that looks into its scores.

    Raises
    ------
    WeightsError
        If they are no longer installed or were changed since.
    """
    from dss_core.store.rescoring import why_not_its_weights

    if why := why_not_its_weights(case.record):
        raise WeightsError(why)
    return bundle(case.result.weights_id)


def verification(found: BundleSummary) -> Verification:
    """Whether a bundle is as it was written; checked again when any file of it changes.

    Raises
    ------
    WeightsError, StorageError
        See `dss_core.bundles.verification.verify_bundle`.
    """
    with reading(found.folder):
        files = sorted(path for path in found.folder.iterdir() if path.is_file())
        states = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    return _verification(found.id, found.sha256, repr(states))


@st.cache_resource(show_spinner=False, max_entries=4)
def _bundle(name: str, sha256: str) -> Bundle:
    loaded = load_bundle(name)
    if loaded.sha256 != sha256:
        raise WeightsError(f"The weights bundle {name!r} changed while it was read; try again.")
    return loaded


@st.cache_resource(show_spinner=False, max_entries=64)
def _verification(name: str, sha256: str, files: str) -> Verification:
    return verify_bundle(name)


def _digest(card: Path) -> str:
    with reading(card):
        return hashlib.sha256(card.read_bytes()).hexdigest()
