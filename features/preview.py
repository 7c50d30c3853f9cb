"""What forewarn knew of one ticket at an instant: the very columns that scoring computes."""

import datetime as dt
import difflib
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from features.build import build_features
from features.history import History
from features.observations import open_observations
from forewarn.errors import DataError
from forewarn.sla.labels import as_instants
from forewarn.sla.openings import NAT

_MICROSECOND = pd.Timedelta(microseconds=1)
_NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Preview:
    """``clocks``: the ticket's open clocks, as ``open_observations``, breached ones too.

    ``features``: every declared feature of the same rows, on the same index.
    """

    as_of: pd.Timestamp
    clocks: pd.DataFrame
    features: pd.DataFrame


def preview_ticket(
    history: History, ticket_id: str, *, as_of: dt.datetime | None = None
) -> Preview:
    """All features of a ticket's open clocks by what was known before ``as_of``.

    ``as_of``: just behind the watermark where None. Raises DataError for a ticket that is
    not there, an instant without zone, and one at which no clock of the ticket was open.
    """
    if as_of is not None and as_of.tzinfo is None:
        raise DataError(f"as_of {as_of} has no time zone; expected for example {as_of}+00:00")
    moment = history.watermark + _MICROSECOND if as_of is None else pd.Timestamp(as_of)
    moment = moment.tz_convert("UTC").as_unit("us")
    ticket = _position(history, ticket_id)
    desk = open_observations(history, as_of=moment)
    clocks = desk[desk["ticket"] == ticket].reset_index(drop=True)
    if clocks.empty:
        words, instants = _when_open(history, ticket)
        raise DataError(
            f"ticket {ticket_id!r} had no open clock at {{moment}}: {words}",
            moment=moment, **instants,
        )  # fmt: skip
    return Preview(moment, clocks, build_features(history, clocks))


def _position(history: History, ticket_id: str) -> int:
    ids = history.ticket_ids
    position: int = pc.index(ids, pa.scalar(ticket_id, ids.type)).as_py()
    if position >= 0:
        return position
    alike = difflib.get_close_matches(ticket_id, ids.slice(0, 100_000).to_pylist(), n=3)
    hint = f"; close to it: {', '.join(alike)}" if alike else ""
    raise DataError(f"no ticket {ticket_id!r} in this workspace's history{hint}")


def _when_open(history: History, ticket: int) -> tuple[str, dict[str, dt.datetime]]:
    """Between which instants the ticket's clocks were known and not over: words that name them."""
    clocks = np.flatnonzero(history.timelines.clock_ticket == ticket)
    clocks = clocks[history.arrays["clock/known_at"][clocks] != NAT]
    if not clocks.size:
        return "nothing is promised for it", {}
    first = history.arrays["clock/known_at"][clocks].min()
    last = history.arrays["clock/over_at"][clocks].max()
    began = as_instants(np.array([first]))[0]
    if last == _NEVER:
        words = "its first clock became known at {began}; choose an instant behind that"
        return words, {"began": began}
    ended = as_instants(np.array([last]))[0]
    words = "its clocks were known from {began} on, the last ended by {ended}"
    return words, {"began": began, "ended": ended}
