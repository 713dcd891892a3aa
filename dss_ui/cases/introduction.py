"""The text of the home page: what the software is.

Nothing of the core is imported here, so that it stands while a new server is still loading.
"""

import streamlit as st

from dss_ui.shell.navigation import PRODUCT


def draw_introduction() -> None:
    """Title and purpose."""
    st.title(PRODUCT)
    st.markdown(
        "From an FDG PET/CT and an outlined lung tumour to two deep learning scores (DLS), "
        "EGFR-DLS and PDL1-DLS, after [Mu et al., Nat Commun "
        "2020](https://doi.org/10.1038/s41467-020-19116-x), beside the therapy that the 2020 "
        "guideline named and the outcomes of past patients."
    )
