"""A picture on a page, sent as it was drawn."""

from streamlit.delta_generator import DeltaGenerator


def show_png(place: DeltaGenerator, png: bytes, alt: str) -> None:
    """As wide as its place; unasked, Streamlit would make a JPEG of it at every run of the page."""
    place.image(png, width="stretch", output_format="PNG", alt=alt)
