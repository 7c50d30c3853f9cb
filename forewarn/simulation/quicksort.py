"""Compiled: jobs sorted in place by due date, those due at one time by age of their tickets.

The textbook's quicksort with the median of three as pivot, and insertion below sixteen; numba's
``argsort`` cannot be used where nothing may be allocated.
"""

from forewarn.simulation.plan import Int64
from forewarn.simulation.state import Record, Records
from forewarn.sla.compiled import fused

_SMALL = 15


@fused
def sort_by_due(jobs: Records, n: int, parts: Int64) -> None:
    """Sort the first ``n`` jobs. ``parts``: room for the spans that are still to be sorted."""
    parts[0, 0], parts[0, 1] = 0, n - 1
    n_parts = 1
    while n_parts > 0:
        n_parts -= 1
        low, high = parts[n_parts, 0], parts[n_parts, 1]
        while high - low >= _SMALL:
            middle = _parted(jobs, low, high)
            # The larger side waits, so that few wait at a time.
            if high - middle > middle - low:
                parts[n_parts, 0], parts[n_parts, 1] = middle + 1, high
                high = middle - 1
            else:
                parts[n_parts, 0], parts[n_parts, 1] = low, middle - 1
                low = middle + 1
            n_parts += 1
        _insert(jobs, low, high)


@fused
def _parted(jobs: Records, low: int, high: int) -> int:
    """Earlier jobs to the left, later ones to the right of the pivot, whose place is returned."""
    middle = (low + high) >> 1
    _order(jobs, low, middle)
    _order(jobs, middle, high)
    _order(jobs, low, middle)
    _swap(jobs, high, middle)
    pivot = jobs[high]
    i, j = low, high - 1
    while True:
        while i < high and _is_before(jobs[i], pivot):
            i += 1
        while j >= low and _is_before(pivot, jobs[j]):
            j -= 1
        if i >= j:
            break
        _swap(jobs, i, j)
        i += 1
        j -= 1
    _swap(jobs, i, high)
    return i


@fused
def _insert(jobs: Records, low: int, high: int) -> None:
    for i in range(low + 1, high + 1):
        j = i
        while j > low and _is_before(jobs[j], jobs[j - 1]):
            _swap(jobs, j, j - 1)
            j -= 1


@fused
def _order(jobs: Records, a: int, b: int) -> None:
    if _is_before(jobs[b], jobs[a]):
        _swap(jobs, a, b)


@fused
def _is_before(a: Record, b: Record) -> bool:
    return bool(a.due < b.due or (a.due == b.due and a.ticket < b.ticket))


@fused
def _swap(jobs: Records, a: int, b: int) -> None:
    due, length, ticket = jobs[a].due, jobs[a].length, jobs[a].ticket
    jobs[a] = jobs[b]
    jobs[b].due, jobs[b].length, jobs[b].ticket = due, length, ticket
