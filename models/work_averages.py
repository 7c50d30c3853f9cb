"""Work by averages: of tickets of the same group with as many touches so far."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Target = Literal["remaining", "next_touch", "reply"]

TARGETS: tuple[Target, ...] = ("remaining", "next_touch", "reply")
"""What is estimated: work until the solution, of the next touch, until the next public reply."""
WORK_FEATURES = ("ticket_group", "ticket_assignments", "ticket_agent_replies")
"""What an average needs to know of a ticket: its group, and what was done so far."""
MOST_TOUCHES = 5
"""Tickets that had more touches are estimated as if they had so many."""
ASSUMED_MINUTES = 30.0
ASSUMED_SIGMA = 1.0
REPLY_SHARE = 0.25
"""Part of the next touch that passes until the reply, where the log does not tell."""
LEAST_TICKETS = 30
"""Tickets with touches below which nothing is averaged."""
LEAST_SIGMA = 0.1
SMOOTHING = 10.0
"""Tickets of the whole desk that stand beside a group's own."""


@dataclass(frozen=True)
class Minutes:
    """Log-normal minutes, one entry per ticket: expected, and ``log_mean``/``log_sigma``."""

    expected: Array
    log_mean: Array
    log_sigma: Array


@dataclass(frozen=True)
class Cell:
    """Averages of one group and number of touches so far.

    ``figures``: expected minutes, mean and spread of their log, for each of TARGETS in turn.
    ``n``: touches behind it.
    """

    figures: tuple[float, ...]
    n: int

    def __post_init__(self) -> None:
        if len(self.figures) != 3 * len(TARGETS):
            raise ValueError(f"a cell holds {3 * len(TARGETS)} values, not {len(self.figures)}")


@dataclass(frozen=True)
class Averages:
    """``overall``: by pick-ups or replies so far (0 to MOST_TOUCHES); ``groups``: by group too."""

    overall: tuple[Cell, ...]
    groups: Mapping[str, tuple[Cell, ...]]

    def estimate(self, groups: Sequence[str | None], touches: ArrayLike) -> dict[Target, Minutes]:
        """By the ticket's present group (None or unknown: the whole desk) and touches so far."""
        done = np.clip(np.asarray(touches, dtype=np.int64), 0, MOST_TOUCHES).tolist()
        cells = [
            (self.overall if g is None else self.groups.get(g, self.overall))[d]
            for g, d in zip(groups, done, strict=True)
        ]
        table = np.array([c.figures for c in cells], np.float64)
        table = table.reshape(len(cells), len(TARGETS), 3)
        return {t: Minutes(*table[:, i].T.copy()) for i, t in enumerate(TARGETS)}

    def to_json(self) -> dict[str, Any]:
        def rows(cells: Sequence[Cell]) -> list[list[float]]:
            return [[*cell.figures, cell.n] for cell in cells]

        return {
            "overall": rows(self.overall),
            "groups": {g: rows(cells) for g, cells in self.groups.items()},
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        def cells(rows: Sequence[Sequence[float]]) -> tuple[Cell, ...]:
            return tuple(Cell(tuple(row[:-1]), int(row[-1])) for row in rows)

        return cls(
            overall=cells(value["overall"]),
            groups={g: cells(rows) for g, rows in value["groups"].items()},
        )


def average(timed: pd.DataFrame) -> Averages:
    """Averages over touches of solved tickets, in order of time within a ticket."""
    return average_targets(targets_by_touch(timed))


def average_targets(rows: pd.DataFrame) -> Averages:
    """Averages over rows of `targets_by_touch`."""
    rows = rows.assign(done=rows["done"].clip(upper=MOST_TOUCHES))
    overall = _cells(rows, fallback=None)
    groups = {str(g): _cells(r, fallback=overall) for g, r in rows.groupby("group_id", sort=True)}
    return Averages(overall, groups)


def assumed_averages() -> Averages:
    """The same work for every ticket, whatever was done."""
    mean = math.log(ASSUMED_MINUTES) - ASSUMED_SIGMA**2 / 2
    touch = (ASSUMED_MINUTES, mean, ASSUMED_SIGMA)
    cell = Cell((*touch, *touch, *_share_of(touch)), 0)
    return Averages((cell,) * (MOST_TOUCHES + 1), {})


def targets_by_touch(timed: pd.DataFrame) -> pd.DataFrame:
    """One row per touch, on its index: group_id, done, and minutes of each target from it on.

    ``reply`` is null where no later touch of the ticket has a timed public reply.
    """
    by_ticket = timed.groupby("ticket", sort=False)
    total = by_ticket["minutes"].transform("sum")
    before = by_ticket["minutes"].cumsum() - timed["minutes"]
    replied = timed["reply_minutes"] if "reply_minutes" in timed else pd.Series(np.nan, timed.index)
    reply_at = (before + replied).groupby(timed["ticket"], sort=False).bfill()
    return pd.DataFrame(
        {
            "group_id": timed["group_id"],
            "done": timed["done"],
            "remaining": total - before,
            "next_touch": timed["minutes"],
            "reply": reply_at - before,
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
    values: list[float] = []
    for place, target in enumerate(TARGETS):
        told = rows[target].dropna().to_numpy(np.float64)
        base = None if towards is None else towards.figures[3 * place : 3 * place + 3]
        if base is None and not told.size and target == "reply":
            base = _share_of(values[3:6])
        weight = told.size / (told.size + SMOOTHING) if base is not None else 1.0
        own = _moments(told)
        if base is None or not told.size:
            values += own if base is None else base
        else:
            values += [weight * o + (1 - weight) * b for o, b in zip(own, base, strict=True)]
    return Cell(tuple(values), len(rows))


def _share_of(touch: Sequence[float]) -> tuple[float, float, float]:
    """Work until the reply as a part of the touch."""
    expected, log_mean, log_sigma = touch
    return REPLY_SHARE * expected, log_mean + math.log(REPLY_SHARE), log_sigma


def _moments(minutes: Array) -> tuple[float, float, float]:
    """Mean, and mean and spread of the log; the spread of a single value is ASSUMED_SIGMA."""
    if not minutes.size:
        return math.nan, math.nan, math.nan
    logs = np.log(minutes)
    sigma = float(logs.std()) if len(logs) > 1 else ASSUMED_SIGMA
    return float(minutes.mean()), float(logs.mean()), max(sigma, LEAST_SIGMA)
