"""The open desk as of one instant: its clocks with their features, its tickets, its customers.

What was known when is decided by the features, here as everywhere: nothing in this module
compares instants.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.build import build_features
from features.catalogue import declared_features
from features.history import History
from features.observations import open_observations
from features.texts import decode
from forewarn.config import Config
from forewarn.errors import ConfigError
from forewarn.sla.clock import read_clocks
from forewarn.sla.known_then import facts_then
from forewarn.sla.labels import as_instants
from forewarn.sla.policy import penalties, weights
from forewarn.tables import Tables
from serving.pickups import pickup_stream
from serving.tighten import condition_features, tighten

TICKET_FACTS = {
    "ticket_group": "group_id",
    "ticket_priority": "priority",
    "customer_tier": "tier",
    "ticket_assignments": "n_assignments",
    "ticket_agent_replies": "n_replies",
    "customer_tickets_28d": "volume_28d",
    "health_score": "health_score",
    "health_segment": "segment",
}
"""Features that say the same for every clock of a ticket: the column they become."""


@dataclass(frozen=True)
class Desk:
    """``clocks``: one row per open clock, as scores, with penalty (money), weight, and what
    internal targets say: rule (null: none), share (of the target, else 1) and internal_seconds
    (open time left on the internal target; the promise's where there is none).

    ``features``: of the same rows. ``tickets``: one row per ticket with an open clock, in the
    order of their ids; any_clock is the label of one of its clocks, ticket its row in the
    history; linked_to its incident or parent ticket; owner who looks after
    its customer; is_unworked is false for all where the log
    does not tell.
    """

    clocks: pd.DataFrame
    features: pd.DataFrame
    tickets: pd.DataFrame


def read_desk(
    history: History,
    config: Config,
    *,
    as_of: pd.Timestamp,
    feature_names: Sequence[str],
    tables: Tables | None,
) -> Desk:
    """The desk as known before ``as_of``, with the facts that people read.

    ``feature_names``: further features of the clocks, for models and reasons; unknown ones
    raise DataError. ``tables``: the canonical ones, for subjects and owners.
    """
    observations = open_observations(history, as_of=as_of)
    declared = {feature.name for feature in declared_features(history)}
    asked_by_rules = condition_features(history, config.sla.tighten).values()
    facts = (name for name in TICKET_FACTS if name in declared)
    linked = _incident_feature(config, declared)
    names = list(dict.fromkeys([*feature_names, *facts, *asked_by_rules, *linked]))
    features = build_features(history, observations, names=names)
    rows = _ticket_rows(history, observations, features, tables)
    rows["linked_to"] = _linked(features, rows, linked)
    rows["owner"] = _owners(rows["customer_id"], tables, as_of)
    clocks = _clocks(observations)
    asked = _priced_by(history, observations, rows)
    clocks["penalty"] = penalties(config.sla, **asked)
    clocks["weight"] = weights(config.sla, **asked)
    tightened = tighten(
        clocks.assign(policy=asked["policy"]), features,
        history=history, settings=config.sla.tighten,
    )  # fmt: skip
    clocks = with_internal_targets(clocks.join(tightened))
    return Desk(clocks, features, rows)


def _incident_feature(config: Config, declared: Collection[str]) -> tuple[str, ...]:
    """The feature that names a ticket's incident; none where incidents are not asked for."""
    column = config.queue.incident_by
    if column is None:
        return ()
    if f"ticket_{column}" not in declared:
        raise ConfigError(
            f"forewarn.yaml: queue.incident_by: {column!r} is no column that tickets come with; "
            "name it under 'attributes' of their source"
        )
    return (f"ticket_{column}",)


def _linked(features: pd.DataFrame, rows: pd.DataFrame, names: tuple[str, ...]) -> pd.Series:
    """Per ticket what it names as its incident or parent, as text; null for nothing."""
    if not names:
        return pd.Series(None, rows.index, dtype=object)
    told = features.loc[rows["any_clock"], names[0]].astype(object)
    texts = [_as_id(value) if pd.notna(value) else None for value in told]
    return pd.Series(texts, rows.index, dtype=object)


def _as_id(value: object) -> str:
    """An attribute of plain numbers is read as numbers; ids are texts.

    >>> _as_id("I7"), _as_id(4711.0)
    ('I7', '4711')
    """
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _owners(
    customers: "pd.Series[str]", tables: Tables | None, as_of: pd.Timestamp
) -> "pd.Series[str]":
    """Who looks after each ticket's customer, as far as known."""
    if tables is None:
        return pd.Series(None, customers.index, dtype="str")
    known = facts_then(tables.customers, "customer_id", as_of=as_of).set_index("customer_id")
    return customers.map(known["owner"]).astype("str")


def with_internal_targets(clocks: pd.DataFrame) -> pd.DataFrame:
    """The clocks with the open time left on their internal targets."""
    left = clocks["remaining_seconds"] - (1.0 - clocks["share"]) * clocks["target_seconds"]
    return clocks.assign(internal_seconds=left)


def _clocks(observations: pd.DataFrame) -> pd.DataFrame:
    """The rows of scores, without probabilities. A paused clock has no due date."""
    target = observations["target_seconds"]
    names = ["ticket_id", "metric", "state", "is_breached", "remaining_seconds", "target_seconds"]
    return observations[names].assign(
        cycle=observations["cycle"].astype("int64"),
        due_at=observations["due_at"].where(observations["state"] == "running"),
        elapsed_share=(observations["elapsed_seconds"] / target).where(target > 0),
    )


def _priced_by(
    history: History, observations: pd.DataFrame, tickets: pd.DataFrame
) -> dict[str, pd.Series]:
    """What the price of each clock's breach depends on: policy, tier, priority of this instant."""
    timelines = history.timelines
    as_of = observations["as_of"].dt.as_unit("us").astype("int64").to_numpy()
    terms = read_clocks(timelines, observations["clock"].to_numpy(), as_of=as_of).terms
    policies = np.array([*timelines.policies, None], object)  # -1: an imported deadline
    of_ticket = tickets.set_index("ticket_id").reindex(observations["ticket_id"])
    return {
        "policy": pd.Series(policies[timelines.terms_policy[terms]], observations.index),
        "metric": observations["metric"],
        "tier": of_ticket["tier"].set_axis(observations.index),
        "priority": of_ticket["priority"].set_axis(observations.index),
    }


def _ticket_rows(
    history: History,
    observations: pd.DataFrame,
    features: pd.DataFrame,
    tables: Tables | None,
) -> pd.DataFrame:
    """One row per ticket: who it is from, where it is, whether anybody worked on it."""
    first = observations.drop_duplicates("ticket").sort_values("ticket_id", kind="stable")
    facts = features.loc[first.index].reset_index(drop=True)
    position = first["ticket"].to_numpy()
    customer = history.arrays["ticket/customer"][position]
    words = history.texts["word/customer"]
    rows = pd.DataFrame(
        {
            "any_clock": first.index,
            "ticket": position,
            "ticket_id": first["ticket_id"].to_numpy(),
            "customer_id": decode(words, customer),
            "created_at": as_instants(history.ticket_created_at[position]),
        }
    )
    for feature, column in TICKET_FACTS.items():
        rows[column] = _plain(facts[feature]) if feature in facts else np.nan
    for column in ("group_id", "priority", "tier", "segment"):
        rows[column] = rows[column].astype("str")
    subjects = None if tables is None else tables.tickets["subject"].take(position)
    rows["subject"] = pd.Series(
        None if subjects is None else subjects.to_numpy(), index=rows.index, dtype="str"
    )
    touches = {"assigned": "n_assignments", "agent_reply": "n_replies"}
    stream = pickup_stream(history)
    return rows.assign(
        is_unworked=False if stream is None else rows[touches[stream]].fillna(0.0) == 0
    )


def _plain(column: pd.Series) -> pd.Series:
    return column.astype("str") if isinstance(column.dtype, pd.CategoricalDtype) else column
