"""Medians of values of which some came behind those of a wavelet matrix."""

from dataclasses import dataclass

import numpy as np

from features.live.spliced import SplicedStream
from features.medians import Medians, n_set, width_of
from features.spec import HOUR
from features.streams import Floats, Int64, Stream
from forewarn.sla.compiled import allocating, compiled


@dataclass(frozen=True)
class LongAndLate(Medians):
    """The values of ``Medians``, of each key up to ``kept``, and behind them ``late`` ones.

    ``late_first``: per key the place of its first late value, and one more.
    """

    kept: Int64
    late: Floats
    late_first: Int64

    def between(self, keys: Int64, begin: Int64, end: Int64) -> Floats:
        out = np.full(begin.size, np.nan)
        long = (self.first, self.values, self.blocks, self.words, self.kept)
        _medians(long, (self.late, self.late_first), keys, begin, end, out)
        return out


def follow_medians(medians: Medians, base: Stream, live: Stream) -> Medians:
    """The medians of a load with what it has now; ``base``: of which the medians were made."""
    if not isinstance(live, SplicedStream):
        return medians
    n_keys = live.n_all + 1
    kept, n_base = np.zeros(n_keys, np.int64), min(base.n_keys, n_keys)
    first, blocks = (_widened(part, n_keys) for part in (medians.first, medians.blocks))
    kept[:n_base] = base.columns["n_solved"][base.start[1 : n_base + 1] - 1]
    changed = np.flatnonzero(live.place >= 0)
    kept[changed] = base.columns["n_solved"][live.kept[live.place[changed]]]
    tail, late, late_first = live.tail, [], np.zeros(n_keys + 1, np.int64)
    for key in changed:
        rows = slice(tail.start[live.place[key]], tail.start[live.place[key] + 1])
        n, time = tail.columns["n_solved"][rows], tail.columns["solved_time"][rows]
        taken = np.diff(time.astype(np.int64))[np.diff(n.astype(np.int64)) > 0] / HOUR
        late.append(taken)
        late_first[key + 1] = taken.size
    values = np.concatenate([np.empty(0), *late])
    return LongAndLate(
        first,
        medians.values,
        blocks,
        medians.words,
        kept=kept,
        late=values,
        late_first=np.cumsum(late_first),
    )


def _widened(part: Int64, n_keys: int) -> Int64:
    """Where each key's part begins, with further keys that have none."""
    found = np.full(n_keys + 1, part[-1])
    found[: min(part.size, n_keys + 1)] = part[: n_keys + 1]
    return found


@compiled
def _n_at_most(words: Int64, level: tuple[int, int, int], begin: int, end: int, rank: int) -> int:
    """How many of rows ``begin`` to ``end`` have a rank of at most ``rank``."""
    at, stop, width = level
    found, left = 0, (stop - at) // width
    while at < stop:
        left -= 1
        ones_begin, ones_end = n_set(words, at, begin), n_set(words, at, end)
        if (rank >> left) & 1:
            found += (end - begin) - (ones_end - ones_begin)
            begin, end = words[at] + ones_begin, words[at] + ones_end
        else:
            begin, end = begin - ones_begin, end - ones_end
        at += width
    return found + end - begin


@allocating
def _smallest(  # noqa: PLR0917  # a kernel
    values: Floats,
    words: Int64,
    level: tuple[int, int, int],
    begin: int,
    end: int,
    late: Floats,
    k: int,
) -> float:
    """The k-th smallest, from 0, of the rows and of ``late``, which is sorted like ``values``."""
    low, high = 0, values.size  # the first value of which more than k are not above it
    while low < high:
        middle = (low + high) >> 1
        n = _n_at_most(words, level, begin, end, middle)
        if n + np.searchsorted(late, values[middle], "right") > k:
            high = middle
        else:
            low = middle + 1
    found: float = values[low] if low < values.size else np.inf
    for i in range(late.size):
        if late[i] >= found:
            break
        rank = np.searchsorted(values, late[i], "right") - 1
        n = i + 1 + (_n_at_most(words, level, begin, end, rank) if rank >= 0 else 0)
        if n > k:
            found = late[i]
            break
    return found


@allocating
def _medians(  # noqa: PLR0917  # a kernel
    long: tuple[Int64, Floats, Int64, Int64, Int64],
    behind: tuple[Floats, Int64],
    keys: Int64,
    begin: Int64,
    end: Int64,
    out: Floats,
) -> None:
    first, values, blocks, words, kept = long
    late, late_first = behind
    for i in range(out.size):
        key, n = keys[i], end[i] - begin[i]
        if key < 0 or n <= 0:
            continue
        level = (blocks[key], blocks[key + 1], width_of(first[key + 1] - first[key]))
        rows = (min(begin[i], kept[key]), min(end[i], kept[key]))
        places = (max(begin[i] - kept[key], 0), max(end[i] - kept[key], 0))
        mine = np.sort(late[late_first[key] + places[0] : late_first[key] + places[1]])
        own = values[first[key] : first[key + 1]]
        upper = _smallest(own, words, level, rows[0], rows[1], mine, n // 2)
        lower = upper
        if not n & 1:
            lower = _smallest(own, words, level, rows[0], rows[1], mine, n // 2 - 1)
        out[i] = (lower + upper) / 2 if lower != upper else upper
