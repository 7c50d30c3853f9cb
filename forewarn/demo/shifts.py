"""Working time of one agent: what is done by when."""

from bisect import bisect_right

from forewarn.demo.staff import Staff


def window_at(staff: Staff, agent: int, now: int) -> int:
    """Position of the working window that holds ``now``, or -1 outside all of them."""
    window = bisect_right(staff.starts[agent], now) - 1
    return window if window >= 0 and now < staff.ends[agent][window] else -1


def work_until(staff: Staff, agent: int, window: int, now: int, seconds: int) -> tuple[int, int]:
    """When ``seconds`` of work begun ``now`` end, and how many are done by then.

    Work goes on after breaks and nights; it stops early before a day's absence.
    """
    starts, ends = staff.starts[agent], staff.ends[agent]
    released, done = staff.released[agent][window], 0
    while True:
        free = ends[window] - now
        if done + free >= seconds:
            return now + seconds - done, seconds
        done += free
        if ends[window] >= released:
            return ends[window], done
        window += 1
        now = starts[window]
