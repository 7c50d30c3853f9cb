"""Ranks, the label alone, and columns that say the same."""

import numpy as np
import pytest

from features.likeness import (
    Twin,
    auc,
    number_auc,
    number_twins,
    ranks,
    spearman,
    text_auc,
    text_twins,
)

NAN = np.nan
TRUTH = np.array([True, True, False, False])


def test_equal_values_share_the_mean_of_their_ranks() -> None:
    """7 is second to fourth of four."""
    assert ranks(np.array([7.0, 2.0, 7.0, 7.0])).tolist() == [3.0, 1.0, 3.0, 3.0]


def test_auc_counts_pairs_and_halves_ties() -> None:
    """Of four pairs one is in order, one is tied, two are not."""
    assert auc(TRUTH, np.array([2.0, 1.0, 1.0, 3.0])) == 0.375


def test_auc_of_one_class_is_not_known() -> None:
    """There is no pair to order."""
    assert np.isnan(auc(np.array([True, True]), np.array([1.0, 2.0])))
    assert np.isnan(auc(np.zeros(0, bool), np.zeros(0)))


def test_nulls_can_tell_the_label() -> None:
    """Null for all breaches and for nothing else: as good as knowing the outcome."""
    assert number_auc(TRUTH, np.array([NAN, NAN, 1.0, 5.0])) in {0.0, 1.0}
    assert number_auc(TRUTH, np.array([9.0, 8.0, NAN, NAN])) in {0.0, 1.0}


def test_words_are_judged_by_the_other_half() -> None:
    """Word 0 is late and word 1 is not, in both halves; words that occur once tell nothing."""
    truth = np.array([True, False, True, False])
    half = np.array([True, True, False, False])
    assert text_auc(truth, np.array([0, 1, 0, 1]), half) == 1.0
    assert text_auc(truth, np.array([0, 1, 2, 3]), half) == 0.5
    assert text_auc(truth, np.array([-1, 1, -1, 1]), half) == 1.0  # null is a word too


def test_words_of_one_class_or_one_half_tell_nothing() -> None:
    """NaN, not an error."""
    half = np.array([True, False])
    assert np.isnan(text_auc(np.array([True, True]), np.array([0, 1]), half))
    assert np.isnan(text_auc(np.array([True]), np.array([0]), np.array([True])))


def test_rank_correlation_by_hand() -> None:
    """1 - 6 (1 + 1 + 0) / (3 (9 - 1)) = .5; the row with a null is left out."""
    one, other = np.array([1.0, 2.0, 3.0, NAN]), np.array([20.0, 10.0, 30.0, 5.0])
    assert spearman(one, other) == pytest.approx(0.5)
    assert np.isnan(spearman(one, np.ones(4)))


def test_numbers_that_order_alike_are_twins() -> None:
    """In another unit, on another scale, or turned round; a shuffled one is nobody's twin."""
    n = np.arange(100.0)
    shuffled = np.random.default_rng(1).permutation(n)
    columns = {"a": n, "hours": n**3, "left": -n, "other": shuffled, "same": np.ones(100)}
    assert number_twins(columns) == {
        "a": Twin("hours", 1.0),
        "hours": Twin("a", 1.0),
        "left": Twin("a", 1.0),
    }


def test_the_closest_twin_is_told() -> None:
    """One orders nearly as a does, the other exactly."""
    a = np.arange(100.0)
    b = a.copy()
    b[:6] = b[:6][::-1]
    twins = number_twins({"a": a, "b": b, "c": 2 * a})
    assert twins["a"] == Twin("c", 1.0)
    # 2 (25 + 9 + 1) = 70 squared steps: 1 - 6 * 70 / (100 * 9999).
    assert twins["b"].correlation == pytest.approx(1 - 420 / 999_900)


def test_sparse_numbers_are_twins_only_where_both_are_known() -> None:
    """A shared pattern of nulls is no likeness, and neither is an overlap of a few rows."""
    n = np.arange(1000.0)
    known = n < 100
    shuffled = np.random.default_rng(1).permutation(n)
    assert number_twins({"a": np.where(known, n, NAN), "b": np.where(known, shuffled, NAN)}) == {}
    assert number_twins({"a": n, "b": np.where(known, n, NAN)}) == {}
    assert set(number_twins({"a": np.where(known, n, NAN), "b": np.where(known, -n, NAN)})) == {
        "a", "b",
    }  # fmt: skip


def test_few_rows_make_no_twins() -> None:
    """Two rows are always in order."""
    assert number_twins({"a": np.array([1.0, 2.0]), "b": np.array([5.0, 9.0])}) == {}
    assert number_twins({"a": np.zeros(0), "b": np.full(3, NAN)}) == {}


def test_texts_with_the_same_partition_are_twins() -> None:
    """Other words for the same groups, null among them; a coarser one is none."""
    columns = {
        "group": np.array([0, 0, 1, 2, -1]),
        "site": np.array([4, 4, -1, 0, 1]),
        "coarse": np.array([0, 0, 1, 1, 1]),
        "one": np.zeros(5, np.int64),
    }
    assert text_twins(columns) == {"group": Twin("site", 1.0), "site": Twin("group", 1.0)}
