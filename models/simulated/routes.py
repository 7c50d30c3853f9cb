"""The touches of a history: by whom, how long, when the customer heard, and the wait after."""

import numpy as np
import pandas as pd

from forewarn.schema import EVENT_KINDS, STATUS_CATEGORIES
from forewarn.sla.events import Events, read_events, text_codes
from forewarn.sla.intervals import elapsed
from forewarn.sla.openings import NAT
from forewarn.sla.timelines import Timelines
from forewarn.tables import Tables
from models.simulated.presence import Presence, time_on_shift
from models.touches import ticket_calendars, touch_instants

Int64 = np.ndarray
LEAST_MINUTES, MOST_MINUTES = 0.5, 480.0
_BACK = ("new", "open")


def read_routes(tables: Tables, timelines: Timelines, *, standing: tuple[str, ...]) -> pd.DataFrame:
    """One row per touch of an agent, by ticket and begin.

    ticket, begin and end (microseconds), group_id, agent, minutes (business time), replied (the
    ticket's first public reply, NAT for none), wait after it (microseconds), pauses (whether the
    resolution clock stands then: ``standing`` categories of status) and solves.
    """
    events = read_events(tables)
    touches = touch_instants(tables, as_of=timelines.watermark + 1)
    calendar = np.append(ticket_calendars(timelines), -1)
    own = calendar[np.minimum(touches["ticket"], calendar.size - 1)]
    begin, end = touches["begin"].to_numpy(), touches["end"].to_numpy()
    minutes = (end - begin) / 60e6
    for code, hours in enumerate(timelines.calendars):
        mine = np.flatnonzero(own == code)
        minutes[mine] = elapsed(hours, begin[mine], end[mine]) / 60e6
    wait, pauses, solves = _waits(tables, events, touches, standing)
    found = touches.assign(
        agent=_agents(tables, events, touches),
        minutes=minutes,
        replied=_replies(tables, events)[touches["ticket"]],
        wait=wait,
        pauses=pauses,
        solves=solves,
    )
    return found.dropna(subset="agent").reset_index(drop=True)


def on_shift(touches: pd.DataFrame, presence: Presence, midnight: Int64) -> pd.DataFrame:
    """Minutes in the agent's shifts (business time where work lies outside), and reply_share."""
    agent = touches["agent"].to_numpy()
    begin, end, replied = (touches[c].to_numpy() for c in ("begin", "end", "replied"))
    inside = (replied >= begin) & (replied <= end)
    until = np.where(inside, replied, end)
    worked, heard = (
        time_on_shift(presence, agent, begin, at, midnight=midnight) / 60e6 for at in (end, until)
    )
    minutes = np.where(worked >= LEAST_MINUTES, worked, touches["minutes"])
    minutes = np.clip(minutes, LEAST_MINUTES, MOST_MINUTES)
    share = np.where(inside, np.clip(heard / minutes, 0.0, 1.0), np.nan)
    return touches.assign(minutes=minutes, reply_share=share)


def _replies(tables: Tables, events: Events) -> Int64:
    """Per ticket its first public reply by a person; NAT where there is none."""
    public = tables.ticket_events["is_public"].fillna(value=False).to_numpy(bool)[events.row]
    is_reply = (events.kind == EVENT_KINDS.index("agent_reply")) & ~events.is_automatic & public
    first = np.full(len(tables.tickets), NAT, np.int64)
    rows = np.flatnonzero(is_reply)[::-1]
    first[events.ticket[rows]] = events.occurred_at[rows]
    return first


def _agents(tables: Tables, events: Events, touches: pd.DataFrame) -> np.ndarray:
    """Who worked: the assignee of the event that begins the touch, else who acted."""
    frame = tables.ticket_events.iloc[events.row]
    is_assigned = (frame["kind"] == "assigned").to_numpy()
    who = np.where(is_assigned, frame["to_value"], frame["actor_id"])
    begins = pd.DataFrame({"ticket": events.ticket, "begin": events.occurred_at, "who": who,
                           "rank": ~is_assigned})  # fmt: skip
    begins = begins[pd.notna(begins["who"])].sort_values("rank", kind="stable")
    first = begins.drop_duplicates(["ticket", "begin"])
    found = touches.merge(first, how="left", on=["ticket", "begin"])["who"]
    return found.to_numpy(object)


def _waits(
    tables: Tables, events: Events, touches: pd.DataFrame, standing: tuple[str, ...]
) -> tuple[Int64, np.ndarray, np.ndarray]:
    """After each touch: microseconds until the ticket was back; whether its clock stood; solved."""
    status = text_codes(tables.ticket_events["to_value"], STATUS_CATEGORIES)[events.row]
    kinds = [EVENT_KINDS.index(k) for k in ("created", "status_changed", "solved", "reopened",
                                            "closed")]  # fmt: skip
    turns = np.flatnonzero(np.isin(events.kind, kinds) & (status >= 0))
    ticket, at = events.ticket[turns], events.occurred_at[turns]
    end, next_begin = touches["end"].to_numpy(), touches["begin"].shift(-1).to_numpy()
    own = touches["ticket"].to_numpy()
    has_next = np.append(own[1:] == own[:-1], [False])
    frame = pd.DataFrame({"ticket": ticket, "at": at, "status": status[turns]})
    after = _last_by(frame, "status", ticket=own, at=end)
    is_back = np.isin(frame["status"], [STATUS_CATEGORIES.index(s) for s in _BACK])
    back = frame[is_back].assign(back=at[is_back])
    until = np.where(has_next, next_begin, end).astype(np.int64)
    found = _last_by(back, "back", ticket=own, at=until)
    wait = np.where(has_next & (found > end), found - end, 0)
    codes = [STATUS_CATEGORIES.index(s) for s in standing]
    solves = after == STATUS_CATEGORIES.index("solved")
    return np.nan_to_num(wait).astype(np.int64), np.isin(after, codes), solves


def _last_by(facts: pd.DataFrame, name: str, *, ticket: Int64, at: Int64) -> np.ndarray:
    """Per row the ticket's last fact up to the instant; NaN where there is none."""
    asked = pd.DataFrame({"ticket": ticket, "at": at}).sort_values("at", kind="stable")
    joined = pd.merge_asof(
        asked.reset_index(), facts.sort_values("at", kind="stable"), on="at", by="ticket"
    )
    return joined.set_index("index").sort_index()[name].to_numpy(np.float64)
