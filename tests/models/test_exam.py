"""An exam keeps what was said, in text."""

import pandas as pd
import pytest

from forewarn.errors import ModelError
from models.exam import Exam

BEGINS = pd.Timestamp("2026-03-02T09:00Z")
ANSWERS = pd.DataFrame(
    {
        "ticket_id": ["T2", "T1", "T2"],
        "metric": ["resolution", "resolution", "first_response"],
        "cycle": [1, 2, 1],
        "landmark": ["opening", "0.5", "opening"],
        "probability": [0.25, 0.123457, 1.0],
    }
)


def test_what_was_said_comes_back_from_text() -> None:
    """Six decimals are kept; the same exam gives the same text."""
    exam = Exam(BEGINS, ANSWERS, {"answer": "too few tickets"})
    read = Exam.from_text(exam.to_text())
    assert read.begins == BEGINS
    assert read.notes == {"answer": "too few tickets"}
    pd.testing.assert_frame_equal(read.answers, ANSWERS, check_dtype=False)
    assert read.to_text() == exam.to_text()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"begins": "x"}', "[" * 100_000])
def test_a_text_that_is_no_exam_is_refused(text: str) -> None:
    """Whatever stands there ends as a typed error."""
    with pytest.raises(ModelError, match=r"exam\.json is not as expected"):
        Exam.from_text(text)
