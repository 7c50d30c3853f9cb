"""The facts behind the thirty features in Polars: what follows from each event of a ticket.

What is taken for granted, since it holds for the generated history: facts are known when they
happen, every ticket has a customer, and its first event tells its creation. So events lie in the
order (ticket, instant), and a forward fill or a running sum needs no groups.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

from forewarn.schema import STATUS_CATEGORIES
from forewarn.tables import Tables

HOUR = 3_600_000_000
DAY = 24 * HOUR
_COLUMNS = {
    "tickets": ["ticket_id", "customer_id", "known_at", "priority", "group_id", "category"],
    "ticket_events": ["ticket_id", "known_at", "kind", "to_value", "actor_kind", "is_public"],
    "customers": ["customer_id", "known_at", "tier"],
}
_NAMES = {"known_at": "at", "customer_id": "customer", "group_id": "group"}
STATUS = {name: code for code, name in enumerate(STATUS_CATEGORIES)}
STATES = {
    "group": "group_changed",
    "priority": "priority_changed",
    "category": "category_changed",
}


@dataclass(frozen=True)
class Frames:
    """The canonical tables in Polars: instants as int64 microseconds, column ``at``."""

    tickets: pl.DataFrame
    events: pl.DataFrame
    customers: pl.DataFrame


def read_frames(tables: Tables) -> Frames:
    """The columns that the thirty features need."""
    return Frames(*(_frame(getattr(tables, name)[names]) for name, names in _COLUMNS.items()))


def read_observations(observations: pd.DataFrame) -> pl.DataFrame:
    """Columns ``ticket`` (row of the tickets) and ``as_of``, in the order of the observations."""
    return _frame(observations[["ticket", "as_of"]]).with_columns(pl.col("ticket").cast(pl.UInt32))


def _frame(frame: pd.DataFrame) -> pl.DataFrame:
    found = pl.DataFrame({name: _column(frame[name]) for name in frame})
    return found.rename(_NAMES, strict=False)


def _column(column: pd.Series) -> pl.Series:
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        return pl.Series(column.to_numpy("datetime64[us]").view(np.int64))
    return pl.Series(pa.array(column, from_pandas=True))


def with_tickets(events: pl.DataFrame, tickets: pl.DataFrame) -> pl.DataFrame:
    """Beside each event its ticket at creation; ids are looked up once per run of events."""
    identity = pl.col("ticket_id")
    events = events.with_columns(first=identity != identity.shift(1, fill_value=""))
    heads = events.filter("first").select(identity).join(
        tickets.rename({"at": "created_at"}), on="ticket_id", how="left", maintain_order="left"
    )  # fmt: skip
    run = events["first"].cum_sum() - 1
    beside = heads.drop("ticket_id").select(pl.all().gather(run))
    return events.drop("ticket_id").hstack(beside)


def follow_tickets(events: pl.LazyFrame) -> pl.LazyFrame:
    """What is known of the ticket from each event on: states, counts, the latest instants."""
    kind, at, first, to = (pl.col(name) for name in ("kind", "at", "first", "to_value"))
    is_agent = (kind == "agent_reply") & ~pl.col("actor_kind").is_in(["bot", "system"])
    is_customer = kind == "customer_reply"
    status = (
        pl.when(first).then(STATUS["new"])
        .when(kind == "status_changed").then(to.replace_strict(STATUS, default=None))
        .when(kind == "solved").then(STATUS["solved"])
        .when(kind == "closed").then(STATUS["closed"])
        .when(kind == "reopened").then(STATUS["open"])
    )  # fmt: skip
    states = [
        pl.when(first).then(pl.col(name))
        .when(kind == changed).then(to.cast(pl.Categorical)).forward_fill().alias(name)
        for name, changed in STATES.items()
    ]  # fmt: skip
    answers = first | (is_agent & pl.col("is_public"))
    return (
        events.with_columns(
            *states,
            status=status.cast(pl.Int8).forward_fill(),
            is_customer=is_customer,
            n_agent=_running(is_agent),
            n_customer=_running(is_customer),
            agent_at=pl.when(is_agent).then(at).when(first).then(-1).forward_fill(),
            n_events=_running(kind.is_not_null()),
        )
        .with_columns(
            answered=pl.when(answers).then("n_customer").forward_fill(),
            was=pl.when(~first).then(pl.col("status").shift(1)),
        )
        .with_columns(
            n_waiting=pl.col("n_customer") - pl.col("answered"),
            status_since=pl.when(pl.col("status").ne_missing(pl.col("was")))
            .then(at).forward_fill(),
            n_pauses=_running(_waits("status") & ~_waits("was")),
        )
        .with_columns(
            waiting_since=pl.when(is_customer & (pl.col("n_waiting") == 1)).then(at)
            .forward_fill(),
        )
    )  # fmt: skip


def _running(flag: pl.Expr) -> pl.Expr:
    """How often so far in the ticket; the sum over everything less that before its first event."""
    total = flag.cast(pl.Int32).cum_sum()
    return total - pl.when("first").then(total - flag.cast(pl.Int32)).forward_fill()


def _is_open(status: str) -> pl.Expr:
    return (pl.col(status) <= STATUS["on_hold"]).fill_null(value=False)


def _waits(status: str) -> pl.Expr:
    return pl.col(status).is_between(STATUS["pending"], STATUS["on_hold"]).fill_null(value=False)


def read_steps(events: pl.LazyFrame, top_priority: str) -> pl.LazyFrame:
    """Replies of customers, and whatever changes how much somebody has to do, by instant."""
    first, top = pl.col("first"), (pl.col("priority") == top_priority).fill_null(value=False)
    earlier = {
        "was_group": pl.when(~first).then(pl.col("group").shift(1)),
        "was_top": top.shift(1, fill_value=False) & ~first & _is_open("was"),
    }
    now = {
        "n_open": _is_open("status"),
        "n_top": top & _is_open("status"),
        "n_waiting": _waits("status"),
    }
    was = {"n_open": _is_open("was"), "n_top": pl.col("was_top"), "n_waiting": _waits("was")}
    moved = ~first & pl.col("group").ne_missing(pl.col("was_group"))
    differs = [now[name] != was[name] for name in now]
    hours = (pl.col("at") - pl.col("created_at")) / HOUR
    ends = was["n_open"] & ~now["n_open"]
    return (
        events.with_columns(**earlier)
        .with_columns(is_step=pl.any_horizontal(first, moved, *differs), moved=moved)
        .filter(pl.col("is_step") | pl.col("is_customer"))
        .select(
            "at", "customer", "group", "was_group", "moved", "is_step",
            *(value.cast(pl.Int32).alias(name) for name, value in now.items()),
            *(value.cast(pl.Int32).alias(f"was_{name}") for name, value in was.items()),
            n_replies=pl.col("is_customer").cast(pl.Int32),
            n_arrivals=(now["n_open"] & ~was["n_open"]).cast(pl.Int32),
            n_solved=ends.cast(pl.Int32),
            hours=pl.when(ends).then(hours).otherwise(0.0),
        )
        .sort("at")
    )  # fmt: skip
