"""The thirty features in Polars, as its experts would write them; nothing of our engine is used.

Facts are sorted by instant, summed from each key's first one on, and looked up with one
``join_asof`` per key and instant, strictly before it. A window is a difference of two sums.
"""

import polars as pl

from benchmarks.features_peer_facts import (
    DAY,
    HOUR,
    STATES,
    STATUS,
    Frames,
    follow_tickets,
    read_steps,
    with_tickets,
)

_LEVELS = ("n_open", "n_top", "n_waiting")
_SUMS = (*_LEVELS, "n_arrivals", "n_solved", "hours")
_NOW = pl.col("as_of")
_BACK = pl.col("back")


def build_thirty(frames: Frames, observations: pl.DataFrame, *, top_priority: str) -> pl.DataFrame:
    """One row per observation, in their order; one column per feature, beside ``as_of``."""
    tickets = frames.tickets.with_columns(
        pl.col("customer", *STATES).cast(pl.Categorical)
    ).with_row_index("ticket")
    events = follow_tickets(with_tickets(frames.events, tickets).lazy()).collect()
    steps = read_steps(events.lazy(), top_priority).collect()
    asked = _ask(observations, tickets).lazy()
    asked = _see_ticket(asked, events.lazy())
    asked = _see_customer(asked, steps.lazy(), frames.customers.lazy())
    asked = _see_group(asked, _by_group(steps.lazy().filter("is_step")))
    asked = _see_desk(asked, _net(steps.lazy().filter("is_step")))
    asked = _see_category(asked, tickets.lazy())
    return asked.sort("row").select(pl.col("^(ticket|customer|group|desk|category)_.*$")).collect()


def _ask(observations: pl.DataFrame, tickets: pl.DataFrame) -> pl.DataFrame:
    """The observations by instant; ``back``: four weeks, or as long as the history goes back."""
    return observations.with_columns(
        tickets["customer"].gather(observations["ticket"]),
        row=pl.int_range(pl.len()),
        back=(_NOW - tickets["at"].min()).clip(HOUR, 28 * DAY),
    ).sort("as_of")


def _see_ticket(asked: pl.LazyFrame, events: pl.LazyFrame) -> pl.LazyFrame:
    names = {
        "ticket_group": "group", "ticket_priority": "priority", "category": "category",
        "status": "status", "since": "status_since", "ticket_pauses": "n_pauses",
        "n": "n_events", "latest": "at", "agent_at": "agent_at", "agents": "n_agent",
        "customers": "n_customer", "waiting": "n_waiting", "waiting_since": "waiting_since",
    }  # fmt: skip
    seen = _look(asked, events, names, at=_NOW, by="ticket")
    seen = _look(seen, events, {"n_24h": "n_events"}, at=_NOW - DAY, by="ticket")
    waits = pl.col("waiting") > 0
    return seen.with_columns(
        group="ticket_group",
        ticket_status=pl.col("status").cast(pl.UInt8).cat.to(pl.Enum(list(STATUS))),
        ticket_status_hours=_hours_since(pl.col("since")),
        ticket_events=pl.col("n").fill_null(0),
        ticket_events_24h=_grown("n", "n_24h"),
        ticket_agent_replies=pl.col("agents").fill_null(0),
        ticket_customer_replies=pl.col("customers").fill_null(0),
        ticket_idle_hours=_hours_since(pl.col("latest")),
        ticket_agent_reply_hours=pl.when(pl.col("agent_at") >= 0).then(
            _hours_since(pl.col("agent_at"))
        ),
        ticket_unanswered_hours=pl.when(waits).then(_hours_since(pl.col("waiting_since"))),
        ticket_unanswered=pl.col("waiting").fill_null(0),
    ).drop("status", "since", "n", "latest", "agent_at", "agents", "customers", "waiting",
           "waiting_since", "n_24h")  # fmt: skip


