"""Where the facts of one key are cut into slices of about the same size.

Facts are ordered by (hash of the key's word, instant) and cut there, in most places between two
words. A word that has more facts than a slice should hold is cut in time as well: then its
running sums are carried from one slice to the next.
"""

import hashlib
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from features.streams import Int64
from forewarn.sla.openings import NAT

_SAMPLE = 2000


@dataclass(frozen=True)
class Cuts:
    """Slice k holds what lies from cut k - 1 up to, but not at, cut k: (word, at), ascending."""

    word: Int64
    at: Int64

    @property
    def n_slices(self) -> int:
        return self.word.size + 1

    def slice_of(self, words: Int64, at: Int64) -> Int64:
        """Per fact its slice; ``words`` are hashes."""
        found: Int64 = np.searchsorted(self.word, words, side="left").astype(np.int64)
        for word in np.unique(self.word):
            rows = np.flatnonzero(words == word)
            found[rows] += np.searchsorted(self.at[self.word == word], at[rows], side="right")
        return found

    def words_within(self, words: Int64, number: int) -> np.ndarray:
        """Positions of the words of which slice ``number`` may hold something."""
        first = self.word[number - 1] if number > 0 else np.iinfo(np.int64).min
        last = self.word[number] if number < self.word.size else np.iinfo(np.int64).max
        return np.flatnonzero((words >= first) & (words <= last))


@dataclass(frozen=True)
class Sample:
    """Some facts of a key, each standing for ``weight`` of them."""

    word: Int64
    at: Int64
    weight: Int64


def hash_words(words: pa.Array) -> Int64:
    """A number per word that is the same on every machine, spread over all int64."""
    digests = [hashlib.blake2b(w.encode(), digest_size=8).digest() for w in words.to_pylist()]
    return np.array([int.from_bytes(d, signed=True) for d in digests], np.int64)


def sample_facts(words: Int64, at: Int64) -> Sample:
    """About two thousand of the facts, evenly from the order in which they come."""
    step = max(1, words.size // _SAMPLE)
    chosen = slice(None, None, step)
    return Sample(words[chosen], at[chosen], np.full(words[chosen].size, step))


def choose_cuts(samples: list[Sample], *, n_slices: int, least: int) -> Cuts:
    """Cuts into at most ``n_slices`` slices of at least ``least`` facts."""
    word, at, weight = (
        np.concatenate([getattr(s, name) for s in samples]) if samples else np.empty(0, np.int64)
        for name in ("word", "at", "weight")
    )
    order = np.lexsort((at, word))
    word, at, weight = word[order], at[order], weight[order]
    reached = np.cumsum(weight)
    total = int(reached[-1]) if reached.size else 0
    n_slices = max(1, min(n_slices, total // max(least, 1)))
    goals = [total * k // n_slices for k in range(1, n_slices)]
    rows = np.unique(np.searchsorted(reached, goals, side="right"))
    rows = rows[(rows > 0) & (rows < word.size)]
    heavy = _heavy(word, weight, total // n_slices)
    starts = np.where(np.isin(word[rows], heavy), at[rows], NAT)
    cuts = np.unique(np.stack([word[rows], starts], axis=1), axis=0)
    return Cuts(cuts[:, 0].astype(np.int64), cuts[:, 1].astype(np.int64))


def _heavy(word: Int64, weight: Int64, size: int) -> Int64:
    """Words that have more than half as many facts as a slice should have."""
    names, place = np.unique(word, return_inverse=True)
    heavy: Int64 = names[np.bincount(place, weight, names.size) > size / 2]
    return heavy
