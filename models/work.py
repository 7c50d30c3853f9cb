"""How much hands-on work a ticket still needs: averages by group and touch number."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

WORK_FEATURES = ("ticket_group", "ticket_assignments", "ticket_agent_replies")
"""What an estimate needs to know of a ticket: its group, and what was done so far."""
MOST_TOUCHES = 5
"""Tickets that had more touches are estimated as if they had so many."""
ASSUMED_MINUTES = 30.0
ASSUMED_SIGMA = 1.0
LEAST_TICKETS = 30
"""Tickets with touches below which nothing is averaged."""
SMOOTHING = 10.0
"""Tickets of the whole desk that stand beside a group's own."""


@dataclass(frozen=True)
class Cell:
    """Of one group and number of touches so far. Minutes are hands-on, in business time.

    ``remaining``: expected minutes until solved; ``log_mean``/``log_sigma`` of their log;
    the ``next_`` ones are of the next touch alone. ``n``: tickets behind it.
    """

    remaining: float
    log_mean: float
    log_sigma: float
    next_minutes: float
    next_log_mean: float
    next_log_sigma: float
    n: int


@dataclass(frozen=True)
class WorkEstimate:
    """One entry per asked ticket; the fields are those of `Cell`."""

    remaining_minutes: Array
    log_mean: Array
    log_sigma: Array
    next_touch_minutes: Array
    next_log_mean: Array
    next_log_sigma: Array


