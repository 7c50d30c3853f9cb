"""Exact medians over any range of values, in as many steps as its values have bits.

A wavelet matrix (Claude, Navarro and Ordóñez, *The wavelet matrix*, Information Systems 47,
2015): the ranks of all values bit by bit, the highest first; after each bit the rows are
parted, stably, into those without and those with it. Of any range of rows one can then tell
at once how many have a bit, and so walk down to the k-th smallest. Eight bytes per 32 rows and
bit: a million values take about 5 MB.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.streams import Floats, Int64, Values
from forewarn.sla.compiled import compiled

PARTS = ("first", "values", "words", "zeros")


class Bits(NamedTuple):
    """The ranks as the kernels read them, one level per bit.

    ``words``: below the bits of 32 rows, above them how many are set in earlier rows: both are
    asked together. ``zeros``: per level how many rows have the bit not set.
    """

    words: Int64
    zeros: Int64


@dataclass(frozen=True)
class Medians:
    """Values in order, those of a key together. ``first``: per key the place of its first one.

    The last key has none: it stands for "no key". ``values``: the distinct ones, sorted;
    ranks point there.
    """

    first: Int64
    values: Floats
    bits: Bits

    def place(self, keys: Int64, n: Int64) -> Int64:
        """The place behind the first n values of the keys; -1: no key."""
        places: Int64 = self.first[np.where(keys < 0, self.first.size - 1, keys)] + n
        return places

    def between(self, begin: Int64, end: Int64) -> Floats:
        """The median of the values from place ``begin`` to before ``end``; null: there are none.

        Of an even number the mean of the two in the middle.
        """
        out = np.full(begin.size, np.nan)
        if self.values.size:
            _medians(self.values, self.bits, begin, end, out)
        return out

    def to_arrays(self) -> dict[str, Values]:
        """Its arrays by the names of PARTS."""
        return dict(zip(PARTS, (self.first, self.values, *self.bits), strict=True))


def build_medians(values: Floats, first: Int64) -> Medians:
    """Of values in order; ``first``: see Medians."""
    distinct = np.unique(values)
    ranks = np.searchsorted(distinct, values).astype(np.int32)
    n_levels, n_words = max(1, int(distinct.size - 1).bit_length()), values.size // 32 + 1
    bits = Bits(np.zeros((n_levels, n_words), np.int64), np.zeros(n_levels, np.int64))
    _part(ranks, bits)
    return Medians(first, distinct, bits)


@compiled
def _part(ranks: NDArray[np.int32], bits: Bits) -> None:
    """Write each level's bits, then part the rows by them."""
    n_levels = bits.zeros.size
    ones = np.empty_like(ranks)
    for level in range(n_levels):
        shift = n_levels - 1 - level
        n_zeros = n_ones = 0
        for i in range(ranks.size):
            if i & 31 == 0:
                bits.words[level, i >> 5] = n_ones << 32
            if (ranks[i] >> shift) & 1:
                bits.words[level, i >> 5] |= 1 << (i & 31)
                ones[n_ones] = ranks[i]
                n_ones += 1
            else:
                ranks[n_zeros] = ranks[i]
                n_zeros += 1
        if ranks.size & 31 == 0:
            bits.words[level, ranks.size >> 5] = n_ones << 32
        bits.zeros[level] = n_zeros
        ranks[n_zeros:] = ones[:n_ones]


@compiled
def n_set(bits: Bits, level: int, row: int) -> int:
    """How many rows before the given one have the level's bit set."""
    both = bits.words[level, row >> 5]
    word = both & ((1 << (row & 31)) - 1)
    word -= (word >> 1) & 0x55555555
    word = (word & 0x33333333) + ((word >> 2) & 0x33333333)
    word = (word + (word >> 4)) & 0x0F0F0F0F
    n: int = (both >> 32) + (((word * 0x01010101) & 0xFFFFFFFF) >> 24)
    return n


@compiled
def _smallest(bits: Bits, level: int, begin: int, end: int, k: int, rank: int) -> int:  # noqa: PLR0917  # a kernel
    """The rank of the k-th smallest, from 0, of rows of a level; ``rank``: its bits above."""
    for below in range(level, bits.zeros.size):
        ones_begin, ones_end = n_set(bits, below, begin), n_set(bits, below, end)
        n_zeros = (end - begin) - (ones_end - ones_begin)
        rank <<= 1
        if k < n_zeros:
            begin, end = begin - ones_begin, end - ones_end
        else:
            k -= n_zeros
            rank |= 1
            begin, end = bits.zeros[below] + ones_begin, bits.zeros[below] + ones_end
    return rank


@compiled
def _middle_two(bits: Bits, begin: int, end: int) -> tuple[int, int]:
    """The ranks of the two in the middle of an even number; one way down until they part."""
    k, rank = (end - begin) // 2, 0
    for level in range(bits.zeros.size):
        ones_begin, ones_end = n_set(bits, level, begin), n_set(bits, level, end)
        n_zeros = (end - begin) - (ones_end - ones_begin)
        zeros = (begin - ones_begin, end - ones_end)
        ones = (bits.zeros[level] + ones_begin, bits.zeros[level] + ones_end)
        rank <<= 1
        if k == n_zeros:
            lower = _smallest(bits, level + 1, zeros[0], zeros[1], k - 1, rank)
            return lower, _smallest(bits, level + 1, ones[0], ones[1], 0, rank | 1)
        if k < n_zeros:
            begin, end = zeros
        else:
            k -= n_zeros
            rank |= 1
            begin, end = ones
    return rank, rank


@compiled
def _medians(values: Floats, bits: Bits, begin: Int64, end: Int64, out: Floats) -> None:
    for i in range(out.size):
        n = end[i] - begin[i]
        if n > 0 and n & 1:
            out[i] = values[_smallest(bits, 0, begin[i], end[i], n // 2, 0)]
        elif n > 0:
            lower, upper = _middle_two(bits, begin[i], end[i])
            same = lower == upper
            out[i] = values[upper] if same else (values[lower] + values[upper]) / 2
