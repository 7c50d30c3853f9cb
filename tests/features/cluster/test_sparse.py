"""A few rows of a stream answer like the whole stream."""

import numpy as np

from features.arranging import build_stream
from features.cluster.sparse import build_sparse

KEYS = np.array([0, 0, 0, 0, 2, 2])
AT = np.array([1, 3, 5, 7, 2, 4])
WORTH = np.array([10, 20, 30, 40, 5, 6])
INSTANTS = np.array([4, 8, 8, 3])
ASKED = np.array([0, 0, 1, 2])


def test_rows_that_were_asked_for_count_those_that_are_not_here() -> None:
    """Of key 0 the 2nd and 4th fact, of key 2 the 1st: 2 facts lie between, sums are 30 and 100."""
    sparse = build_sparse(
        np.array([2, 0, 0]), np.array([2, 7, 3]), np.array([1, 4, 2]),
        {"worth": np.array([5, 100, 30])}, n_keys=3, roots={"worth": 0},
    )  # fmt: skip
    rows = sparse.last_before(ASKED, INSTANTS)
    assert (rows - sparse.root(ASKED)).tolist() == [2, 4, 0, 1]
    assert sparse.whole("worth", rows).tolist() == [30, 100, 0, 5]
    assert sparse.numbers("worth", rows).tolist() == [30.0, 100.0, 0.0, 5.0]
    assert sparse.age(rows, INSTANTS).tolist() == [1, 1, 0, 1]
    whole = build_stream(KEYS, AT, n_keys=3, sums={"worth": WORTH})
    found = whole.last_before(ASKED, INSTANTS)
    assert (found - whole.root(ASKED)).tolist() == [2, 4, 0, 1]
    assert whole.whole("worth", found).tolist() == [30, 100, 0, 5]


def test_no_key_is_a_root() -> None:
    """An observation without a group asks for key -1."""
    empty = np.empty(0, np.int64)
    sparse = build_sparse(empty, empty, empty, {"worth": empty}, n_keys=0, roots={"worth": 0})
    row = sparse.last_before(np.array([-1]), np.array([9]))
    assert row.tolist() == sparse.root(np.array([-1])).tolist()
    assert sparse.whole("worth", row).tolist() == [0]
