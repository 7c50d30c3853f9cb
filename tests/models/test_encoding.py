import json

import numpy as np
import pandas as pd
import pytest

from forewarn.errors import ModelError
from models.encoding import Encoder, learn_encoder

FEATURES = pd.DataFrame(
    {
        "age": [1.0, np.nan, 3.0, 4.0],
        "group": pd.Categorical(["b", "a", "b", None]),
    }
)


def test_categories_become_codes_in_alphabetical_order() -> None:
    """The first category in the alphabet is 0, missing stays missing, numbers pass through."""
    matrix = learn_encoder(FEATURES).encode(FEATURES)
    np.testing.assert_array_equal(matrix, [[1, 1], [np.nan, 0], [3, 1], [4, np.nan]])


def test_a_category_that_training_did_not_see_is_unknown() -> None:
    """It becomes -1, in whatever order the new table lists its categories."""
    new = pd.DataFrame({"group": pd.Categorical(["z", "b", "a"]), "age": [0.0, 0.0, 0.0]})
    assert learn_encoder(FEATURES).encode(new)[:, 1].tolist() == [-1, 1, 0]


def test_plain_text_is_a_category_too() -> None:
    """A text column gives the same codes as a category column."""
    text = FEATURES.assign(group=FEATURES["group"].astype("str"))
    encoder = learn_encoder(text)
    assert encoder.categories == {"group": ("a", "b")}


def test_a_rare_category_gets_no_code() -> None:
    """Below the least number of rows a category is as good as unknown."""
    encoder = learn_encoder(FEATURES, least=2)
    assert encoder.categories == {"group": ("b",)}


def test_columns_are_found_by_name() -> None:
    """Another order of columns, or further ones, changes nothing."""
    encoder = learn_encoder(FEATURES)
    shuffled = FEATURES.assign(more=1.0)[["more", "group", "age"]]
    np.testing.assert_array_equal(encoder.encode(shuffled), encoder.encode(FEATURES))


def test_a_missing_column_is_named() -> None:
    """The message names the column and says what to do."""
    with pytest.raises(ModelError, match=r"lack group .*train again"):
        learn_encoder(FEATURES).encode(FEATURES[["age"]])


def test_text_where_a_number_was_is_refused() -> None:
    """A feature that changed its type is an error, never a silent code."""
    with pytest.raises(ModelError, match="'age' holds"):
        learn_encoder(FEATURES).encode(FEATURES.assign(age=["x", "y", "z", "x"]))


def test_json_brings_the_encoder_back() -> None:
    """What is written reads back equal."""
    encoder = learn_encoder(FEATURES)
    assert Encoder.from_json(json.loads(json.dumps(encoder.to_json()))) == encoder