@dataclass(frozen=True)
class WorkModel:
    """``overall``: by pick-ups or replies so far (0 to MOST_TOUCHES); ``groups``: by group too.

    ``source`` is ``assumed`` where the log shows no agent at work; ``note`` says it in words.
    """

    source: Literal["touches", "assumed"]
    note: str
    overall: tuple[Cell, ...]
    groups: Mapping[str, tuple[Cell, ...]]

    def estimate(self, groups: Sequence[str | None], touches: ArrayLike) -> WorkEstimate:
        """By the ticket's present group (None or unknown: the whole desk) and touches so far."""
        done = np.clip(np.asarray(touches, dtype=np.int64), 0, MOST_TOUCHES)
        rows = [
            self.groups.get(g, self.overall)[d] if isinstance(g, str) else self.overall[d]
            for g, d in zip(groups, done.tolist(), strict=True)
        ]
        fields = np.array(
            [
                (
                    c.remaining,
                    c.log_mean,
                    c.log_sigma,
                    c.next_minutes,
                    c.next_log_mean,
                    c.next_log_sigma,
                )
                for c in rows
            ],
            dtype=np.float64,
        ).reshape(len(rows), 6)
        return WorkEstimate(*fields.T)

    def for_tickets(self, features: pd.DataFrame) -> WorkEstimate:
        """By the columns WORK_FEATURES of the tickets' features, as of then."""
        group, assignments, replies = (features[name] for name in WORK_FEATURES)
        touches = np.maximum(assignments.to_numpy(np.float64), replies.to_numpy(np.float64))
        groups = [g if isinstance(g, str) else None for g in group]
        return self.estimate(groups, np.nan_to_num(touches))

    def to_json(self) -> dict[str, Any]:
        def rows(cells: Sequence[Cell]) -> list[list[float]]:
            return [list(vars(c).values()) for c in cells]

        return {
            "source": self.source,
            "note": self.note,
            "overall": rows(self.overall),
            "groups": {g: rows(cells) for g, cells in self.groups.items()},
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        def cells(rows: Sequence[Sequence[float]]) -> tuple[Cell, ...]:
            return tuple(_cell_of(row[:6], n=int(row[6])) for row in rows)

        return cls(
            source=value["source"],
            note=value["note"],
            overall=cells(value["overall"]),
            groups={g: cells(rows) for g, rows in value["groups"].items()},
        )


def fit_work_model(touches: pd.DataFrame, *, solved: NDArray[np.int64]) -> WorkModel:
    """Averages over tickets that were solved before the cutoff.

    ``touches``: one row per touch that ended before the cutoff, in order of time within a
    ticket: ticket, group_id, minutes, done (see `models.touches`).
    ``solved``: the tickets whose work is over. Where the log has too few touches, every
    ticket is taken to need ASSUMED_MINUTES, and ``note`` says so.
    """
    timed = touches[touches["ticket"].isin(solved)]
    n_tickets = int(timed["ticket"].nunique())
    if n_tickets < LEAST_TICKETS:
        return assumed_work(
            f"the log times the work of {n_tickets} solved tickets (pick-up to release by the "
            f"same agent), {LEAST_TICKETS} are needed: {ASSUMED_MINUTES:.0f} minutes a ticket are "
            "assumed"
        )
    rows = _remaining_by_touch(timed)
    overall = _cells(rows, fallback=None)
    groups = {str(g): _cells(r, fallback=overall) for g, r in rows.groupby("group_id", sort=True)}
    note = (
        f"averages of {len(timed)} touches of {n_tickets} solved tickets; a touch is the business "
        "time from pick-up to the last reply, note, pause, solution or hand-over by the same agent"
    )
    return WorkModel("touches", note, overall, groups)


def assumed_work(note: str) -> WorkModel:
    """The same work for every ticket."""
    mean = math.log(ASSUMED_MINUTES) - ASSUMED_SIGMA**2 / 2
    cell = Cell(ASSUMED_MINUTES, mean, ASSUMED_SIGMA, ASSUMED_MINUTES, mean, ASSUMED_SIGMA, 0)
    return WorkModel("assumed", note, (cell,) * (MOST_TOUCHES + 1), {})


def _remaining_by_touch(timed: pd.DataFrame) -> pd.DataFrame:
    """One row per touch: what was done before it, its minutes, minutes from it on."""
    by_ticket = timed.groupby("ticket", sort=False)
    total = by_ticket["minutes"].transform("sum")
    before = by_ticket["minutes"].cumsum() - timed["minutes"]
    return pd.DataFrame(
        {
            "group_id": timed["group_id"],
            "done": timed["done"].clip(upper=MOST_TOUCHES),
            "next": timed["minutes"],
            "remaining": total - before,
        }
    )


def _cells(rows: pd.DataFrame, *, fallback: tuple[Cell, ...] | None) -> tuple[Cell, ...]:
    cells: list[Cell] = []
    for done in range(MOST_TOUCHES + 1):
        before = fallback[done] if fallback is not None else (cells[-1] if cells else None)
        cells.append(_cell(rows[rows["done"] == done], towards=before))
    return tuple(cells)


def _cell(rows: pd.DataFrame, *, towards: Cell | None) -> Cell:
    """The averages of these touches, smoothed towards ``towards`` as SMOOTHING more of them."""
    n = len(rows)
    weight = n / (n + SMOOTHING) if towards is not None else 1.0
    remaining, log_mean, log_sigma = _moments(rows["remaining"])
    next_minutes, next_log_mean, next_log_sigma = _moments(rows["next"])
    own = [remaining, log_mean, log_sigma, next_minutes, next_log_mean, next_log_sigma]
    if towards is None:
        return _cell_of(own, n=n)
    base = list(vars(towards).values())[:6]
    mixed = [weight * o + (1 - weight) * b if n else b for o, b in zip(own, base, strict=True)]
    return _cell_of(mixed, n=n)


def _cell_of(values: Sequence[float], *, n: int) -> Cell:
    remaining, log_mean, log_sigma, next_minutes, next_log_mean, next_log_sigma = values
    return Cell(remaining, log_mean, log_sigma, next_minutes, next_log_mean, next_log_sigma, n)


def _moments(minutes: pd.Series) -> tuple[float, float, float]:
    """Mean, and mean and spread of the log; the spread of a single value is ASSUMED_SIGMA."""
    if minutes.empty:
        return math.nan, math.nan, math.nan
    logs = np.log(minutes.to_numpy(dtype=np.float64))
    sigma = float(logs.std()) if len(logs) > 1 else ASSUMED_SIGMA
    return float(minutes.mean()), float(logs.mean()), max(sigma, 0.1)
