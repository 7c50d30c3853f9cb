"""One partition of tickets and their events, from everything that the sources say of them."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from forewarn.config import Source
from forewarn.schema import TICKET_EVENTS
from forewarn.sources.changes import Built, build_changes
from forewarn.sources.events import build_events
from forewarn.sources.flat import build_flat
from forewarn.sources.frames import PART, Ledger, to_frame
from forewarn.sources.rows import ROW

_BUILDERS = {
    "tickets": build_flat,
    "flat_tickets": build_flat,
    "change_log": build_changes,
    "event_log": build_events,
}
_UNTOLD = ("from_value", "to_value", "actor_id", "actor_kind", "detail")
_SORT = [*TICKET_EVENTS.order[:3], PART, ROW]


def build_tickets(
    rows: Mapping[str, pa.Table],
    sources: Sequence[Source],
    attributes: Sequence[str],
    ledger: Ledger,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tickets and events in their final order; ``rows`` by source, of whole tickets."""
    built = [_built(rows[s.name], s, attributes, ledger) for s in sources if s.name in rows]
    tickets = _one_per_id(built, [s for s in sources if s.name in rows], ledger)
    events = pd.concat([b.events for b in built], ignore_index=True)
    events = _belonging(events, tickets, ledger)
    events = pd.concat([events, _missing_created(tickets, events)], ignore_index=True)
    early = events["known_at"] < events["occurred_at"]
    late_ticket = tickets["known_at"] < tickets["created_at"]
    ledger.n_known_early += int(early.sum()) + int(late_ticket.sum())
    tickets = tickets.assign(known_at=tickets["known_at"].mask(late_ticket, tickets["created_at"]))
    events = events.assign(known_at=events["known_at"].mask(early, events["occurred_at"]))
    return tickets.sort_values("ticket_id", kind="stable"), _numbered(events)


def _built(table: pa.Table, source: Source, attributes: Sequence[str], ledger: Ledger) -> Built:
    rows = to_frame(table)
    missing = {a: pd.Series(None, index=rows.index, dtype="str") for a in attributes}
    rows = rows.assign(**{a: v for a, v in missing.items() if a not in rows})
    return _BUILDERS[source.shape](rows, attributes, ledger)


def _one_per_id(built: Sequence[Built], sources: Sequence[Source], ledger: Ledger) -> pd.DataFrame:
    """Tickets of their own sources come before those told by logs; of two, the first stays."""
    own = [b.tickets for b, s in zip(built, sources, strict=True) if s.shape in _OWN]
    told = [b.tickets for b, s in zip(built, sources, strict=True) if s.shape not in _OWN]
    tickets = pd.concat([*own, *told], ignore_index=True)
    n_own = sum(len(t) for t in own)
    again = tickets.duplicated("ticket_id", keep="first").to_numpy()
    twice = again & (np.arange(len(tickets)) < n_own)
    if twice.any():
        reason = "another source has a ticket of this id"
        ledger.refuse(tickets.loc[twice], reason, column="ticket_id")
    return tickets.loc[~again]


_OWN = ("tickets", "flat_tickets")


def _belonging(events: pd.DataFrame, tickets: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Events of a ticket that is there, not before it, and created but once."""
    at = pd.Index(tickets["ticket_id"]).get_indexer(pd.Index(events["ticket_id"]))
    orphan = at < 0
    if orphan.any():
        reason = "no ticket of this id: neither in a ticket source nor by a 'created' event"
        ledger.refuse(events.loc[orphan], reason, column="ticket_id")
    events, at = events.loc[~orphan], at[~orphan]
    opened = tickets["created_at"].take(at).set_axis(events.index)
    early = (events["occurred_at"] < opened).to_numpy()
    if early.any():
        reason = "event before its ticket was created"
        ledger.refuse(events.loc[early], reason, column="occurred_at")
    events = events.loc[~early].sort_values(_SORT, kind="stable", na_position="first")
    created = events["kind"] == "created"
    twice = created & events.duplicated(["ticket_id", "kind"], keep="first")
    if twice.any():
        ledger.refuse(events.loc[twice], "the ticket was created before", column="ticket_id")
    return events.loc[~twice]


def _missing_created(tickets: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    have = events.loc[events["kind"] == "created", "ticket_id"]
    lacking = tickets.loc[~tickets["ticket_id"].isin(have)]
    empty = pd.Series(None, index=lacking.index, dtype="str")
    return pd.DataFrame(
        {
            "ticket_id": lacking["ticket_id"],
            "occurred_at": lacking["created_at"],
            "known_at": lacking["known_at"],
            "sequence": -1.0,
            "kind": empty.fillna("created"),
            **dict.fromkeys(_UNTOLD, empty),
            "is_public": False,
            PART: lacking[PART],
            ROW: lacking[ROW],
        }
    )


def _numbered(events: pd.DataFrame) -> pd.DataFrame:
    """Sorted; without a sequence of the source, events of one instant and kind are counted."""
    events = events.sort_values(_SORT, kind="stable", na_position="last")
    place = events.groupby(["ticket_id", "occurred_at", "kind"], sort=False).cumcount()
    sequence = events["sequence"].astype("float64").fillna(place.astype("float64"))
    events = events.assign(sequence=sequence.astype("int64"))
    return events.sort_values(list(TICKET_EVENTS.order), kind="stable")
