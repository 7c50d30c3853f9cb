"""docs/sources.md names everything that a source may say."""

from pathlib import Path

import pytest

from forewarn.config import Source
from forewarn.schema import EVENT_KINDS, STATUS_CATEGORIES
from forewarn.sources.shapes import INPUTS

TEXT = (Path(__file__).parents[3] / "docs" / "sources.md").read_text("utf-8")


@pytest.mark.parametrize("shape", INPUTS)
def test_shapes_and_columns(shape: str) -> None:
    """Every shape has its line, with what it requires in bold."""
    line = next(text for text in TEXT.splitlines() if text.startswith(f"| `{shape}`"))
    own = {c.name for c in INPUTS[shape]} - {c.name for c in INPUTS["tickets"]}
    for column in INPUTS[shape]:
        if column.name in own or shape == "tickets":
            assert column.name in line
        if column.required and (column.name in own or shape != "flat_tickets"):
            assert f"**{column.name}**" in line


def test_words() -> None:
    """Every kind of event, status category and setting is named."""
    settings = set(Source.model_fields) - {"name", "shape"}
    assert [w for w in (*EVENT_KINDS, *STATUS_CATEGORIES, *settings) if w not in TEXT] == []
