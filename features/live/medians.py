"""Medians of values of which some came behind those of a wavelet matrix."""

from dataclasses import dataclass

import numpy as np

from features.live.spliced import SplicedStream
from features.medians import Bits, Medians, n_set
from features.spec import HOUR
from features.streams import Floats, Int64, Stream
from forewarn.sla.compiled import compiled

_KEY = 40  # bits of a place that count values; the key lies above them


@dataclass(frozen=True)
class LongAndLate(Medians):
    """The values of ``Medians``, of each key up to ``kept``, and behind them ``late`` ones.

    ``late_first``: per key the place of its first late value, and one more. A place is told
    as the key and how many of its values lie before it.
    """

    kept: Int64
    late: Floats
    late_first: Int64

    def place(self, keys: Int64, n: Int64) -> Int64:
        return (np.where(keys < 0, self.kept.size - 1, keys) << _KEY) + n

    def between(self, begin: Int64, end: Int64) -> Floats:
        out = np.full(begin.size, np.nan)
        long = (self.first, self.kept, self.values)
        _medians(long, self.bits, (self.late, self.late_first), begin, end, out)
        return out


def follow_medians(medians: Medians, base: Stream, live: Stream) -> Medians:
    """The medians of a load with what it has now; ``base``: of which the medians were made."""
    if not isinstance(live, SplicedStream):
        return medians
    n_keys = live.n_all + 1
    kept, first = np.zeros(n_keys, np.int64), np.full(n_keys, medians.first[-1])
    n_base = min(base.n_keys, n_keys)
    first[:n_base] = medians.first[:n_base]
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
        medians.bits,
        kept=kept,
        late=values,
        late_first=np.cumsum(late_first),
    )


@compiled
def _n_at_most(bits: Bits, begin: int, end: int, rank: int) -> int:
    """How many of rows ``begin`` to ``end`` have a rank of at most ``rank``."""
    found, n_levels = 0, bits.zeros.size
    for level in range(n_levels):
        ones_begin, ones_end = n_set(bits, level, begin), n_set(bits, level, end)
        if (rank >> (n_levels - 1 - level)) & 1:
            found += (end - begin) - (ones_end - ones_begin)
            begin, end = bits.zeros[level] + ones_begin, bits.zeros[level] + ones_end
        else:
            begin, end = begin - ones_begin, end - ones_end
    return found + end - begin


@compiled
def _smallest(values: Floats, bits: Bits, begin: int, end: int, late: Floats, k: int) -> float:  # noqa: PLR0917  # a kernel
    """The k-th smallest, from 0, of the rows and of ``late``, which is sorted."""
    low, high = 0, values.size  # the first value of which more than k are not above it
    while low < high:
        middle = (low + high) >> 1
        n = _n_at_most(bits, begin, end, middle) + np.searchsorted(late, values[middle], "right")
        if n > k:
            high = middle
        else:
            low = middle + 1
    found: float = values[low] if low < values.size else np.inf
    for i in range(late.size):
        if late[i] >= found:
            break
        rank = np.searchsorted(values, late[i], "right") - 1
        n = i + 1 + (_n_at_most(bits, begin, end, rank) if rank >= 0 else 0)
        if n > k:
            found = late[i]
            break
    return found


@compiled
def _medians(  # noqa: PLR0917  # a kernel
    long: tuple[Int64, Int64, Floats],
    bits: Bits,
    behind: tuple[Floats, Int64],
    begin: Int64,
    end: Int64,
    out: Floats,
) -> None:
    first, kept, values = long
    late, late_first = behind
    for i in range(out.size):
        key = begin[i] >> _KEY
        since, until = begin[i] - (key << _KEY), end[i] - (key << _KEY)
        n = until - since
        if n <= 0:
            continue
        rows = (first[key] + min(since, kept[key]), first[key] + min(until, kept[key]))
        places = (max(since - kept[key], 0), max(until - kept[key], 0))
        mine = np.sort(late[late_first[key] + places[0] : late_first[key] + places[1]])
        upper = _smallest(values, bits, rows[0], rows[1], mine, n // 2)
        lower = upper if n & 1 else _smallest(values, bits, rows[0], rows[1], mine, n // 2 - 1)
        out[i] = (lower + upper) / 2 if lower != upper else upper
