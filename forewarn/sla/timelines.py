"""Every clock of a history as flat arrays of actions."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from forewarn.sla.intervals import OpenIntervals, join_openings
from forewarn.sla.openings import Openings
from forewarn.sla.walk import Actions

Int64 = NDArray[np.int64]


@dataclass(frozen=True)
class Timelines:
    """All clocks, sorted by (ticket, metric, cycle), and the actions on each.

    Clocks: ``clock_ticket`` row position in the tickets, ``clock_metric`` position in METRICS,
    ``clock_cycle`` counted from 1.

    Actions of clock i lie in ``action_start[i]:action_start[i + 1]``, sorted by (at, the
    source's sequence, rank); see Action for ``action_kind``. ``action_known_at`` is never
    before ``action_at``. ``action_terms``: what ATTACH and TARGET put in force, a position in
    the terms, -1 for no promise (and in other actions).

    Terms: ``terms_policy`` position in ``policies``, -1 for an imported deadline;
    ``terms_target`` in microseconds; ``terms_calendar`` position in ``calendars``.

    ``watermark``: the source is complete up to here. All instants are microseconds in UTC.
    """

    clock_ticket: Int64
    clock_metric: NDArray[np.int8]
    clock_cycle: NDArray[np.int16]
    action_start: Int64
    action_at: Int64
    action_known_at: Int64
    action_kind: NDArray[np.int8]
    action_terms: NDArray[np.int32]
    terms_policy: NDArray[np.int16]
    terms_target: Int64
    terms_calendar: NDArray[np.int16]
    terms_imported: NDArray[np.bool_]
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
    def actions(self) -> Actions:
        """The actions as the kernels read them."""
        return Actions(
            start=self.action_start,
            at=self.action_at,
            known_at=self.action_known_at,
            kind=self.action_kind,
            terms=self.action_terms,
            target=self.terms_target,
            calendar=self.terms_calendar,
        )

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
    "clock_ticket", "clock_metric", "clock_cycle", "action_start", "action_at",
    "action_known_at", "action_kind", "action_terms", "terms_policy", "terms_target",
    "terms_calendar", "terms_imported",
)  # fmt: skip
