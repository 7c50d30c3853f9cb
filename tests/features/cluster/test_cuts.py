"""Facts are cut into slices of about the same size, the busiest words in time."""

import numpy as np
import pyarrow as pa

from features.cluster.cuts import Cuts, Sample, choose_cuts, hash_words
from forewarn.sla.openings import NAT


def sample(words: list[int], at: list[int]) -> Sample:
    """Facts that stand for themselves."""
    return Sample(np.array(words), np.array(at), np.ones(len(words), np.int64))


def test_a_busy_word_is_cut_in_time() -> None:
    """All eight facts are of one word: half of them on each side."""
    cuts = choose_cuts([sample([7] * 8, [1, 2, 3, 4, 5, 6, 7, 8])], n_slices=2, least=1)
    assert (cuts.word.tolist(), cuts.at.tolist()) == ([7], [5])


def test_other_cuts_lie_between_words() -> None:
    """The middle is within word 3, which is not too busy: the cut lies before all of it."""
    facts = [sample([1, 1, 3, 4], [1, 5, 1, 1]), sample([2, 3, 5, 6], [9, 2, 3, 1])]
    cuts = choose_cuts(facts, n_slices=2, least=1)
    assert (cuts.word.tolist(), cuts.at.tolist()) == ([3], [NAT])


def test_few_facts_are_one_slice() -> None:
    """Fewer than are worth a slice, or none at all."""
    assert choose_cuts([sample([1, 2, 3], [1, 1, 1])], n_slices=4, least=2).n_slices == 1
    assert choose_cuts([], n_slices=4, least=1).n_slices == 1


def test_each_fact_has_its_slice() -> None:
    """A fact at the cut lies after it; words beyond the last cut are in the last slice."""
    cuts = Cuts(np.array([5, 5, 8]), np.array([10, 20, NAT]))
    words, at = np.array([4, 5, 5, 5, 6, 8, 9]), np.array([99, 9, 10, 20, 1, 1, 1])
    assert cuts.slice_of(words, at).tolist() == [0, 0, 1, 2, 2, 3, 3]
    assert cuts.words_within(np.array([4, 5, 6, 8]), 1).tolist() == [1]
    assert cuts.words_within(np.array([4, 5, 6, 8]), 2).tolist() == [1, 2, 3]


def test_hashes_are_the_same_everywhere() -> None:
    """They do not depend on the process, as Python's own do."""
    assert hash_words(pa.array(["", "desk"])).tolist() == [
        -1970711489451281740, -8197107278063739396,
    ]  # fmt: skip
