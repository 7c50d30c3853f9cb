"""The canonical tables as they lie beside a built history, mapped: any tickets at once.

Events lie ticket by ticket, in the order of the tickets, and do not name them; texts that
repeat are codes. A ticket is found by a hash of its id.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.frames import to_arrow
from features.streams import Int64
from forewarn.schema import SPECS, arrow_schema
from forewarn.sla.compiled import compiled
from forewarn.sla.events import as_arrow, read_events
from forewarn.tables import Tables

SMALL = ("customers", "customer_health", "agents", "groups")
"""Tables that are kept as they are."""
_OF_CUSTOMERS = ("customers", "customer_health")
_CODED = ("kind", "from_value", "to_value", "actor_id", "actor_kind")
Frames = Mapping[str, pa.Table]


@dataclass(frozen=True)
class Store:
    """Tables of a built history. ``first``: per ticket its first event, and one more.

    ``hashes`` of ids, ascending, and the ``ticket`` that each belongs to.
    """

    tables: Frames
    first: Int64
    hashes: Int64
    ticket: NDArray[np.int32]

    @property
    def ids(self) -> pa.Array:
        """Per ticket its id."""
        return self.tables["tickets"].column("ticket_id").combine_chunks()

    def find(self, ids: pa.Array) -> Int64:
        """The position of each ticket, -1 where it is not here."""
        hashes = hash_texts(ids)
        place = np.minimum(np.searchsorted(self.hashes, hashes), max(self.hashes.size - 1, 0))
        hit = np.flatnonzero(self.hashes[place] == hashes) if self.hashes.size else np.empty(0, int)
        found = np.full(len(ids), -1, np.int64)
        found[hit] = self.ticket[place[hit]]
        mine = self.tables["tickets"].column("ticket_id").take(pa.array(found[hit]))
        if len(hit) and not pc.all(pc.equal(mine, ids.take(pa.array(hit)))).as_py():
            found = pc.index_in(ids, value_set=self.ids).fill_null(-1)  # two ids of one hash
            found = found.to_numpy(zero_copy_only=False).astype(np.int64)
        return found

    def of_tickets(self, tickets: Int64) -> dict[str, pa.Table]:
        """Some tickets and their events; of customers and agents everything."""
        counts = self.first[tickets + 1] - self.first[tickets]
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        rows = np.repeat(self.first[tickets], counts) + within
        found = dict(self.tables) | {"tickets": self.tables["tickets"].take(pa.array(tickets))}
        log = self.tables["ticket_events"].take(pa.array(rows))
        owner = pa.array(np.repeat(np.arange(tickets.size), counts))
        log = log.append_column("ticket_id", found["tickets"].column("ticket_id").take(owner))
        schema = arrow_schema(SPECS["ticket_events"], {})
        found["ticket_events"] = log.select(schema.names).cast(schema)
        return found

    def everything(self) -> dict[str, pa.Table]:
        """All tickets and their events, and the rest."""
        return self.of_tickets(np.arange(self.first.size - 1))


def stored(tables: Tables) -> tuple[dict[str, pa.Table], dict[str, np.ndarray]]:
    """What is written beside a history: its tables, and arrays that find a ticket's rows."""
    events = read_events(tables)
    found = {name: to_arrow(getattr(tables, name)) for name in ("tickets", *SMALL)}
    log = to_arrow(tables.ticket_events.drop(columns="ticket_id"))
    if not np.array_equal(events.row, np.arange(len(log))):
        log = log.take(pa.array(events.row))
    for name in _CODED:
        column = log.column(name).combine_chunks().dictionary_encode()
        log = log.set_column(log.schema.get_field_index(name), name, column)
    found["ticket_events"] = log
    hashes = hash_texts(as_arrow(tables.tickets["ticket_id"]))
    order = np.argsort(hashes, kind="stable")
    arrays: dict[str, np.ndarray] = {
        "first": events.first, "hashes": hashes[order], "ticket": order.astype(np.int32)
    }  # fmt: skip
    return found, {f"store/{name}": array for name, array in arrays.items()}


def join_news(old: Frames, news: Frames) -> dict[str, pa.Table]:
    """What is new behind what is old; a ticket that is told again stays as it was."""
    return {name: _behind(table, news.get(name), name) for name, table in old.items()}


def _behind(table: pa.Table, fresh: pa.Table | None, name: str) -> pa.Table:
    if fresh is None:
        return table
    if name == "tickets":
        again = pc.is_in(fresh.column("ticket_id"), value_set=table.column("ticket_id"))
        fresh = fresh.filter(pc.invert(again))
    return pa.concat_tables([table, fresh.cast(table.schema)])


def only_customers_of(frames: Frames) -> dict[str, pa.Table]:
    """Of customers only those that the tickets have."""
    ours = frames["tickets"].column("customer_id")
    return {
        name: table.filter(pc.is_in(table.column("customer_id"), value_set=ours.combine_chunks()))
        if name in _OF_CUSTOMERS
        else table
        for name, table in frames.items()
    }


def as_tables(frames: Frames, *, watermark: pd.Timestamp, attributes: tuple[str, ...]) -> Tables:
    """Canonical tables of Arrow tables."""
    made = {name: table.to_pandas() for name, table in frames.items()}
    return Tables(**made, watermark=watermark, digest="live", attributes=attributes)


def hash_texts(texts: pa.Array) -> Int64:
    """A number of 64 bits per text (FNV-1a)."""
    whole = texts.cast(pa.large_string())
    whole = whole.combine_chunks() if isinstance(whole, pa.ChunkedArray) else whole
    _, offsets, content = whole.buffers()
    hashes = np.empty(len(whole), np.int64)
    if len(whole):
        ends = np.frombuffer(offsets, np.int64)[whole.offset : whole.offset + len(whole) + 1]
        letters = np.frombuffer(content, np.uint8) if content else np.empty(0, np.uint8)
        _hash(ends, letters, hashes)
    return hashes


@compiled
def _hash(ends: Int64, letters: NDArray[np.uint8], hashes: Int64) -> None:
    for i in range(hashes.size):
        value = np.uint64(0xCBF29CE484222325)
        for j in range(ends[i], ends[i + 1]):
            value = (value ^ np.uint64(letters[j])) * np.uint64(0x100000001B3)
        hashes[i] = np.int64(value)
