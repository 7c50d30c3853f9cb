"""What the log of a help desk says of one ticket, once it is known who worked on it when."""

import heapq
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

import numpy as np

from forewarn.demo.arrivals import Arrivals
from forewarn.demo.as_plan import SECOND
from forewarn.demo.catalogue import GROUPS, PRIORITIES
from forewarn.demo.plans import Plans
from forewarn.demo.routes import ASK, ASK_IN_VAIN, DELETE, HAND_OVER, HOLD, MERGE, SOLVE, SPAM

CLOSES_AFTER = 5 * 86400
_GROUP = tuple(group for group, _, _ in GROUPS)
_ENDINGS = {MERGE: "merged", SPAM: "spam", DELETE: "deleted"}
_WAITING = {ASK: "pending", ASK_IN_VAIN: "pending", HOLD: "on_hold"}
_UNANSWERED = ("new", "open", "on_hold")


Act = Callable[[int], None]
Row = tuple[int, int, str, str | None, str | None, str | None, str, str | None]
"""Ticket, epoch second, kind, before, after, actor, kind of actor, detail."""


class Piece(NamedTuple):
    """Work of an agent on a touch (its position in ``Routes``); instants in microseconds.

    ``heard``: when the customer got the first reply, if before the end of this piece.
    ``is_whole``: the touch ends with it; else it was cut, and a colleague goes on.
    """

    touch: int
    agent: str
    begin: int
    end: int
    heard: int | None
    is_whole: bool


