"""Agent touches read from the event log: who worked on a ticket from when to when.

A touch begins when a ticket is assigned to an agent (or with an agent's first act where
nobody was assigned) and ends with that agent's last act before anybody else does something:
a reply, a note, a pause, a solution, a hand-over. Acts more than LINGER apart are not one
touch; an assignment that nothing follows ends with the next assignment or release.
"""

from collections.abc import Collection
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forewarn.schema import ACTOR_KINDS, EVENT_KINDS
from forewarn.sla.compiled import allocating, compiled
from forewarn.sla.events import Events, read_events, text_codes
from forewarn.sla.intervals import elapsed
from forewarn.sla.metrics import DONE, Action, Signal
from forewarn.sla.openings import NAT
from forewarn.sla.timelines import Timelines
from forewarn.tables import Tables

Int64 = NDArray[np.int64]
MINUTE = 60_000_000
LINGER = 120 * MINUTE
LONGEST_MINUTES = 480.0
"""A longer touch was not hands-on all the time; it counts as a working day."""
NEVER = np.iinfo(np.int64).max
_NOBODY = -1
_OTHER, _ASSIGNED, _ACT, _RELEASE, _GROUP = 0, 1, 2, 3, 4
_GONE = frozenset({Signal.MERGED, Signal.DELETED, Signal.SPAM})
_RELEASES = (
    Signal.PENDING,
    Signal.ON_HOLD,
    Signal.SOLVED,
    Signal.CLOSED,
    Signal.MERGED,
    Signal.DELETED,
    Signal.SPAM,
)


class _Log(NamedTuple):
    """Events as the kernel reads them, sorted by ticket and time; codes, -1 for nobody."""

    ticket: Int64
    when: Int64
    kind: NDArray[np.int8]
    actor: Int64
    to: Int64
    group: Int64
    is_reply: NDArray[np.bool_]
    is_public: NDArray[np.bool_]

    def at(self, rows: Int64) -> "_Log":
        columns: Any = (column[rows] for column in self)
        return _Log(*columns)


def read_touches(tables: Tables, timelines: Timelines, *, as_of: int) -> pd.DataFrame:
    """One row per touch, by (ticket, start), from events with ``known_at < as_of``.

    ticket (row of the tickets table), group_id (its group then), started_at (µs), minutes
    (business time of the ticket's calendar, 1 to LONGEST_MINUTES), done (touches and replies
    before it), reply_minutes (of those until the agent's first public reply; null where the
    touch has none, or nothing timed before it).
    """
    events = read_events(tables)
    log, first_group, names = _log(tables, events)
    seen = np.flatnonzero(events.known_at < as_of)
    rows = follow_touches(log.at(seen), first_group)
    ticket, start, end, group, done, reply = rows.T
    minutes = _minutes(timelines, ticket, start, end)
    until_reply = np.minimum(_minutes(timelines, ticket, start, np.maximum(reply, start)), minutes)
    named = pd.Series([*names, None], dtype=object).iloc[group].to_numpy()
    return pd.DataFrame(
        {
            "ticket": ticket,
            "group_id": named,
            "started_at": start,
            "minutes": minutes,
            "done": done,
            "reply_minutes": np.where(reply > start, until_reply, np.nan),
        }
    )


def touch_instants(tables: Tables, *, as_of: int) -> pd.DataFrame:
    """One row per touch as `read_touches`: ticket, begin and end (microseconds), group_id."""
    events = read_events(tables)
    log, first_group, names = _log(tables, events)
    seen = np.flatnonzero(events.known_at < as_of)
    ticket, begin, end, group = follow_touches(log.at(seen), first_group).T[:4]
    named = pd.Series([*names, None], dtype=object).iloc[group].to_numpy()
    return pd.DataFrame({"ticket": ticket, "begin": begin, "end": end, "group_id": named})


def solved_tickets(tables: Tables, *, as_of: int) -> NDArray[np.int64]:
    """Rows of the tickets of which a solution or closing was known before ``as_of``."""
    return np.flatnonzero(solved_known_at(tables) < as_of)


def solved_known_at(tables: Tables) -> Int64:
    """Per ticket when a solution or closing was first known, µs; NEVER where none is."""
    return _first_known(tables, DONE)


def ended_known_at(tables: Tables) -> Int64:
    """The same of any end: merged, deleted and marked as spam too."""
    return _first_known(tables, DONE | _GONE)


def _first_known(tables: Tables, signals: Collection[Signal]) -> Int64:
    events = read_events(tables)
    is_over = np.isin(events.signal, [int(s) for s in signals])
    found = np.full(len(tables.tickets), NEVER, np.int64)
    np.minimum.at(found, events.ticket[is_over], events.known_at[is_over])
    return found


def _log(tables: Tables, events: Events) -> tuple[_Log, Int64, list[str]]:
    """The kernel's input, per ticket its first group, and the groups' names."""
    frame = tables.ticket_events
    is_agent = text_codes(frame["actor_kind"], ACTOR_KINDS) == ACTOR_KINDS.index("agent")
    people, _ = pd.factorize(pd.concat([frame["actor_id"].where(is_agent), frame["to_value"]]))
    groups, names = pd.factorize(pd.concat([frame["to_value"], tables.tickets["group_id"]]))
    n = len(frame)
    log = _Log(
        ticket=events.ticket,
        when=events.occurred_at,
        kind=_kinds(events),
        actor=people[:n][events.row].astype(np.int64),
        to=people[n:][events.row].astype(np.int64),
        group=groups[:n][events.row].astype(np.int64),
        is_reply=(events.kind == EVENT_KINDS.index("agent_reply")) & ~events.is_automatic,
        is_public=frame["is_public"].to_numpy(bool)[events.row],
    )
    return log, groups[n:].astype(np.int64), list(names)


