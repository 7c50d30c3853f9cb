"""Features of what the customer wrote; off, and made only where the configuration asks."""

from collections.abc import Sequence

from features.recording_texts import HASHED, SENTIMENT
from features.spec import Feature

_NULL = "subject and description are empty"
_WHY = {
    SENTIMENT: "How angry the words are, by an English lexicon; off until it earns its place.",
    **dict.fromkeys(HASHED, "What it is about, in no one's words; off until it earns its place."),
}


def text_features(names: Sequence[str] = (*HASHED, SENTIMENT)) -> tuple[Feature, ...]:
    """``ticket_text_0`` to ``ticket_text_7`` and ``ticket_sentiment``, as far as named."""
    return tuple(
        Feature(
            f"ticket_{name}", "ticket", "ticket", "number",
            "-1 to 1" if name == SENTIMENT else "none", _NULL, _WHY[name],
            column=name, is_default=False,
        )
        for name in names
    )  # fmt: skip
