"""Every clock of a history as flat arrays."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from forewarn.sla.intervals import OpenIntervals, join_openings
from forewarn.sla.lives import Lives, Terms
from forewarn.sla.openings import Openings

Int64 = NDArray[np.int64]


@dataclass(frozen=True)
class Timelines:
    """All clocks, sorted by (ticket, metric, cycle), and the lives in which they run.

    Clocks: ``clock_ticket`` row position in the tickets, ``clock_metric`` position in METRICS,
    ``clock_cycle`` counted from 1, ``clock_life`` row of the life that it is a cycle of.

    Lives, one per metric and ticket: ``life_metric``; ``life_known_at`` when the ticket became
    known; ``life_terms`` what was promised at creation. The actions of life k lie in
    ``life_start[k]:life_start[k + 1]``, sorted by (at, the source's sequence, kind); see Action
    for ``action_kind``. ``action_known_at`` is never before ``action_at``. ``action_value``: of
    TARGET the terms that come into force, of TAKE the owner; -1 for none.

    Terms, -1 for no promise: ``terms_policy`` position in ``policies``, -1 for an imported
    deadline; ``terms_target`` in microseconds; ``terms_calendar`` row of ``calendar_versions``,
    which names one of ``calendars`` for each span that begins with ``version_from``.

    ``rules``: settings per metric, see ``lives``. ``watermark``: the source is complete up to
    here. All instants are microseconds in UTC.
    """

    clock_ticket: Int64
    clock_metric: NDArray[np.int8]
    clock_cycle: NDArray[np.int16]
    clock_life: Int64
    life_metric: NDArray[np.int8]
    life_known_at: Int64
    life_terms: NDArray[np.int32]
    life_start: Int64
    action_at: Int64
    action_known_at: Int64
    action_kind: NDArray[np.int8]
    action_value: NDArray[np.int32]
    terms_policy: NDArray[np.int16]
    terms_target: Int64
    terms_calendar: NDArray[np.int16]
    terms_imported: NDArray[np.bool_]
    calendar_versions: NDArray[np.int16]
    version_from: Int64
    rules: Int64
    policies: tuple[str, ...]
    calendars: tuple[OpenIntervals, ...]
    watermark: int

    def __len__(self) -> int:
        return int(self.clock_ticket.size)

    @property
    def first(self) -> int:
        """The first instant for which the calendars are complete."""
        return max(c.first for c in self.calendars)

    @property
    def last(self) -> int:
        """The last instant for which the calendars are complete."""
        return min(c.last for c in self.calendars)

    @cached_property
    def openings(self) -> Openings:
        """The calendars as the kernels read them."""
        return join_openings(self.calendars)

    @cached_property
    def lives(self) -> Lives:
        """The lives as the kernels read them."""
        return Lives(
            clock_life=self.clock_life,
            clock_cycle=self.clock_cycle,
            metric=self.life_metric,
            known_at=self.life_known_at,
            terms=self.life_terms,
            start=self.life_start,
            action_at=self.action_at,
            action_known_at=self.action_known_at,
            action_kind=self.action_kind,
            action_value=self.action_value,
            rules=self.rules,
        )

    @cached_property
    def terms(self) -> Terms:
        """The terms as the kernels read them."""
        return Terms(
            target=self.terms_target,
            calendar=self.terms_calendar,
            is_imported=self.terms_imported,
            versions=self.calendar_versions,
            valid_from=self.version_from,
        )

    def actions_of(self, clocks: Int64) -> tuple[Int64, Int64]:
        """Pairs (position in ``clocks``, action) of all actions in the lives of the clocks."""
        life = self.clock_life[clocks]
        counts = np.diff(self.life_start)[life]
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        action = np.repeat(self.life_start[life], counts) + within
        return np.repeat(np.arange(clocks.size), counts), action

    def calendar_of(self, terms: Int64, instants: Int64) -> Int64:
        """Per row the position in ``calendars`` that the terms count by; 0 where there are none."""
        row = np.where(terms < 0, 0, self.terms_calendar[terms]) if self.terms_target.size else 0
        version = np.searchsorted(self.version_from[1:], instants, side="right")
        found: Int64 = self.calendar_versions[row, version].astype(np.int64)
        return found

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Everything as plain arrays, none of them of objects, for files."""
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        sizes = [c.starts.size for c in self.calendars]
        return arrays | {
            "policies": np.array(self.policies, np.str_),
            "watermark": np.array([self.watermark], np.int64),
            "calendar_size": np.array(sizes, np.int64),
            "calendar_span": np.array([(c.first, c.last) for c in self.calendars], np.int64),
            "calendar_starts": np.concatenate([c.starts for c in self.calendars]),
            "calendar_ends": np.concatenate([c.ends for c in self.calendars]),
            "calendar_opened": np.concatenate([c.opened_before for c in self.calendars]),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "Timelines":
        """The timelines whose ``to_arrays`` these are; memory-mapped arrays stay mapped."""
        ends = np.cumsum(arrays["calendar_size"])
        calendars = tuple(
            OpenIntervals(
                np.array(arrays["calendar_starts"][end - size : end]),
                np.array(arrays["calendar_ends"][end - size : end]),
                np.array(arrays["calendar_opened"][end - size : end]),
                int(first),
                int(last),
            )
            for end, size, (first, last) in zip(
                ends, arrays["calendar_size"], arrays["calendar_span"], strict=True
            )
        )
        return cls(
            **{name: arrays[name] for name in _ARRAYS},
            policies=tuple(str(name) for name in arrays["policies"]),
            calendars=calendars,
            watermark=int(arrays["watermark"][0]),
        )


_ARRAYS = (
    "clock_ticket", "clock_metric", "clock_cycle", "clock_life", "life_metric", "life_known_at",
    "life_terms", "life_start", "action_at", "action_known_at", "action_kind", "action_value",
    "terms_policy", "terms_target", "terms_calendar", "terms_imported", "calendar_versions",
    "version_from", "rules",
)  # fmt: skip