def _see_customer(
    asked: pl.LazyFrame, steps: pl.LazyFrame, customers: pl.LazyFrame
) -> pl.LazyFrame:
    by = "customer"
    arrived = pl.when(pl.col("n_arrivals") > 0).then("at").forward_fill()
    sums = _net(steps).select(
        "at", by, arrived.over(by).alias("arrived_at"),
        pl.col("n_open", "n_arrivals", "n_replies", "n_solved", "hours").cum_sum().over(by),
    )  # fmt: skip
    now = {"open": "n_open", "latest": "arrived_at", "a": "n_arrivals", "r": "n_replies",
           "s": "n_solved", "h": "hours"}  # fmt: skip
    week, month = {"a7": "n_arrivals", "r7": "n_replies"}, {"a28": "n_arrivals"}
    seen = _look(asked, sums, now, at=_NOW, by=by)
    seen = _look(seen, sums, week, at=_NOW - 7 * DAY, by=by)
    seen = _look(seen, sums, month, at=_NOW - 28 * DAY, by=by)
    seen = _look(seen, sums, {"s90": "n_solved", "h90": "hours"}, at=_NOW - 90 * DAY, by=by)
    contracts = customers.with_columns(pl.col("customer").cast(pl.Categorical)).sort("at")
    seen = _look(seen, contracts, {"customer_tier": "tier"}, at=_NOW, by=by)
    return seen.with_columns(
        customer_tickets_7d=_grown("a", "a7"),
        customer_tickets_28d=_grown("a", "a28"),
        customer_replies_7d=_grown("r", "r7"),
        customer_ticket_age_hours=_hours_since(pl.col("latest")),
        customer_open=pl.col("open").fill_null(0),
        customer_solution_hours_90d=_mean("h", "h90", _grown("s", "s90")),
    ).drop(*now, *week, *month, "s90", "h90")


def _see_group(asked: pl.LazyFrame, steps: pl.LazyFrame) -> pl.LazyFrame:
    by = "group"
    sums = steps.select("at", by, pl.col(*_SUMS).cum_sum().over(by)).with_columns(
        area=_area().over(by)
    )
    now = {"o": "n_open", "t": "n_top", "w": "n_waiting", "a": "n_arrivals", "s": "n_solved",
           "h": "hours", "x": "area", "x_at": "at"}  # fmt: skip
    day = {"a1": "n_arrivals", "s1": "n_solved"}
    month = {"a28": "n_arrivals", "s28": "n_solved", "x28": "area", "o28": "n_open", "x28_at": "at"}
    full = {"s_full": "n_solved", "h_full": "hours"}
    seen = _look(asked, sums, now, at=_NOW, by=by)
    seen = _look(seen, sums, {"a4h": "n_arrivals"}, at=_NOW - 4 * HOUR, by=by)
    seen = _look(seen, sums, day, at=_NOW - DAY, by=by)
    seen = _look(seen, sums, month, at=_NOW - _BACK, by=by)
    seen = _look(seen, sums, full, at=_NOW - 28 * DAY, by=by)
    has_open = pl.col("o") > 0
    return seen.with_columns(
        pl.when(pl.col(by).is_not_null()).then(value).alias(name)
        for name, value in {
            "group_backlog_ratio_28d": _level_ratio(),
            "group_arrivals_ratio_4h": _ratio("a", "a4h", "a28", 4 * HOUR),
            "group_arrivals_ratio_24h": _ratio("a", "a1", "a28", DAY),
            "group_solutions_ratio_24h": _ratio("s", "s1", "s28", DAY),
            "group_top_share": pl.when(has_open).then(pl.col("t") / pl.col("o")),
            "group_waiting_share": pl.when(has_open).then(pl.col("w") / pl.col("o")),
            "group_solution_hours_28d": _mean("h", "h_full", _grown("s", "s_full")),
        }.items()
    ).drop(*now, *day, *month, *full, "a4h")


def _see_desk(asked: pl.LazyFrame, steps: pl.LazyFrame) -> pl.LazyFrame:
    sums = steps.select("at", pl.col("n_open", "n_arrivals").cum_sum()).with_columns(area=_area())
    now = {"o": "n_open", "a": "n_arrivals", "x": "area", "x_at": "at"}
    month = {"o28": "n_open", "a28": "n_arrivals", "x28": "area", "x28_at": "at"}
    seen = _look(asked, sums, now, at=_NOW)
    seen = _look(seen, sums, {"a1": "n_arrivals"}, at=_NOW - DAY)
    seen = _look(seen, sums, month, at=_NOW - _BACK)
    return seen.with_columns(
        desk_backlog_ratio_28d=_level_ratio(),
        desk_arrivals_ratio_24h=_ratio("a", "a1", "a28", DAY),
    ).drop(*now, *month, "a1")