@dataclass
class Life:
    """One ticket; ``tell`` writes what happens to it before ``end`` (microseconds).

    What is still to come lies in ``ahead``, in order of time; of one instant the begin of work
    comes last (an idle agent takes up at once what comes back), the others in order of entry.
    """

    ticket: int
    arrivals: Arrivals
    plans: Plans
    parent: str | None
    rows: list[Row]
    end: int
    status: str = "new"
    holder: str | None = None
    ahead: list[tuple[int, bool, int, Act]] = field(default_factory=list)
    entries: int = 0

    def __post_init__(self) -> None:
        routes = self.plans.routes
        self.created = int(self.arrivals.created[self.ticket])
        self.priority = int(self.plans.priority[self.ticket])
        self.first = int(routes.start[self.ticket])
        self.last = int(routes.start[self.ticket + 1]) - 1
        self.group = int(routes.group[self.first])

    def tell(self, pieces: Sequence[Piece]) -> None:
        """Write the log of a ticket on which these pieces of work were done, in order."""
        plans, known_at = self.plans, self.created + int(self.plans.known_after[self.ticket])
        self._write(SECOND * self.created, "created", None, "new", by="customer")
        if plans.channel[self.ticket] == 1:
            self._write(SECOND * known_at, "agent_reply", by="bot", detail="receipt")
        self._once(plans.escalates_after, known_at, self._escalate)
        self._once(plans.chases_after, known_at, self._chase)
        for piece in pieces:
            self._later(piece.begin, partial(self._begin, piece), is_begin=True)
            if piece.heard is not None:
                self._later(piece.heard, partial(self._reply, piece))
            self._later(piece.end, partial(self._finish, piece))
        while self.ahead and self.ahead[0][0] < self.end:
            at, *_, act = heapq.heappop(self.ahead)
            act(at)

    def _later(self, at: int, act: Act, *, is_begin: bool = False) -> None:
        self.entries += 1
        heapq.heappush(self.ahead, (at, is_begin, self.entries, act))

    def _once(self, after: np.ndarray, known_at: int, act: Act) -> None:
        seconds = int(after[self.ticket])
        if seconds >= 0:
            self._later(SECOND * max(known_at, self.created + seconds), act)

    def _begin(self, piece: Piece, at: int) -> None:
        self._write(at, "assigned", self.holder, piece.agent, actor=piece.agent)
        self.holder = piece.agent
        if self.status == "new":
            self._turn(at, "open", by="agent", actor=piece.agent)

    def _reply(self, piece: Piece, at: int) -> None:
        self._write(at, "agent_reply", actor=piece.agent)

    def _finish(self, piece: Piece, at: int) -> None:
        if piece.is_whole:
            self._complete(piece, at)
        else:
            self._write(at, "internal_note", actor=piece.agent)

    def _complete(self, piece: Piece, at: int) -> None:
        """The touch is done: what follows is as planned."""
        routes, touch, name = self.plans.routes, piece.touch, piece.agent
        outcome = int(routes.outcome[touch])
        if touch == self.first:
            wanted = int(self.plans.new_priority[self.ticket])
            self._reprioritise(at, wanted, by="agent", actor=name)
        if outcome in _ENDINGS:
            parent = self.parent if outcome == MERGE else None
            self._write(at, _ENDINGS[outcome], None, parent, actor=name)
            self.status = "gone"
            return
        is_public = outcome in (SOLVE, ASK, ASK_IN_VAIN)
        self._write(at, "agent_reply" if is_public else "internal_note", actor=name)
        if outcome == SOLVE:
            self._solve(at, is_last=touch == self.last, by="agent", actor=name)
        elif outcome in _WAITING:
            self._turn(at, _WAITING[outcome], by="agent", actor=name)
        if touch < self.last:
            self._route(at, int(routes.group[touch + 1]), name)
        back = at + SECOND * int(routes.wait[touch])
        if outcome == ASK_IN_VAIN:
            self._later(back, partial(self._solve, is_last=True, by="system"))
        elif touch < self.last and outcome != HAND_OVER:
            self._later(back, self._return)

    def _route(self, at: int, group: int, name: str) -> None:
        if group != self.group:
            self._write(at, "group_changed", _GROUP[self.group], _GROUP[group], actor=name)
            self.group = group

    def _return(self, at: int) -> None:
        """The customer answers, or a third party has delivered."""
        if self.status in ("pending", "solved"):
            self._write(at, "customer_reply", by="customer")
        if self.status == "solved":
            self._write(at, "reopened", "solved", "open", by="system")
            self.status = "open"
        else:
            self._turn(at, "open", by="system")

    def _solve(self, at: int, *, is_last: bool, by: str, actor: str | None = None) -> None:
        self._write(at, "solved", self.status, "solved", actor=actor, by=by)
        self.status = "solved"
        rated_after = int(self.plans.rated_after[self.ticket])
        if is_last:
            self._later(at + SECOND * CLOSES_AFTER, self._close)
        if is_last and rated_after >= 0:
            hours = (at // SECOND - self.created) / 3600
            self._later(at + SECOND * rated_after, partial(self._rate, hours))

    def _close(self, at: int) -> None:
        self._write(at, "closed", "solved", "closed", by="system")
        self.status = "closed"

    def _escalate(self, at: int) -> None:
        """A customer who has waited too long turns to the management: see `plan_desk`."""
        if self.status in _UNANSWERED:
            self._write(at, "escalated", by="customer")
            if self.plans.priority[self.ticket] > 1:
                self._reprioritise(at, int(self.plans.priority[self.ticket]) - 1, by="system")

    def _reprioritise(self, at: int, wanted: int, *, by: str, actor: str | None = None) -> None:
        if wanted in (-1, self.priority):
            return
        before, after = PRIORITIES[self.priority], PRIORITIES[wanted]
        self._write(at, "priority_changed", before, after, actor=actor, by=by)
        self.priority = wanted

    def _chase(self, at: int) -> None:
        if self.status in _UNANSWERED:
            self._write(at, "customer_reply", by="customer", detail="reminder")

    def _rate(self, hours: float, at: int) -> None:
        """One to five stars; long waits cost some."""
        liked = 4.3 + float(self.plans.mood[self.ticket]) - 0.45 * math.log2(1 + hours / 24)
        self._write(at, "csat", None, str(min(max(round(liked), 1), 5)), by="customer")

    def _turn(self, at: int, status: str, *, by: str, actor: str | None = None) -> None:
        self._write(at, "status_changed", self.status, status, actor=actor, by=by)
        self.status = status

    def _write(
        self,
        at: int,
        kind: str,
        before: str | None = None,
        after: str | None = None,
        *,
        actor: str | None = None,
        by: str = "agent",
        detail: str | None = None,
    ) -> None:
        row = (self.ticket, at // SECOND, kind, before, after, actor, by, detail)
        self.rows.append(row)
