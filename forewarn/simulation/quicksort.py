"""Compiled: jobs sorted in place by due date.

The textbook's quicksort with the median of three as pivot, and insertion below sixteen: the
steps are those of numba's ``argsort``, which cannot be used where nothing may be allocated. Jobs
that are due at the same time come out as they do there.
"""

from forewarn.simulation.plan import Int64
from forewarn.simulation.state import Records
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
    pivot = jobs[middle].due
    _swap(jobs, high, middle)
    i, j = low, high - 1
    while True:
        while i < high and jobs[i].due < pivot:
            i += 1
        while j >= low and pivot < jobs[j].due:
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
        while j > low and jobs[j].due < jobs[j - 1].due:
            _swap(jobs, j, j - 1)
            j -= 1


@fused
def _order(jobs: Records, a: int, b: int) -> None:
    if jobs[b].due < jobs[a].due:
        _swap(jobs, a, b)


@fused
def _swap(jobs: Records, a: int, b: int) -> None:
    due, length, place = jobs[a].due, jobs[a].length, jobs[a].place
    jobs[a] = jobs[b]
    jobs[b].due, jobs[b].length, jobs[b].place = due, length, place
