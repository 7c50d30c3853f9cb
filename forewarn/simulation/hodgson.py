"""Compiled: rolling Moore-Hodgson on the queue of one group."""

from forewarn.simulation.clocks import opened_at
from forewarn.simulation.plan import FIRST_RESPONSE, RESOLUTION
from forewarn.simulation.quicksort import sort_by_due
from forewarn.simulation.scores import LOST, RANKED, minutes_left
from forewarn.simulation.state import NEVER, Desk, Record, Records
from forewarn.simulation.value_index import FIRST_RESPONSE_SHARE
from forewarn.simulation.working import agents_there
from forewarn.sla.compiled import fused

NO_CLOCK = 1e12


@fused
def rank_together(desk: Desk, group: int, at: int) -> None:
    """Bring block and key of the tickets of a queue up to date: it is ranked as a whole."""
    queue, when = desk.groups[group], at
    if desk.rules.on_events:
        for i in range(queue.size):
            when = max(when, desk.tickets[desk.queue[group, i]].since)
    if queue.ranked != when:
        queue.ranked = when
        _rank_on_time(desk, group, when, max(agents_there(desk, group, when), 1))


@fused
def _rank_on_time(desk: Desk, group: int, when: int, n_agents: int) -> None:
    """The largest set that ends on time first.

    A job is the next touch; it has to end in time for the reply that it holds, and for the work
    that follows it. By due date; whenever one would end late, the longest so far is dropped.
    """
    jobs, n = desk.jobs, desk.groups[group].size
    for i in range(n):
        job = jobs[i]
        job.ticket = desk.queue[group, i]
        t = desk.tickets[job.ticket]
        length = desk.believed.minutes[t.touch, FIRST_RESPONSE]
        job.due, job.length = _job_due(desk, t, when, length), length / n_agents
    sort_by_due(jobs, n, desk.parts)
    n_kept, total = 0, 0.0
    for k in range(n):
        job = jobs[k]
        t = desk.tickets[job.ticket]
        if t.since <= when:  # what came since counts, and stays unscored
            t.block, t.key, t.scored = RANKED, float(k), when
        total += job.length
        _push(desk.kept, n_kept, job)
        n_kept += 1
        if total > job.due:
            total -= desk.kept[1].length
            desk.tickets[desk.kept[1].ticket].block = LOST
            _drop_first(desk.kept, n_kept)
            n_kept -= 1


@fused
def _job_due(desk: Desk, t: Record, when: int, length: float) -> float:
    """Minutes from now until the next touch has to be over; negative: it is too late."""
    opened, due = opened_at(desk, t.calendar, when), NO_CLOCK
    has_first = t.limit[FIRST_RESPONSE] != NEVER
    first = minutes_left(t, FIRST_RESPONSE, opened)
    if has_first and first >= 0:
        due = first + (1 - FIRST_RESPONSE_SHARE) * length
    has_whole = t.limit[RESOLUTION] != NEVER
    whole = minutes_left(t, RESOLUTION, opened)
    if has_whole and whole >= 0:
        rest = desk.believed.minutes[t.touch, RESOLUTION] - length
        return float(min(due, whole - max(rest, 0.0)))
    return due if due < NO_CLOCK or not (has_first or has_whole) else -1.0


@fused
def _push(kept: Records, n: int, job: Record) -> None:
    """Onto a heap with the longest at 1, of ``n`` before."""
    i = n + 1
    while i > 1 and _is_longer(job, kept[i // 2]):
        kept[i] = kept[i // 2]
        i //= 2
    kept[i] = job


@fused
def _drop_first(kept: Records, n: int) -> None:
    """Off the heap of ``n``; its last one fills the place."""
    i = 1
    while 2 * i < n:
        child = 2 * i
        if child + 1 < n and _is_longer(kept[child + 1], kept[child]):
            child += 1
        if not _is_longer(kept[child], kept[n]):
            break
        kept[i] = kept[child]
        i = child
    kept[i] = kept[n]


@fused
def _is_longer(a: Record, b: Record) -> bool:
    return bool(a.length > b.length or (a.length == b.length and a.ticket > b.ticket))
