"""All features of one ticket at an instant."""

import datetime as dt
from collections.abc import Callable

import pandas as pd
import pytest

from features.build import build_features
from features.history import History
from features.observations import open_observations
from features.preview import preview_ticket
from forewarn.errors import DataError
from forewarn.tables import Tables

At = Callable[[float], pd.Timestamp]


@pytest.fixture
def history(history_of: Callable[..., History], desk: Callable[..., Tables]) -> History:
    """T has 10 h from hour 0 and is solved at 6; LATER comes at 50 and stays open."""
    return history_of(desk([("T", 0), ("LATER", 50)], [("T", 6, "solved")]))


def test_a_clock_is_shown_as_it_was(history: History, at: At) -> None:
    """Closed by now, at 5 half of the ten hours had run."""
    found = preview_ticket(history, "T", as_of=at(5))
    assert found.clocks[["ticket_id", "metric", "cycle"]].to_numpy().tolist() == [
        ["T", "resolution", 1]
    ]
    row = found.features.iloc[0]
    assert (row["clock_elapsed_share"], row["ticket_events"], row["time_hour"]) == (0.5, 1.0, 5.0)


def test_it_looks_from_just_behind_the_watermark(history: History, at: At) -> None:
    """The last fact is the creation of LATER, which is seen then."""
    found = preview_ticket(history, "LATER")
    assert found.as_of == at(50) + pd.Timedelta(microseconds=1)
    assert found.features["ticket_events"].tolist() == [1.0]


def test_every_open_clock_has_its_row_of_what_scoring_computes(small_history: History) -> None:
    """Tickets with a clock of either metric; the same rows as the whole desk's table."""
    as_of = small_history.watermark - pd.Timedelta(days=20)
    desk = open_observations(small_history, as_of=as_of)
    both = desk["ticket_id"].value_counts()
    ticket_id = str(both.index[0])
    assert both.iloc[0] == 2
    found = preview_ticket(small_history, ticket_id, as_of=as_of)
    expected = build_features(small_history, desk)[(desk["ticket_id"] == ticket_id).to_numpy()]
    pd.testing.assert_frame_equal(found.features, expected.reset_index(drop=True))


def test_a_ticket_that_is_not_there_is_an_error(history: History) -> None:
    """Told with those that are spelt alike."""
    with pytest.raises(DataError, match=r"no ticket 'LATRE' .*close to it: LATER"):
        preview_ticket(history, "LATRE")


def test_an_instant_without_zone_is_an_error(history: History) -> None:
    """It could mean two things."""
    with pytest.raises(DataError, match="has no time zone"):
        preview_ticket(history, "T", as_of=dt.datetime(2026, 3, 2, 5))  # noqa: DTZ001 - meant so


@pytest.mark.parametrize("hours", [-1, 0, 7])
def test_without_an_open_clock_it_is_told_when_there_was_one(
    history: History, at: At, hours: float
) -> None:
    """Before and at the creation, which counts strictly before as_of; after the solution."""
    with pytest.raises(
        DataError, match=r"'T' had no open clock at .*known from 2026-03-02 00:00 UTC"
    ):
        preview_ticket(history, "T", as_of=at(hours))


def test_a_clock_that_never_ended_is_told_from_its_beginning(history: History, at: At) -> None:
    """LATER is open to the end."""
    with pytest.raises(DataError, match=r"first clock became known at 2026-03-04 02:00 UTC"):
        preview_ticket(history, "LATER", as_of=at(10))