def _kinds(events: Events) -> NDArray[np.int8]:
    """What an event means to a touch."""
    found = np.full(events.kind.size, _OTHER, np.int8)
    for name in ("agent_reply", "internal_note"):
        found[(events.kind == EVENT_KINDS.index(name)) & ~events.is_automatic] = _ACT
    found[np.isin(events.signal, [int(s) for s in _RELEASES])] = _RELEASE
    found[events.kind == EVENT_KINDS.index("group_changed")] = _GROUP
    found[events.kind == EVENT_KINDS.index("assigned")] = _ASSIGNED
    return found


def _minutes(
    timelines: Timelines,
    ticket: Int64,
    start: Int64,
    end: Int64,
) -> NDArray[np.float64]:
    """Business minutes of each touch, in the calendar of its ticket's first promise."""
    calendar = ticket_calendars(timelines)
    own = np.full(ticket.size, -1, np.int64)
    known = ticket < calendar.size
    own[known] = calendar[ticket[known]]
    minutes = (end - start) / MINUTE
    for code, hours in enumerate(timelines.calendars):
        mine = np.flatnonzero(own == code)
        if mine.size:
            minutes[mine] = elapsed(hours, start[mine], end[mine]) / MINUTE
    return np.clip(minutes, 1.0, LONGEST_MINUTES)


def ticket_calendars(timelines: Timelines) -> NDArray[np.int64]:
    """Per ticket the calendar of its first promise; -1 where it has none."""
    size = int(timelines.clock_ticket.max(initial=-1)) + 1
    calendars = np.full(size, -1, np.int64)
    targets = np.flatnonzero(
        (timelines.action_kind == Action.TARGET) & (timelines.action_value >= 0)
    )[::-1]
    later = np.full(timelines.life_terms.size, -1, np.int64)
    life = np.searchsorted(timelines.life_start, targets, side="right") - 1
    later[life] = timelines.action_value[targets]
    terms = np.where(timelines.life_terms < 0, later, timelines.life_terms)
    life = timelines.clock_life[::-1]  # so that the first clock of a ticket is written last
    found = timelines.calendar_of(terms[life], timelines.life_known_at[life])
    calendars[timelines.clock_ticket[::-1]] = found
    return calendars


_HOLDER, _START, _LAST, _WHERE, _DONE, _REPLY, _NOW, _ASSIGNMENTS, _REPLIES = range(9)
"""Of the ticket that is followed: who holds it since when, that agent's last act (NAT: none
yet), the group and what was done when the touch began, its first public reply (NAT: none yet);
the group, pick-ups, replies by now."""


@compiled
def _ends(log: _Log, i: int, now: Int64) -> bool:
    """Whether event i shows that the touch under way was over before it."""
    if log.kind[i] == _ASSIGNED:
        return bool(log.to[i] != now[_HOLDER] or now[_LAST] != NAT)
    if log.actor[i] == now[_HOLDER]:
        return bool(now[_LAST] != NAT and log.when[i] - now[_LAST] > LINGER)
    return bool(log.kind[i] == _RELEASE or now[_LAST] != NAT)


@compiled
def _take_up(log: _Log, i: int, now: Int64) -> None:
    """Begin a touch where event i does, or note the holder's act."""
    if now[_HOLDER] != _NOBODY:
        if log.kind[i] != _OTHER and log.kind[i] != _ASSIGNED and log.actor[i] == now[_HOLDER]:
            now[_LAST] = log.when[i]
            if now[_REPLY] == NAT and log.is_reply[i] and log.is_public[i]:
                now[_REPLY] = log.when[i]
        return
    is_pick_up = log.kind[i] == _ASSIGNED
    agent = log.to[i] if is_pick_up else log.actor[i]
    if agent != _NOBODY and (is_pick_up or log.kind[i] == _ACT):
        now[_HOLDER], now[_START], now[_WHERE] = agent, log.when[i], now[_NOW]
        now[_LAST] = NAT if is_pick_up else log.when[i]
        now[_DONE] = max(now[_ASSIGNMENTS], now[_REPLIES])
        now[_REPLY] = log.when[i] if log.is_reply[i] and log.is_public[i] else NAT


@allocating
def follow_touches(log: _Log, first_group: Int64) -> Int64:
    """Rows of ticket, start, end, group, done, reply. ``first_group``: per ticket."""
    out = np.empty((log.ticket.size + 1, 6), np.int64)
    now = np.zeros(9, np.int64)
    n = 0
    for i in range(log.ticket.size):
        if i == 0 or log.ticket[i] != log.ticket[i - 1]:
            now[:] = 0
            now[_HOLDER], now[_NOW] = _NOBODY, first_group[log.ticket[i]]
        if now[_HOLDER] != _NOBODY and _ends(log, i, now):
            end = now[_LAST] if now[_LAST] != NAT else log.when[i]
            out[n] = (log.ticket[i], now[_START], end, now[_WHERE], now[_DONE], now[_REPLY])
            n += int(end > now[_START])
            now[_HOLDER] = _NOBODY
        _take_up(log, i, now)
        now[_ASSIGNMENTS] += log.kind[i] == _ASSIGNED
        now[_REPLIES] += log.is_reply[i]
        if log.kind[i] == _GROUP:
            now[_NOW] = log.group[i]
        is_last = i + 1 == log.ticket.size or log.ticket[i + 1] != log.ticket[i]
        if is_last and now[_HOLDER] != _NOBODY and now[_LAST] != NAT:
            end = now[_LAST]
            out[n] = (log.ticket[i], now[_START], end, now[_WHERE], now[_DONE], now[_REPLY])
            n += int(now[_LAST] > now[_START])
    return out[:n]
