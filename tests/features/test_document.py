"""The feature page is what the declarations say."""

from pathlib import Path

from features.catalogue import fixed_features
from features.document import document_features

PAGE = Path(__file__).parents[2] / "docs" / "features.md"


def test_the_page_is_current() -> None:
    """Write docs/features.md anew from ``document_features`` after a change."""
    assert PAGE.read_text("utf-8") == document_features()


def test_every_feature_has_its_row() -> None:
    """None is computed in secret; columns that tickets came with stand as ``<name>``."""
    page = document_features()
    for feature in fixed_features():
        assert f"| `{feature.name}`" in page
    assert "| `ticket_<name>`" in page
    assert "| `<name>_breach_lift_28d`" in page
