"""The gate before the browser lets the program's own figures through as they are drawn."""

import json

import plotly.graph_objects as go
import pytest

from dss_ui.shell.outgoing_text import harmless_figure

OWN = '<span style="color:#0072B2"><b>low</b></span><br>n<sub>1</sub><extra></extra>'


def sent(text: str) -> str:
    """The title that a browser reads out of a figure with this title."""
    specification = harmless_figure(go.Figure(layout={"title": {"text": text}}).to_json())
    title: str = json.loads(specification)["layout"]["title"]["text"]
    return title


def test_letters_and_their_colour_stay_as_they_are() -> None:
    assert sent(OWN) == OWN
    assert json.loads(harmless_figure(json.dumps(OWN))) == OWN


@pytest.mark.parametrize(
    "tag",
    [
        "<img src=x>",
        '<a href="http://example.org">',
        '<span style="background:url(http://example.org)">',
        '<span style="color:#fff;background:url(x)">',
        "<script>",
    ],
)
def test_every_other_tag_is_shown_as_text(tag: str) -> None:
    assert sent(tag) == tag.replace("<", "&lt;")
