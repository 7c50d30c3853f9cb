"""A slow, obvious desk: plain objects and lists, everything is looked at anew each time.

The fast event loop must do the same, to the microsecond. Opening hours are lists of spans.
"""

from dataclasses import dataclass, field
from math import inf, isnan

from slow_order import order_of

from forewarn.simulation.plan import GOES_ON, NEW_CLOCK, Estimates, Plan, Rules, Staff

Spans = list[list[tuple[int, int]]]
"""Per calendar its open spans, in order."""


@dataclass
class Ticket:
    """A ticket as it stands. ``clock_since``: begin of the present resolution clock (None: none
    runs), ``pauses`` on it (the last may be open), ``stopped``: what was on those that are over.
    """

    number: int
    touch: int
    left: int
    priority: int
    target: list[int]
    penalty: list[float]
    done: int = 0
    queued_at: int = 0
    replied_at: float = inf
    solved_at: float = inf
    clock_since: int | None = None
    pauses: list[list[float]] = field(default_factory=list)
    stopped: list[tuple[int, int, float]] = field(default_factory=list)
    due: list[float] = field(default_factory=lambda: [inf, inf])


class SlowDesk:
    """One desk. After `go`: ``queued``, ``begun``, ``ended`` per touch, and the tickets."""

    def __init__(
        self, plan: Plan, staff: Staff, spans: Spans, *, believed: Estimates, rules: Rules,
        whims: list[float],
    ) -> None:  # fmt: skip
        self.plan, self.staff, self.spans = plan, staff, spans
        self.believed, self.rules, self.whims = believed, rules, whims
        work = plan.work.tolist()
        self.tickets = [
            Ticket(i, int(s), work[s], int(p), plan.target[i, p].tolist(),
                   plan.penalty[i, p].tolist())
            for i, (s, p) in enumerate(zip(plan.start[:-1], plan.priority, strict=True))
        ]  # fmt: skip
        n_agents = staff.offset.size - 1
        self.windows = [list(range(staff.offset[a], staff.offset[a + 1])) for a in range(n_agents)]
        self.idle_since: list[float] = [-1] * n_agents
        self.is_busy = [False] * n_agents
        self.queues: list[list[Ticket]] = [[] for _ in range(staff.pace.shape[1])]
        self.turns = [0] * len(self.queues)
        self.scored_at = [-inf] * len(self.queues)
        self.ranks: dict[int, tuple[int, float]] = {}
        self.queued, self.begun, self.ended = ([inf] * len(work) for _ in range(3))
        self.planned: list[tuple[int, int, object]] = []
        self.n_planned = self.n_picks = 0

    # Clocks

    def opened(self, ticket: Ticket, since: float, until: float) -> int:
        """Open time of the ticket's calendar between two instants."""
        spans = self.spans[self.plan.calendar[ticket.number]]
        return sum(int(max(min(b, until) - max(a, since), 0)) for a, b in spans)

    def on_clock(self, ticket: Ticket, at: float) -> int:
        """Open time on the resolution clock, without its pauses."""
        assert ticket.clock_since is not None
        stood = sum(self.opened(ticket, a, min(b, at)) for a, b in ticket.pauses)
        return self.opened(ticket, ticket.clock_since, at) - stood

    def time_left(self, ticket: Ticket, promise: int, at: float) -> int | None:
        """Open time left on a clock of a queued ticket; None where none runs."""
        target = ticket.target[promise]
        if target < 0:
            return None
        if promise == 0:
            arrived = self.plan.arrived[ticket.number]
            over = self.opened(ticket, at, arrived) if at < arrived else 0
            is_over = ticket.replied_at < inf
            return None if is_over else target - self.opened(ticket, arrived, at) + over
        if ticket.clock_since is None:
            return None
        # Scores can be as of an instant shortly before it came back into its queue.
        return target - self.on_clock(ticket, ticket.queued_at) + (
            self.opened(ticket, at, ticket.queued_at) if at < ticket.queued_at
            else -self.opened(ticket, ticket.queued_at, at)
        )  # fmt: skip

    def due_at(self, ticket: Ticket, promise: int, now: int) -> float:
        """When a clock breaks that runs on; in the past: when that was first seen in a queue."""
        left = self.time_left(ticket, promise, now)
        if left is None:
            return inf
        if left < 0:
            return min(ticket.due[promise], now)
        at = now
        for a, b in self.spans[self.plan.calendar[ticket.number]]:
            if left > 0 and b > now:
                begin = max(a, now)
                at = begin + min(left, b - begin)
                left -= at - begin
        return at if left == 0 else 1 << 62

    # Events

    def plan_event(self, at: int, what: object) -> None:
        """Something will happen."""
        self.n_planned += 1
        self.planned.append((at, self.n_planned, what))

    def go(self, end: int) -> None:
        """Until ``end``: at equal instants what was planned, then arrivals, then begins of work."""
        arrivals = [(int(at), i) for i, at in enumerate(self.plan.arrived)]
        begins = [(int(self.staff.starts[w]), a) for a, own in enumerate(self.windows) for w in own]
        begins.sort(key=lambda begin: begin[0])
        while True:
            nexts = [min(rows, default=(inf,))[0] for rows in (self.planned, arrivals, begins)]
            now = min(nexts)
            if now >= end:
                break
            agent, group = None, None
            if nexts[0] == now:
                event = min(self.planned)
                self.planned.remove(event)
                agent, group = event[2](int(now))  # type: ignore[operator]
            elif nexts[1] == now:
                ticket = self.tickets[arrivals.pop(0)[1]]
                ticket.clock_since = int(now)
                self.plan_change(ticket, int(now))
                group = self.enqueue(ticket, int(now))
            else:
                agent = begins.pop(0)[1]
            if agent is not None and not self.is_busy[agent]:
                self.employ(agent, int(now))
            if group is not None and self.queues[group]:
                idle = self.longest_idle(group, int(now))
                if idle is not None:
                    self.employ(idle, int(now))

    def plan_change(self, ticket: Ticket, now: int) -> None:
        """It will be given another priority, if its resolution clock runs by then."""
        after = int(self.plan.changes_after[ticket.number])

        def change(then: int) -> tuple[None, None]:
            if ticket.clock_since is not None and not self.stands(ticket):
                self.give_priority(ticket, int(self.plan.changes_to[ticket.number]), then)
            return None, None

        if after >= 0:
            self.plan_event(now + after, change)

    def stands(self, ticket: Ticket) -> bool:
        """In a pause of its resolution clock."""
        return bool(ticket.pauses) and ticket.pauses[-1][1] == inf

    def give_priority(self, ticket: Ticket, priority: int, now: int) -> None:
        """New targets and penalties for the clocks that run."""
        ticket.priority, number = priority, ticket.number
        is_over = [ticket.replied_at <= now, ticket.clock_since is None]
        for promise in range(2):
            if is_over[promise]:
                continue
            ticket.target[promise] = int(self.plan.target[number, priority, promise])
            ticket.penalty[promise] = float(self.plan.penalty[number, priority, promise])
        if any(ticket in queue for queue in self.queues):
            ticket.queued_at = now
            ticket.due = [self.due_at(ticket, promise, now) for promise in range(2)]
            self.ranks.pop(ticket.number, None)

    def enqueue(self, ticket: Ticket, now: int) -> int:
        """Put it into the queue of its touch's group, which is returned."""
        self.queued[ticket.touch] = min(self.queued[ticket.touch], now)
        ticket.queued_at = now
        ticket.due = [self.due_at(ticket, promise, now) for promise in range(2)]
        self.ranks.pop(ticket.number, None)
        group = int(self.plan.group[ticket.touch])
        self.queues[group].append(ticket)
        return group

    def window_of(self, agent: int, now: int) -> int | None:
        """The window in which the agent is on shift."""
        within = (
            w for w in self.windows[agent] if self.staff.starts[w] <= now < self.staff.ends[w]
        )
        return next(within, None)

    def pace(self, window: int, group: int) -> float:
        """0 where the group is not served."""
        return float(self.staff.pace[self.staff.skill[window], group])

    def serving(self, group: int, now: int) -> list[int]:
        """Agents on shift who serve a group."""
        at = [(a, self.window_of(a, now)) for a in range(len(self.windows))]
        return [a for a, w in at if w is not None and self.pace(w, group) > 0]

    def longest_idle(self, group: int, now: int) -> int | None:
        """Of those who serve the group and are idle."""
        idle = [a for a in self.serving(group, now) if self.idle_since[a] >= 0]
        return min(idle, key=lambda a: self.idle_since[a], default=None)

    def employ(self, agent: int, now: int) -> None:
        """Let a free agent take a ticket up, or be idle."""
        window = self.window_of(agent, now)
        if window is None:
            return
        groups = [g for g, queue in enumerate(self.queues) if queue and self.pace(window, g) > 0]
        if not groups:
            self.idle_since[agent] = now
            return
        heads = [(order_of(self, group, now)[0], group) for group in groups]
        (_, ticket), group = min(heads, key=lambda head: head[0][0])
        unworked = self.oldest_unworked(group)
        self.turns[group] += 1
        every = self.rules.oldest_every
        if self.turns[group] >= every and ticket is unworked:
            self.turns[group] = min(self.turns[group] - every, every - 1)
        self.n_picks += 1
        self.work(ticket, agent, window, now)

    def oldest_unworked(self, group: int) -> Ticket | None:
        """Nobody has worked on it, and it is not of the top priority."""
        found = [
            t for t in self.queues[group]
            if t.touch == self.plan.start[t.number] and not t.done and t.priority
        ]  # fmt: skip
        return min(found, key=lambda t: t.number, default=None)

    def work(self, ticket: Ticket, agent: int, window: int, now: int) -> None:
        """One piece of work; it ends with the work, or with the agent's last window."""
        touch, plan = ticket.touch, self.plan
        queue = self.queues[plan.group[touch]]
        queue.remove(ticket)
        self.idle_since[agent], self.is_busy[agent] = -1, True
        self.begun[touch] = min(self.begun[touch], now)
        pace = self.pace(window, plan.group[touch])
        wanted = max(round(ticket.left * pace), 1)
        until, worked = self.work_until(window, now, wanted)
        done = ticket.left if worked == wanted else min(round(worked / pace), ticket.left)
        share = plan.reply_share[touch]
        if ticket.replied_at == inf and not isnan(share):
            missing = int(share * plan.work[touch]) - ticket.done
            if missing <= done:
                heard, _ = self.work_until(window, now, max(int(missing * pace), 0))
                ticket.replied_at = min(heard, until)

        def finish(then: int) -> tuple[int | None, int | None]:
            self.is_busy[agent] = False
            return agent, self.finish(ticket, done, then)

        self.plan_event(until, finish)

    def work_until(self, window: int, now: int, wanted: int) -> tuple[int, int]:
        """When so much time is worked, window after window, and how much of it is."""
        last = int(self.staff.until[window])
        worked = 0
        for w in range(window, self.staff.starts.size):
            begin, end = max(int(self.staff.starts[w]), now), int(self.staff.ends[w])
            if worked + end - begin >= wanted:
                return begin + wanted - worked, wanted
            worked += end - begin
            if end >= last:
                return end, worked
        raise AssertionError("windows end with the last one's until")

    def finish(self, ticket: Ticket, done: int, now: int) -> int | None:
        """A piece is over; the queue that the ticket is back in at once."""
        plan, touch = self.plan, ticket.touch
        ticket.left -= done
        ticket.done += done
        if ticket.left > 0:
            ticket.left += self.rules.handover
            return self.enqueue(ticket, now)
        self.ended[touch] = now
        if plan.priority_after[touch] >= 0:
            self.give_priority(ticket, int(plan.priority_after[touch]), now)
        is_last = touch + 1 == plan.start[ticket.number + 1]
        if (is_last or plan.solves[touch] != GOES_ON) and ticket.clock_since is not None:
            ticket.stopped.append((self.on_clock(ticket, now), ticket.target[1], ticket.penalty[1]))
            ticket.clock_since, ticket.pauses = None, []
        if is_last:
            ticket.solved_at = now
            return None
        ticket.touch, ticket.left, ticket.done = touch + 1, int(plan.work[touch + 1]), 0
        if plan.pauses[touch] and ticket.clock_since is not None and plan.wait[touch] > 0:
            ticket.pauses.append([now, inf])
        if plan.wait[touch] == 0:
            return self.come_back(ticket, now)
        self.plan_event(now + int(plan.wait[touch]), lambda at: (None, self.come_back(ticket, at)))
        return None

    def come_back(self, ticket: Ticket, now: int) -> int:
        """The wait is over: the clock goes on, or a new one begins."""
        if ticket.clock_since is None and self.plan.solves[ticket.touch - 1] == NEW_CLOCK:
            ticket.clock_since = now
        elif self.stands(ticket):
            ticket.pauses[-1][1] = now
        return self.enqueue(ticket, now)

    def elapsed(self, ticket: Ticket, end: int) -> tuple[int, int]:
        """Longest open time on a clock of each promise, up to ``end``."""
        return tuple(max([0, *(e for e, _, _ in c)]) for c in self.clocks(ticket, end))  # type: ignore[return-value]

    def clocks(self, ticket: Ticket, end: int) -> list[list[tuple[int, int, float]]]:
        """Per promise its clocks up to ``end``: elapsed, target and penalty when it stopped."""
        replied = min(ticket.replied_at, ticket.solved_at, end)
        first = self.opened(ticket, self.plan.arrived[ticket.number], replied)
        runs = []
        if ticket.clock_since is not None:
            runs = [(self.on_clock(ticket, end), ticket.target[1], ticket.penalty[1])]
        return [[(first, ticket.target[0], ticket.penalty[0])], [*ticket.stopped, *runs]]

    def fines(self, ticket: Ticket, end: int) -> list[float | None]:
        """Per promise the dearest of its late clocks; None: none was late."""
        late = [[fine for e, target, fine in own if e > target >= 0]
                for own in self.clocks(ticket, end)]  # fmt: skip
        return [max(own) if own else None for own in late]
