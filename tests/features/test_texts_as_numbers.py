"""Subject and description as numbers: only where asked for, and from the ticket alone."""

import sys
from collections.abc import Callable

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from features.build import build_features
from features.catalogue import declared_features, feature_names
from features.history import History
from features.recording_texts import hash_words, read_sentiment
from forewarn.config import Config, parse_config
from forewarn.errors import ConfigError
from forewarn.tables import Tables

HistoryOf = Callable[..., History]
Desk = Callable[..., Tables]
At = Callable[[float], pd.Timestamp]
CONFIG = """
sources:
  - {name: tickets, shape: tickets, path: tickets.csv}
sla:
  metrics: [resolution]
  policies:
    - {name: all, targets: {resolution: 10h}}
features:
  include: [NAMES]
"""


def config(names: str) -> Config:
    """Features that are turned on."""
    return parse_config(CONFIG.replace("NAMES", names))


def test_order_case_and_signs_do_not_matter_but_words_do() -> None:
    """The same bag of words is the same row; one word's row is that of its hash's bytes."""
    texts = ["It is BROKEN!", "broken: is it?", "It is fine", "é", "É", "", " ?! "]
    found = hash_words(pa.array(texts))
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[3], found[4])
    assert np.isnan(found[5:]).all()
    assert np.abs(found[0] - found[2]).max() > 0.1


def test_words_are_spread_evenly_and_alike_however_many() -> None:
    """Of thousands of words the numbers are around 0 and 1 wide; so are those of long texts."""
    words = [f"word{i}" for i in range(4000)]
    longer = [" ".join(words[i : i + 50]) for i in range(0, 4000, 50)]
    for texts, allowed in ((words, 0.05), (longer, 0.3)):
        found = hash_words(pa.array(texts))
        np.testing.assert_allclose(found.mean(axis=0), 0, atol=allowed)
        np.testing.assert_allclose(found.std(axis=0), 1, atol=allowed)


def test_many_tickets_are_hashed_part_by_part(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same whatever the parts are."""
    texts = pa.array(["It is broken", "", "A question", "the bill", "is it"])
    whole = hash_words(texts)
    monkeypatch.setattr("features.recording_texts._PART", 2)
    np.testing.assert_array_equal(hash_words(texts), whole)


def test_no_texts_are_no_rows() -> None:
    """An empty workspace."""
    assert hash_words(pa.array([], pa.string())).shape == (0, 8)


def test_sentiment_needs_no_network_and_knows_good_from_bad() -> None:
    """By the lexicon that comes with the package: great 0.8, broken -0.4, nothing of it 0."""
    found = read_sentiment(pa.array(["Great", "it is broken", "router", "", " "]))
    np.testing.assert_allclose(found, [0.8, -0.4, 0, np.nan, np.nan])


def test_a_missing_library_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to install, or what to bring."""
    monkeypatch.setitem(sys.modules, "textblob", None)
    with pytest.raises(ConfigError, match=r"install forewarn\[sentiment\], or let the tickets"):
        read_sentiment(pa.array(["Great"]))


def test_nothing_is_made_unless_asked_for(history_of: HistoryOf, desk: Desk) -> None:
    """Not declared by default; one of the eight turns on all, but models see the one."""
    tables = desk([("A", 0, {"subject": "It is broken"})], [])
    bare = {f.name for f in declared_features(history_of(tables))}
    assert not {n for n in bare if n.startswith(("ticket_text_", "ticket_sentiment"))}
    asked = config("ticket_text_3")
    history = history_of(tables, asked)
    assert {f"ticket_text_{i}" for i in range(8)} == {
        f.name for f in declared_features(history)
    } - bare
    seen = feature_names(history, asked)
    assert [name for name in seen if name.startswith("ticket_text_")] == ["ticket_text_3"]


def test_a_sentiment_that_the_source_brings_is_a_feature(
    history_of: HistoryOf, desk: Desk, at: At
) -> None:
    """A whitelisted number passes through, seen by models, and is not made again."""
    tables = desk([("A", 0, {"subject": "Great", "sentiment": -0.75})], [])
    for names in ("", "ticket_sentiment"):
        history = history_of(tables, config(names))
        assert "ticket_sentiment" in feature_names(history, config(names))
        frame = pd.DataFrame({"clock": [0], "as_of": [at(1)]})
        found = build_features(history, frame, names=["ticket_sentiment"])
        assert found["ticket_sentiment"].tolist() == [-0.75]