def _see_category(asked: pl.LazyFrame, tickets: pl.LazyFrame) -> pl.LazyFrame:
    by = "category"
    sums = (
        tickets.select("at", by).sort("at").with_columns(n=pl.int_range(1, pl.len() + 1).over(by))
    )
    seen = _look(asked, sums, {"a": "n"}, at=_NOW, by=by)
    seen = _look(seen, sums, {"a4h": "n"}, at=_NOW - 4 * HOUR, by=by)
    seen = _look(seen, sums, {"a28": "n"}, at=_NOW - _BACK, by=by)
    value = pl.when(pl.col(by).is_not_null()).then(_ratio("a", "a4h", "a28", 4 * HOUR))
    return seen.with_columns(category_arrivals_ratio_4h=value)


def _look(
    asked: pl.LazyFrame,
    facts: pl.LazyFrame,
    names: dict[str, str],
    *,
    at: pl.Expr,
    by: str | None = None,
) -> pl.LazyFrame:
    """Columns of the last fact strictly before ``at``, under new names."""
    keys = [by] if by else []
    found = facts.select(*keys, pl.col("at").alias("fact_at"), **names)
    return asked.with_columns(instant=at).join_asof(
        found, left_on="instant", right_on="fact_at", by=by, strategy="backward",
        allow_exact_matches=False, check_sortedness=False,
    ).drop("instant", "fact_at", strict=False)  # fmt: skip


def _net(steps: pl.LazyFrame) -> pl.LazyFrame:
    """Levels as what a step adds to them, for holders that keep the ticket."""
    return steps.with_columns(pl.col(name) - pl.col(f"was_{name}") for name in _LEVELS)


def _by_group(steps: pl.LazyFrame) -> pl.LazyFrame:
    """The same for groups: a ticket that moves leaves one and comes to another."""
    moves, nothing = steps.filter("moved"), pl.lit(0, pl.Int32)
    leaving = moves.with_columns(
        *(-pl.col(f"was_{name}").alias(name) for name in _LEVELS),
        group="was_group", n_arrivals=nothing,
    )  # fmt: skip
    coming = moves.with_columns(n_arrivals="n_open", n_solved=nothing, hours=pl.lit(0.0))
    stays = _net(steps.filter(~pl.col("moved")))
    return pl.concat([stays, leaving, coming]).sort("at", maintain_order=True)


def _area() -> pl.Expr:
    """What is open, summed over time: ticket hours up to each fact."""
    return (pl.col("n_open").shift(1) * (pl.col("at").diff() / HOUR)).fill_null(0.0).cum_sum()


def _hours_since(at: pl.Expr) -> pl.Expr:
    return (_NOW - at) / HOUR


def _grown(now: str, then: str) -> pl.Expr:
    return pl.col(now).fill_null(0) - pl.col(then).fill_null(0)


def _mean(now: str, then: str, n: pl.Expr) -> pl.Expr:
    return pl.when(n > 0).then(_grown(now, then) / n)


def _ratio(now: str, then: str, before: str, window: int) -> pl.Expr:
    """Facts in the window over those to expect by the weeks before; 1 is added to both."""
    expected = _grown(now, before) * (window / pl.max_horizontal(_BACK, window))
    return (_grown(now, then) + 1.0) / (expected + 1.0)


def _level_ratio() -> pl.Expr:
    """What is open over its mean of the last weeks; 1 is added to both."""
    until = pl.col("x") + pl.col("o") * (_NOW - pl.col("x_at")) / HOUR
    before = pl.col("x28") + pl.col("o28") * (_NOW - _BACK - pl.col("x28_at")) / HOUR
    mean = (until.fill_null(0.0) - before.fill_null(0.0)) / (_BACK / HOUR)
    return (pl.col("o").fill_null(0) + 1.0) / (mean + 1.0)
