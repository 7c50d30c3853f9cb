"""The event loop: agents pick the most urgent, then oldest, ticket of their group."""

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from forewarn.demo.arrivals import Arrivals
from forewarn.demo.catalogue import GROUPS, PRIORITIES
from forewarn.demo.log import Log, ticket_ids
from forewarn.demo.plans import Plans
from forewarn.demo.routes import ASK, ASK_IN_VAIN, DELETE, HOLD, MERGE, SOLVE, SPAM
from forewarn.demo.shifts import window_at, work_until
from forewarn.demo.staff import Staff

CLOSES_AFTER = 5 * 86400
ARRIVE, BEGIN, FINISH, RETURN, CLOSE, ESCALATE, CHASE, RATE = range(8)
_GROUP = tuple(group for group, _, _ in GROUPS)
_ENDINGS = {MERGE: "merged", SPAM: "spam", DELETE: "deleted"}
_WAITING = {ASK: "pending", ASK_IN_VAIN: "pending", HOLD: "on_hold"}


@dataclass
class Desk:
    """State of the desk; ``run`` moves it to the end.

    Per ticket: ``status`` (category, or gone), ``priority``, ``touch`` (position of the
    next one), ``left`` (minutes of a touch that was cut; 0: none), ``queued`` (it waits
    for an agent). Events of the future lie in ``ahead``, in order of time, then of entry.
    """

    arrivals: Arrivals
    plans: Plans
    staff: Staff
    parents: Sequence[str | None]
    end: int
    log: Log = field(default_factory=Log)
    work: list[tuple[int, int, int, int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        n = len(self.arrivals.created)
        self.created: list[int] = self.arrivals.created.tolist()
        self.status = ["new"] * n
        self.priority: list[int] = self.plans.priority.tolist()
        self.touch: list[int] = self.plans.routes.start[:-1].tolist()
        self.last: list[int] = (self.plans.routes.start[1:] - 1).tolist()
        self.group_of: list[int] = self.plans.first_group().tolist()
        self.holder: list[str | None] = [None] * n
        self.left = [0.0] * n
        self.queued = [False] * n
        self.replied = [False] * n
        self.solved_at = [0] * n
        self.queues: list[list[tuple[int, int, int]]] = [[] for _ in GROUPS]
        self.idle: list[list[int]] = [[] for _ in GROUPS]
        self.busy = [False] * len(self.staff.agent_ids)
        self.ahead: list[tuple[int, int, int, int]] = []
        self.entries = 0

    def run(self) -> None:
        """Let everything happen that happens up to the end."""
        arriving = self.arrivals.created + self.plans.known_after
        for ticket, at in enumerate(arriving.tolist()):
            self._later(at, ARRIVE, ticket)
        for agent, starts in enumerate(self.staff.starts):
            for start in starts:
                self._later(start, BEGIN, agent)
        acts = (self._arrive, self._begin, self._finish, self._return,
                self._close, self._escalate, self._chase, self._rate)  # fmt: skip
        while self.ahead and self.ahead[0][0] <= self.end:
            at, _, what, which = heapq.heappop(self.ahead)
            acts[what](at, which)

    def _later(self, at: int, what: int, which: int) -> None:
        self.entries += 1
        heapq.heappush(self.ahead, (at, self.entries, what, which))

    def _arrive(self, at: int, ticket: int) -> None:
        plans, created = self.plans, self.created[ticket]
        self.log.write(ticket, created, "created", None, "new", by="customer")
        if plans.channel[ticket] == 1:
            self.log.write(ticket, at, "agent_reply", by="bot", detail="receipt")
        if plans.escalates_after[ticket] >= 0:
            self._later(max(at, created + int(plans.escalates_after[ticket])), ESCALATE, ticket)
        if plans.chases_after[ticket] >= 0:
            self._later(max(at, created + int(plans.chases_after[ticket])), CHASE, ticket)
        self._queue(at, ticket)

    def _queue(self, at: int, ticket: int) -> None:
        group = self.group_of[ticket]
        self.queued[ticket] = True
        entry = (self.priority[ticket], self.created[ticket], ticket)
        heapq.heappush(self.queues[group], entry)
        idle = self.idle[group]
        while idle:
            agent = idle.pop(0)
            window = window_at(self.staff, agent, at)
            here = window >= 0 and self.staff.groups[agent][window] == group
            if here and not self.busy[agent]:
                self._pick(at, agent, window)
                return

    def _begin(self, at: int, agent: int) -> None:
        window = window_at(self.staff, agent, at)
        if not self.busy[agent] and window >= 0:
            self._pick(at, agent, window)

    def _pick(self, at: int, agent: int, window: int) -> None:
        group = self.staff.groups[agent][window]
        queue = self.queues[group]
        while queue:
            priority, _, ticket = heapq.heappop(queue)
            current = priority == self.priority[ticket] and group == self.group_of[ticket]
            if self.queued[ticket] and current:
                self._work(at, agent, window, ticket)
                return
        if agent not in self.idle[group]:
            self.idle[group].append(agent)

    def _work(self, at: int, agent: int, window: int, ticket: int) -> None:
        """Take the ticket up; the end of the touch is known from here on."""
        touch, name = self.touch[ticket], self.staff.agent_ids[agent]
        self.queued[ticket], self.busy[agent] = False, True
        self.log.write(ticket, at, "assigned", self.holder[ticket], name, actor=name)
        self.holder[ticket] = name
        if self.status[ticket] == "new":
            self._turn(at, ticket, "open", by="agent", actor=name)
        speed = self.staff.speeds[agent]
        minutes = self.left[ticket] or float(self.plans.routes.minutes[touch])
        seconds = max(math.ceil(minutes * speed * 60), 20)
        until, done = work_until(self.staff, agent, window, at, seconds)
        share = float(self.plans.routes.reply_share[touch])
        if not self.replied[ticket] and share * seconds <= done:
            heard, _ = work_until(self.staff, agent, window, at, int(share * seconds) + 1)
            self.log.write(ticket, heard, "agent_reply", actor=name)
            self.replied[ticket] = True
        self.left[ticket] = 0.0 if done == seconds else (seconds - done) / 60 / speed
        self.work.append((touch, agent, at, until, done))
        self._later(until, FINISH, len(self.work) - 1)

    def _finish(self, at: int, piece: int) -> None:
        touch, agent, _, _, _ = self.work[piece]
        ticket = int(np.searchsorted(self.plans.routes.start, touch, side="right")) - 1
        self.busy[agent] = False
        if self.left[ticket] > 0:
            self.log.write(ticket, at, "internal_note", actor=self.staff.agent_ids[agent])
            self._queue(at, ticket)
        else:
            self._complete(at, ticket, touch, self.staff.agent_ids[agent])
        self._begin(at, agent)

    def _complete(self, at: int, ticket: int, touch: int, name: str) -> None:
        """The touch is done: what follows is as planned."""
        plans, outcome = self.plans, int(self.plans.routes.outcome[touch])
        wanted = int(plans.new_priority[ticket])
        if wanted >= 0 and touch == plans.routes.start[ticket]:
            self._reprioritise(at, ticket, wanted, by="agent", actor=name)
        if outcome in _ENDINGS:
            parent = self.parents[ticket] if outcome == MERGE else None
            self.log.write(ticket, at, _ENDINGS[outcome], None, parent, actor=name)
            self.status[ticket] = "gone"
            return
        public = outcome in (SOLVE, ASK, ASK_IN_VAIN)
        self.log.write(ticket, at, "agent_reply" if public else "internal_note", actor=name)
        self.replied[ticket] |= public
        self.touch[ticket] = touch + 1
        if outcome == SOLVE:
            self._solve(at, ticket, by="agent", actor=name)
        elif outcome in _WAITING:
            self._turn(at, ticket, _WAITING[outcome], by="agent", actor=name)
        if touch < self.last[ticket]:
            self._route(at, ticket, int(plans.routes.group[touch + 1]), name)
        if touch < self.last[ticket] or outcome == ASK_IN_VAIN:
            self._later(at + int(plans.routes.wait[touch]), RETURN, ticket)

    def _route(self, at: int, ticket: int, group: int, name: str) -> None:
        before = self.group_of[ticket]
        if group != before:
            self.log.write(ticket, at, "group_changed", _GROUP[before], _GROUP[group], actor=name)
            self.group_of[ticket] = group

    def _return(self, at: int, ticket: int) -> None:
        """The customer answers, a third party has delivered, or a week has passed."""
        if self.touch[ticket] > self.last[ticket]:
            self._solve(at, ticket, by="system", actor=None)
            return
        if self.status[ticket] in ("pending", "solved"):
            self.log.write(ticket, at, "customer_reply", by="customer")
        if self.status[ticket] == "solved":
            self.log.write(ticket, at, "reopened", "solved", "open", by="system")
            self.status[ticket] = "open"
        elif self.status[ticket] != "open":
            self._turn(at, ticket, "open", by="system")
        self._queue(at, ticket)

    def _solve(self, at: int, ticket: int, *, by: str, actor: str | None) -> None:
        before = self.status[ticket]
        self.log.write(ticket, at, "solved", before, "solved", actor=actor, by=by)
        self.status[ticket], self.solved_at[ticket] = "solved", at
        if self.touch[ticket] > self.last[ticket]:
            self._later(at + CLOSES_AFTER, CLOSE, ticket)
            if self.plans.rated_after[ticket] >= 0:
                self._later(at + int(self.plans.rated_after[ticket]), RATE, ticket)

    def _close(self, at: int, ticket: int) -> None:
        self.log.write(ticket, at, "closed", "solved", "closed", by="system")
        self.status[ticket] = "closed"

    def _escalate(self, at: int, ticket: int) -> None:
        """A customer who has waited too long turns to the management."""
        if self.status[ticket] in ("new", "open", "on_hold"):
            self.log.write(ticket, at, "escalated", by="customer")
            if self.priority[ticket] > 1:
                self._reprioritise(at, ticket, self.priority[ticket] - 1, by="system")
            if self.queued[ticket]:
                self._queue(at, ticket)

    def _reprioritise(
        self, at: int, ticket: int, wanted: int, *, by: str, actor: str | None = None
    ) -> None:
        before = PRIORITIES[self.priority[ticket]]
        if PRIORITIES[wanted] != before:
            self.log.write(
                ticket, at, "priority_changed", before, PRIORITIES[wanted], actor=actor, by=by
            )
            self.priority[ticket] = wanted

    def _chase(self, at: int, ticket: int) -> None:
        if self.status[ticket] in ("new", "open", "on_hold"):
            self.log.write(ticket, at, "customer_reply", by="customer", detail="reminder")

    def _rate(self, at: int, ticket: int) -> None:
        """One to five stars; long waits cost some."""
        hours = (self.solved_at[ticket] - self.created[ticket]) / 3600
        liked = 4.3 + float(self.plans.mood[ticket]) - 0.45 * math.log2(1 + hours / 24)
        self.log.write(ticket, at, "csat", None, str(min(max(round(liked), 1), 5)), by="customer")

    def _turn(
        self, at: int, ticket: int, status: str, *, by: str, actor: str | None = None
    ) -> None:
        self.log.write(
            ticket, at, "status_changed", self.status[ticket], status, actor=actor, by=by
        )
        self.status[ticket] = status


def parents_of(arrivals: Arrivals) -> list[str | None]:
    """For each ticket the one it would be merged into: the last of its incident or customer."""
    seen: dict[tuple[str, int], str] = {}
    names = ticket_ids(len(arrivals.created))
    parents: list[str | None] = []
    for name, customer, incident in zip(
        names, arrivals.customer.tolist(), arrivals.incident.tolist(), strict=True
    ):
        key = ("incident", incident) if incident >= 0 else ("customer", customer)
        parents.append(seen.get(key))
        seen[key] = name
    return parents
