"""One partition of tickets and their events, from everything that the sources say of them."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from forewarn.config import Source
from forewarn.schema import EVENT_KINDS, TICKET_EVENTS, TICKETS, arrow_schema
from forewarn.sources.changes import Built, build_changes, make_events
from forewarn.sources.events import build_events
from forewarn.sources.flat import build_flat
from forewarn.sources.frames import (
    NAT,
    NONE,
    PART,
    TICKET,
    begins,
    decode,
    encode,
    ordered,
    place_in_run,
    word,
)
from forewarn.sources.ledger import Ledger
from forewarn.sources.rows import ROW

_BUILDERS = {
    "tickets": build_flat,
    "flat_tickets": build_flat,
    "change_log": build_changes,
    "event_log": build_events,
}
_OWN = ("tickets", "flat_tickets")
_ALPHABETICAL = np.argsort(np.argsort(EVENT_KINDS))


def build_tickets(
    rows: Mapping[str, pa.Table],
    sources: Sequence[Source],
    kinds: Mapping[str, pa.DataType],
    ledger: Ledger,
) -> tuple[pa.Table, pa.Table]:
    """Tickets and events in their final order; ``rows`` by source, of whole tickets.

    ``kinds``: the types of the attributes.
    """
    frames, ledger.words = encode(rows)
    present = [s for s in sources if s.name in frames]
    built = [_built(frames[s.name], s, list(kinds), ledger) for s in present]
    tickets = _known_in_time(_one_per_id(built, present, ledger), "created_at", ledger)
    events = pd.concat([b.events for b in built], ignore_index=True)
    events = _belonging(events, tickets, ledger)
    events = pd.concat([events, _missing_created(tickets, events)], ignore_index=True)
    events = _numbered(_known_in_time(events, "occurred_at", ledger))
    return (
        decode(tickets, ledger.words, arrow_schema(TICKETS, kinds)),
        decode(events, ledger.words, arrow_schema(TICKET_EVENTS, {})),
    )


def _built(rows: pd.DataFrame, source: Source, attributes: Sequence[str], ledger: Ledger) -> Built:
    missing = {a: NONE for a in attributes if a not in rows}
    return _BUILDERS[source.shape](rows.assign(**missing), attributes, ledger)


def _one_per_id(built: Sequence[Built], sources: Sequence[Source], ledger: Ledger) -> pd.DataFrame:
    """Tickets of their own sources come before those told by logs; of two, the first stays."""
    own = [b.tickets for b, s in zip(built, sources, strict=True) if s.shape in _OWN]
    told = [b.tickets for b, s in zip(built, sources, strict=True) if s.shape not in _OWN]
    tickets = pd.concat([*own, *told], ignore_index=True)
    again = tickets.duplicated(TICKET, keep="first").to_numpy()
    twice = again & (np.arange(len(tickets)) < sum(len(t) for t in own))
    if twice.any():
        reason = "another source has a ticket of this id"
        ledger.refuse(tickets.loc[twice], reason, column="ticket_id")
    return ordered(tickets.loc[~again], [TICKET])


def _belonging(events: pd.DataFrame, tickets: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Events of a ticket that is there, not before it, and created but once."""
    known, wanted = tickets[TICKET].to_numpy(), events[TICKET].to_numpy()
    at = np.searchsorted(known, wanted)
    orphan = np.append(known, NONE)[at] != wanted
    reason = "no ticket of this id: neither in a ticket source nor by a 'created' event"
    events = ledger.without(events, orphan, reason, column="ticket_id")
    opened = tickets["created_at"].to_numpy()[at[~orphan]]
    early = events["occurred_at"].to_numpy() < opened
    reason = "event before its ticket was created"
    events = ledger.without(events, early, reason, column="occurred_at")
    events = ordered(events, [TICKET, "occurred_at", "sequence", PART, ROW])
    created = (events["kind"] == word("created")).to_numpy()
    twice = created.copy()
    twice[created] = events.loc[created].duplicated(TICKET, keep="first").to_numpy()
    return ledger.without(events, twice, "the ticket was created before", column="ticket_id")


def _missing_created(tickets: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    have = events.loc[events["kind"] == word("created"), TICKET].to_numpy()
    lacking = tickets.loc[~np.isin(tickets[TICKET].to_numpy(), have)]
    rows = lacking.assign(sequence=-1, actor_id=NONE, actor_kind=NONE)
    return make_events(rows, word("created"), now=NONE, occurred_at="created_at")


def _known_in_time(facts: pd.DataFrame, occurred_at: str, ledger: Ledger) -> pd.DataFrame:
    """Nothing is known before it occurs."""
    early = facts["known_at"].to_numpy() < facts[occurred_at].to_numpy()
    ledger.n_known_early += int(early.sum())
    return facts.assign(known_at=np.maximum(facts["known_at"], facts[occurred_at]))


def _numbered(events: pd.DataFrame) -> pd.DataFrame:
    """Sorted; without a sequence of the source, events of one instant and kind are counted."""
    kind = _ALPHABETICAL[events["kind"].to_numpy()]
    events = ordered(events.assign(__kind=kind), [TICKET, "occurred_at", "__kind"])
    place = place_in_run(begins(events, [TICKET, "occurred_at", "__kind"]))
    unnumbered = (events["sequence"] == NAT).to_numpy()
    sequence = np.where(unnumbered, place, events["sequence"])
    return ordered(events.assign(sequence=sequence), [TICKET, "occurred_at", "sequence", "__kind"])
