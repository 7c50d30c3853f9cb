"""What would lower the risk."""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from serving.desk import Desk
from serving.helps import done, what_helps

FEATURES = pd.DataFrame(
    {
        "ticket_assignments": [0.0, 0.0, 1.0],
        "ticket_agent_replies": [0.0, 0.0, 1.0],
        "ticket_unanswered": [1.0, 1.0, 0.0],
        "ticket_unanswered_hours": [5.0, 5.0, np.nan],
        "ticket_idle_hours": [5.0, 5.0, 2.0],
    }
)


@dataclass(frozen=True)
class Rule:
    """Risk of .8, less .3 once somebody has the ticket, less .5 once it was answered."""

    feature_names: tuple[str, ...] = tuple(FEATURES)

    def probabilities(self, features: pd.DataFrame) -> np.ndarray:
        taken = (features["ticket_assignments"] > 0).to_numpy()
        answered = (features["ticket_agent_replies"] > 0).to_numpy()
        return 0.8 - 0.3 * taken - 0.5 * answered


def _asked(metric: str, *, is_breached: bool = False) -> pd.Series:
    clocks = pd.DataFrame(
        {
            "metric": metric,
            "is_breached": [False, is_breached, False],
            "breach_probability": [0.8, 0.8, 0.0],
        }
    )
    desk = Desk(clocks, FEATURES, pd.DataFrame())
    bundle = SimpleNamespace(models={metric: Rule()}, feature_names=tuple(FEATURES))
    return what_helps(bundle, desk, clocks.index)  # type: ignore[arg-type]


def test_the_step_that_lowers_it_most_is_told() -> None:
    """An answer does more than somebody's name; of what is done already nothing is said."""
    said = _asked("resolution")
    assert said[0] == "if it were answered now, the risk would be 30 % instead of 80 %"
    assert said[2] is None


def test_a_step_that_meets_the_clock_is_no_news() -> None:
    """Where a first reply is awaited, only taking the ticket is told."""
    said = _asked("first_response")
    assert said[0] == "if somebody took it now, the risk would be 50 % instead of 80 %"


def test_nothing_helps_a_breached_clock() -> None:
    """It is past saving."""
    assert _asked("resolution", is_breached=True)[1] is None


def test_an_answer_changes_what_it_would_change() -> None:
    """One reply and nothing unanswered; what the features do not have is not made up."""
    changed = done(FEATURES.head(1), step="reply").iloc[0]
    assert changed["ticket_agent_replies"] == 1.0
    assert changed["ticket_unanswered"] == 0.0
    assert np.isnan(changed["ticket_unanswered_hours"])
    assert changed["ticket_idle_hours"] == 0.0
    assert "ticket_events" not in changed


@pytest.mark.parametrize("step", ["assign", "reply"])
def test_the_desk_itself_is_left_as_it_is(step: str) -> None:
    """Asking "what if" changes no feature."""
    before = FEATURES.copy()
    done(FEATURES, step=step)
    pd.testing.assert_frame_equal(FEATURES, before)
