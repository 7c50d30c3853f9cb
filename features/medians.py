"""Exact medians over any range of a key's values, in as many steps as their number has bits.

A wavelet matrix per key (Claude, Navarro and Ordóñez, *The wavelet matrix*, Information Systems
47, 2015): the ranks of its values bit by bit, the highest first; after each bit the rows are
parted, stably, into those without and those with it. Of any range of rows one can then tell
at once how many have a bit, and so walk down to the k-th smallest. Eight bytes per 32 rows and
bit, those of a key side by side: a thousand values take 2.7 kB, and a walk down stays in them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.streams import Floats, Int64, Values
from forewarn.sla.compiled import allocating, compiled

PARTS = ("first", "values", "blocks", "words")


@dataclass(frozen=True)
class Medians:
    """Values of keys. ``first``: per key, and one more, where its values begin.

    ``values``: those of each key, sorted; ranks point there. ``words[blocks[k]:blocks[k + 1]]``
    are the levels of key k, one per bit of its ranks. A level is the number of rows that have
    the bit not set, then one word per 32 rows and one more: below the bits of the rows, above
    them how many are set in earlier rows, so that both are asked together.
    """

    first: Int64
    values: Floats
    blocks: Int64
    words: Int64

    def between(self, keys: Int64, begin: Int64, end: Int64) -> Floats:
        """The median of each key's values from number ``begin`` to before ``end``.

        Of an even number the mean of the two in the middle; null: there are none, or no key
        (-1).
        """
        out = np.full(begin.size, np.nan)
        _medians((self.first, self.values, self.blocks, self.words), keys, begin, end, out)
        return out

    def to_arrays(self) -> dict[str, Values]:
        """Its arrays by the names of PARTS."""
        return {name: getattr(self, name) for name in PARTS}


def build_medians(values: Floats, first: Int64) -> Medians:
    """Of values in the order of keys, and of each key in their order; ``first``: see Medians."""
    blocks = np.zeros(first.size, np.int64)
    _place(first, blocks)
    words, ordered = np.zeros(blocks[-1], np.int64), np.empty_like(values)
    _write(values, first, blocks, words, ordered)
    return Medians(first, ordered, blocks, words)


@compiled
def width_of(size: int) -> int:
    """The words of a level of so many rows."""
    return size // 32 + 2


@compiled
def _place(first: Int64, blocks: Int64) -> None:
    """Write where each key's levels begin: as many as its ranks have bits."""
    for key in range(first.size - 1):
        size, n_levels = first[key + 1] - first[key], 0
        while size > 1 << n_levels:
            n_levels += 1
        blocks[key + 1] = blocks[key] + n_levels * width_of(size)


@allocating
def _write(values: Floats, first: Int64, blocks: Int64, words: Int64, ordered: Floats) -> None:
    """Sort the values of each key, and write its levels."""
    most = 0
    for key in range(first.size - 1):
        most = max(most, first[key + 1] - first[key])
    ranks, ones = np.empty(most, np.int32), np.empty(most, np.int32)
    for key in range(first.size - 1):
        begin, end = first[key], first[key + 1]
        order = np.argsort(values[begin:end], kind="mergesort")
        for rank in range(order.size):
            ordered[begin + rank] = values[begin + order[rank]]
            ranks[order[rank]] = rank
        _part(ranks[: order.size], ones, words[blocks[key] : blocks[key + 1]])


@compiled
def _part(ranks: NDArray[np.int32], ones: NDArray[np.int32], words: Int64) -> None:
    """Write each level's bits, then part the rows by them."""
    width = width_of(ranks.size)
    n_levels = words.size // width
    for level in range(n_levels):
        at, shift = level * width, n_levels - 1 - level
        n_zeros = n_ones = 0
        for i in range(ranks.size):
            if i & 31 == 0:
                words[at + 1 + (i >> 5)] = n_ones << 32
            if (ranks[i] >> shift) & 1:
                words[at + 1 + (i >> 5)] |= 1 << (i & 31)
                ones[n_ones] = ranks[i]
                n_ones += 1
            else:
                ranks[n_zeros] = ranks[i]
                n_zeros += 1
        if ranks.size & 31 == 0:
            words[at + 1 + (ranks.size >> 5)] = n_ones << 32
        words[at] = n_zeros
        for i in range(n_ones):
            ranks[n_zeros + i] = ones[i]


@compiled
def n_set(words: Int64, at: int, row: int) -> int:
    """How many rows before the given one have the bit of the level set that begins at ``at``."""
    both = words[at + 1 + (row >> 5)]
    word = both & ((1 << (row & 31)) - 1)
    word -= (word >> 1) & 0x55555555
    word = (word & 0x33333333) + ((word >> 2) & 0x33333333)
    word = (word + (word >> 4)) & 0x0F0F0F0F
    n: int = (both >> 32) + (((word * 0x01010101) & 0xFFFFFFFF) >> 24)
    return n


@compiled
def _smallest(words: Int64, level: tuple[int, int, int], begin: int, end: int, k: int) -> int:
    """The k-th smallest rank, from 0, of rows of a level, without its bits above.

    ``level``: where it begins, where the last one ends, and how wide they are.
    """
    at, stop, width = level
    rank = 0
    while at < stop:
        ones_begin, ones_end = n_set(words, at, begin), n_set(words, at, end)
        n_zeros = (end - begin) - (ones_end - ones_begin)
        rank <<= 1
        if k < n_zeros:
            begin, end = begin - ones_begin, end - ones_end
        else:
            k -= n_zeros
            rank |= 1
            begin, end = words[at] + ones_begin, words[at] + ones_end
        at += width
    return rank


@compiled
def _middle_two(words: Int64, level: tuple[int, int, int], begin: int, end: int) -> tuple[int, int]:
    """The ranks of the two in the middle of an even number; one way down until they part."""
    at, stop, width = level
    k, rank, left = (end - begin) // 2, 0, (stop - at) // width
    while at < stop:
        ones_begin, ones_end = n_set(words, at, begin), n_set(words, at, end)
        n_zeros = (end - begin) - (ones_end - ones_begin)
        zeros = (begin - ones_begin, end - ones_end)
        ones = (words[at] + ones_begin, words[at] + ones_end)
        at += width
        left -= 1
        if k == n_zeros:
            below = (at, stop, width)
            lower = _smallest(words, below, zeros[0], zeros[1], k - 1)
            upper = _smallest(words, below, ones[0], ones[1], 0)
            return (2 * rank << left) + lower, ((2 * rank + 1) << left) + upper
        rank = 2 * rank + int(k > n_zeros)
        if k < n_zeros:
            begin, end = zeros
        else:
            k -= n_zeros
            begin, end = ones
    return rank, rank


@compiled
def _medians(
    medians: tuple[Int64, Floats, Int64, Int64],
    keys: Int64,
    begin: Int64,
    end: Int64,
    out: Floats,
) -> None:
    first, values, blocks, words = medians
    for i in range(out.size):
        key, n = keys[i], end[i] - begin[i]
        if key < 0 or n <= 0:
            continue
        width = width_of(first[key + 1] - first[key])
        level = (blocks[key], blocks[key + 1], width)
        if n & 1:
            out[i] = values[first[key] + _smallest(words, level, begin[i], end[i], n // 2)]
        else:
            places = _middle_two(words, level, begin[i], end[i])
            lower, upper = values[first[key] + places[0]], values[first[key] + places[1]]
            out[i] = upper if lower == upper else (lower + upper) / 2
