"""The queue as it was published last: what is open, late, likely to break."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]
LIKELY = 0.5
"""From this probability on a promise is called likely to break."""
_TOP = 10
_LOST = 5


@dataclass(frozen=True)
class Count:
    """Open tickets of one team. ``n_late``: a promise is broken already; ``n_likely``: of the
    others those with a breach probability of LIKELY or more; ``n_waiting``: clock paused.
    """

    name: str
    n_open: int
    n_late: int
    n_likely: int
    n_waiting: int


@dataclass(frozen=True)
class Standing:
    """The published queue. ``top``: first of the ranked; ``lost``: first that cannot be met."""

    run: Row
    total: Count
    groups: tuple[Count, ...]
    top: tuple[Row, ...]
    lost: tuple[Row, ...]
    n_lost: int
    has_probabilities: bool


def standing_of(run: Row, queue: Sequence[Row], *, names: Mapping[str, str]) -> Standing:
    """Counts and the heads of the lists. ``names``: of the groups, by their id."""
    by_group: dict[str, list[Row]] = {}
    for row in queue:
        by_group.setdefault(str(row["group_id"] or "no team"), []).append(row)
    lists = Counter(str(row["list"]) for row in queue)
    return Standing(
        run=run,
        total=_count("All teams", queue),
        groups=tuple(_count(names.get(g, g), by_group[g]) for g in sorted(by_group)),
        top=tuple([row for row in queue if row["list"] == "ranked"][:_TOP]),
        lost=tuple([row for row in queue if row["list"] == "lost"][:_LOST]),
        n_lost=lists["lost"],
        has_probabilities=any(row["breach_probability"] is not None for row in queue),
    )


def _count(name: str, rows: Sequence[Row]) -> Count:
    return Count(
        name,
        n_open=len(rows),
        n_late=sum(bool(row["is_breached"]) for row in rows),
        n_likely=sum(
            not row["is_breached"] and (row["breach_probability"] or 0) >= LIKELY for row in rows
        ),
        n_waiting=sum(row["list"] == "waiting" for row in rows),
    )
