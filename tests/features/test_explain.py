"""One feature in words, and its values in figures."""

import numpy as np
import pandas as pd
import pytest

from features.explain import describe_feature, describe_values, find_feature
from features.history import History
from forewarn.errors import DataError


def test_a_declaration_is_told_in_words(small_history: History) -> None:
    """Stream, key, measure and window of a lift; null and why as declared."""
    found = describe_feature(find_feature(small_history, "customer_breach_lift_28d"))
    assert found == {
        "feature": "customer_breach_lift_28d",
        "entity": "customer",
        "what": "lift of decided/customer, column breached",
        "stream": "facts of the stream decided/customer",
        "key": "the ticket's customer, the clock's metric alone",
        "measure": "the rate less the overall rate",
        "window": "28d",
        "unit": "share",
        "null": "the ticket has none, or nothing counts yet",
        "why": "Late more often than the desk, lately.",
    }


def test_what_is_no_stream_is_told_as_what_it_is(small_history: History) -> None:
    """A reading asks the clock; a ratio has two windows; a level share what it divides by."""
    reading = describe_feature(find_feature(small_history, "clock_elapsed_share"))
    assert (reading["stream"], reading["key"], reading["window"]) == (
        "the clock itself", "the clock", "now",
    )  # fmt: skip
    ratio = describe_feature(find_feature(small_history, "group_arrivals_ratio_4h"))
    assert (ratio["key"], ratio["window"]) == ("the ticket's group at as_of", "4h against 28d")
    part = describe_feature(find_feature(small_history, "group_top_share"))
    assert part["what"] == "level_share of group_load, column n_top, over group_load/n_open"


def test_a_misspelt_name_is_answered_with_those_close_to_it(small_history: History) -> None:
    """And with the command that shows all of them."""
    with pytest.raises(DataError, match=r"'time_huor'.*close to it: time_hour.*features list"):
        find_feature(small_history, "time_huor")
    with pytest.raises(DataError, match=r"'xyzzy' is declared for this history\. "):
        find_feature(small_history, "xyzzy")


def test_numbers_have_quantiles_and_a_share_of_nulls() -> None:
    """Of 0, 1, 2, 3, 4 and five nulls the median is 2."""
    found = describe_values(pd.Series([0.0, 1.0, 2.0, 3.0, 4.0] + [np.nan] * 5))
    assert (found["n"], found["null_share"]) == (10, 0.5)
    assert found["quantiles"] == pytest.approx(
        {"0.0": 0.0, "0.05": 0.2, "0.25": 1.0, "0.5": 2.0, "0.75": 3.0, "0.95": 3.8, "1.0": 4.0}
    )


def test_texts_have_their_most_frequent_words() -> None:
    """Equals in the order of the alphabet; a word that nobody uses is not told."""
    words = pd.Categorical(["b", "a", "c", "c", None], categories=["a", "b", "c", "d"])
    assert describe_values(pd.Series(words)) == {
        "n": 5, "null_share": 0.2, "n_words": 3, "words": {"c": 0.4, "a": 0.2, "b": 0.2},
    }  # fmt: skip


def test_without_values_there_is_nothing_to_tell() -> None:
    """No observations at all, or only nulls."""
    assert describe_values(pd.Series([], dtype=float)) == {
        "n": 0, "null_share": None, "quantiles": {},
    }  # fmt: skip
    nulls = pd.Series(pd.Categorical([None, None], categories=["a"]))
    assert describe_values(nulls) == {"n": 2, "null_share": 1.0, "n_words": 0, "words": {}}
