"""The open tickets of a built history as of now, with what has come since it was built."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from features.given import given_streams
from features.history import History
from features.live.medians import follow_medians
from features.live.splice import splice
from features.live.spliced import SplicedStream
from features.live.store import Store, as_tables, join_news, only_customers_of
from features.recording import record
from features.recording_medians import MEDIANS
from features.recording_tickets import KINDS
from features.streams import Int64, Stream
from forewarn.config import Config
from forewarn.progress import silent
from forewarn.sla.parts import side_by_side

OF_TABLES = ("profile", "health", "component", "group_member", "group_shift")
"""Streams that no ticket adds to: made anew where their tables have something new."""
_OF_TICKET = ("path", "event", "reply", "acting", *KINDS)
News = Mapping[str, pa.Table]


@dataclass
class Before:
    """What the base says of some tickets, kept from one time to the next: it stays the same."""

    config: Config | None = None
    tickets: Int64 = field(default_factory=lambda: np.empty(0, np.int64))
    history: History | None = None


def follow(base: History, store: Store, news: News, config: Config, *, kept: Before) -> History:
    """A history of the tickets that were open when ``base`` was built or came up since.

    Everything else of the base counts as it did: customers, groups, agents and the desk have
    all their facts. Clocks and tickets are numbered anew. ``news``: tables of what has come
    since, by name. ``kept``: of an earlier call on the same base. Raises DataError where the base
    does not go with its tables.
    """
    tickets = _active(base, store, news)
    before = store.of_tickets(tickets)
    after = join_news(before, news)
    if not any(name in news for name in ("customers", "customer_health", "agents", "groups")):
        after = only_customers_of(after)
    now = _record(base, after, config, watermark=watermark_with(base, news), known=_words(base))
    given = _given(base, _recall(base, before, tickets, config, kept), now, news)
    medians = {n: follow_medians(base.medians[n], base.streams[n], given[n]) for n in MEDIANS}
    return given_streams(now, given, medians)


def _recall(base: History, before: News, tickets: Int64, config: Config, kept: Before) -> History:
    """The tickets as the base has them."""
    is_other = kept.config is not config or not np.array_equal(kept.tickets, tickets)
    if kept.history is None or is_other:
        frames, known = only_customers_of(before), _words(base)
        kept.history = _record(base, frames, config, watermark=base.watermark, known=known)
        kept.config, kept.tickets = config, tickets
    return kept.history


def _active(base: History, store: Store, news: News) -> Int64:
    """Tickets of the base that were open at its end, or that the news may change."""
    over_at = base.arrays["clock/over_at"]
    is_open = over_at >= int(base.about["watermark_at"])
    open_tickets = base.timelines.clock_ticket[np.flatnonzero(is_open)]
    parts = [open_tickets]
    for name in ("tickets", "ticket_events"):  # a ticket that is told again is no new one
        if name in news:
            ids = news[name].column("ticket_id").combine_chunks().unique()
            parts.append(store.find(ids))
    found = np.unique(np.concatenate(parts))
    return found[found >= 0]


def watermark_with(base: History, news: News) -> pd.Timestamp:
    """Up to where everything is known: the latest that a ticket or an event became known."""
    told = [news[name] for name in ("tickets", "ticket_events") if name in news]
    latest = [pc.max(table.column("known_at")).as_py() for table in told]
    return max([base.watermark, *(pd.Timestamp(at) for at in latest if at is not None)])


def _words(history: History) -> dict[str, pa.Array]:
    """The words that have codes, by what they name."""
    return {n.removeprefix("word/"): w for n, w in history.texts.items() if n.startswith("word/")}


def _record(
    base: History,
    frames: News,
    config: Config,
    *,
    watermark: pd.Timestamp,
    known: Mapping[str, pa.Array],
) -> History:
    tables = as_tables(frames, watermark=watermark, attributes=base.attributes)
    arrays, texts, about = record(tables, config, progress=silent, known=known)
    about = {**about, "origin": base.about["origin"], "shifts": base.about["shifts"]}
    return History(base.digest, watermark, base.attributes, about, arrays, texts)


def _given(base: History, was: History, now: History, news: News) -> dict[str, Stream]:
    own = [f"own/{f['name']}" for f in base.about["own"] if f["by"] == "ticket"]
    changed = any(name in news for name in ("customers", "customer_health", "agents", "groups"))
    works = {}
    for name, stream in base.streams.items():
        if name in _OF_TICKET or name in own or (name in OF_TABLES and changed):
            continue
        works[name] = _work(stream, was.streams[name], now.streams[name], name)
    return side_by_side(works)


def _work(base: Stream, was: Stream, now: Stream, name: str) -> Callable[[], Stream]:
    if name in OF_TABLES:
        return partial(_grown, base, now.n_keys)
    return partial(splice, base, _widened(was, now.n_keys), now, name=name)


def _widened(stream: Stream, n_keys: int) -> Stream:
    """The same with further keys, which have no rows at all."""
    none = np.full(n_keys - stream.n_keys, stream.start[-2])
    start = np.concatenate([stream.start[:-2], none, stream.start[-2:]])
    return Stream(start, stream.at, stream.columns)


def _grown(stream: Stream, n_keys: int) -> Stream:
    """The same with further keys, of which it has no facts."""
    columns = {name: values[:0] for name, values in stream.columns.items()}
    none = Stream(np.zeros(2, np.int64), np.empty(0, np.int64), columns)
    return SplicedStream(
        stream.start, stream.at, stream.columns, stream.grid,
        tail=none, place=np.full(n_keys + 1, -1), kept=np.empty(0, np.int64), n_all=n_keys,
    )  # fmt: skip
