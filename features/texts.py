"""Texts as codes: positions in a sorted list of words, -1 for null."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from forewarn.sla.events import as_arrow

Codes = NDArray[np.int32]
Texts = pd.api.extensions.ExtensionArray
_TEXT: Any = pd.StringDtype(storage="pyarrow", na_value=np.nan)


def encode(
    *columns: pd.Series | pa.DictionaryArray, known: pa.Array | None = None
) -> tuple[pa.Array, list[Codes]]:
    """The sorted distinct words of all columns, and for each column its codes.

    ``known``: words that have codes already; they keep them, and further ones come behind.

    >>> words, (codes, more) = encode(pd.Series(["b", None, "a"]), pd.Series(["c", "a"]))
    >>> words.to_pylist(), codes.tolist(), more.tolist()
    (['a', 'b', 'c'], [1, -1, 0], [2, 0])
    """
    parts = [c if isinstance(c, pa.DictionaryArray) else _dictionary(c) for c in columns]
    every = pc.unique(pa.concat_arrays([part.dictionary for part in parts]))
    if known is not None:
        every = every.filter(pc.invert(pc.is_in(every, value_set=known)))
    words = every.take(pc.sort_indices(every))
    if known is not None:
        words = pa.concat_arrays([known, words]) if len(words) else known
    return words, [_recode(part, words) for part in parts]


def keep_texts(column: pd.Series, is_kept: NDArray[np.bool_]) -> pa.DictionaryArray:
    """The texts of some rows, null in the others, without a copy of the texts themselves.

    >>> keep_texts(pd.Series(["b", "a", "b"]), np.array([True, False, True])).to_pylist()
    ['b', None, 'b']
    """
    texts = _dictionary(column)
    codes = texts.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    kept = np.where(is_kept, codes, -1)
    used = np.bincount(kept[kept >= 0], minlength=len(texts.dictionary)) > 0
    place = np.append(np.cumsum(used) - 1, -1).astype(np.int32)
    indices = pa.array(place[kept], mask=kept < 0)
    return pa.DictionaryArray.from_arrays(indices, texts.dictionary.filter(pa.array(used)))


def _dictionary(column: pd.Series) -> pa.DictionaryArray:
    return as_arrow(column).dictionary_encode()


def _recode(part: pa.DictionaryArray, words: pa.Array) -> Codes:
    if not len(words):
        return np.full(len(part), -1, np.int32)
    place = pc.index_in(part.dictionary, value_set=words).to_numpy(zero_copy_only=False)
    own = part.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    codes: Codes = np.append(place, -1).astype(np.int32)[own]
    return codes


def decode(words: pa.Array, codes: NDArray[np.integer]) -> Texts:
    """The texts of codes, as an array of dtype ``str``."""
    missing = codes < 0
    return as_texts(words.take(pa.array(np.where(missing, 0, codes), mask=missing)))


def as_texts(words: pa.Array) -> Texts:
    """An Arrow array as an array of dtype ``str``, without copying."""
    texts: Texts = _TEXT.__from_arrow__(words)
    return texts


def category_dtype(words: pa.Array) -> "pd.CategoricalDtype[str]":
    """The dtype of a categorical feature whose codes are positions in ``words``."""
    return pd.CategoricalDtype(pd.Index(as_texts(words)))
