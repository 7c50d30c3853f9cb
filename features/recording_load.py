"""Streams on work: what groups, agents and the whole desk have open, take in and get done."""

from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from features.backlog import Steps, arrivals, backlog_stream, read_steps, solutions
from features.facts import Facts
from features.streams import Int64, Stream, Values, build_stream
from forewarn.sla.events import as_arrow, microseconds
from forewarn.sla.parts import side_by_side


def load_streams(facts: Facts, path: Stream, *, top_priority: str) -> dict[str, Stream]:
    """``group_...``, ``agent_...``, ``desk_...``, ``customer_...`` streams of work.

    ``NAME_backlog``, ``NAME_arrival`` and ``NAME_solution`` (see ``features.backlog``);
    ``agent_action``: events that an agent made; ``group_member``: agents of a group;
    ``category_arrival``, ``product_arrival``: new tickets.
    """
    steps = read_steps(path, top_priority=_code(facts.words["priority"], top_priority))
    everything = np.zeros(steps.row.size, np.int64)
    customer = facts.customer[steps.ticket].astype(np.int64)
    groups, agents = path.columns["group"], path.columns["agent"]
    n_agents, n_customers = len(facts.words["agent"]), len(facts.words["customer"])
    held = (
        ("group", groups[steps.row - 1], groups[steps.row], len(facts.words["group"])),
        ("agent", agents[steps.row - 1], agents[steps.row], n_agents),
        ("customer", customer, customer, n_customers),
        ("desk", everything, everything, 1),
    )
    works = {
        name: partial(_holder, name, steps, was, now, facts.created_at, n_keys=n_keys)
        for name, was, now, n_keys in held
    }
    streams = {n: s for made in side_by_side(works).values() for n, s in made.items()}
    for name in ("category", "product"):
        streams[f"{name}_arrival"] = build_stream(
            facts.codes[name].astype(np.int64), facts.known_at, n_keys=len(facts.words[name])
        )
    streams["agent_action"] = build_stream(
        facts.actor.astype(np.int64), facts.events.known_at, n_keys=n_agents
    )
    streams["group_member"] = _members(facts)
    return streams


def _holder(
    name: str, steps: Steps, was: Values, now: Values, created_at: Int64, *, n_keys: int
) -> dict[str, Stream]:
    before, after = was.astype(np.int64), now.astype(np.int64)
    return {
        f"{name}_backlog": backlog_stream(steps, before, after, n_keys=n_keys),
        f"{name}_arrival": arrivals(steps, before, after, n_keys=n_keys),
        f"{name}_solution": solutions(steps, before, created_at, n_keys=n_keys),
    }


def _members(facts: Facts) -> Stream:
    """Agents of each group, as +1 and -1. Column ``n``."""
    agents, words = newest_facts(facts.tables.agents, "agent_id"), facts.words["group"]
    return membership(agents, codes_of(words, agents["group_id"]), n_keys=len(words))


def membership(agents: pd.DataFrame, place: Int64, *, n_keys: int) -> Stream:
    """How many agents are in each place, as +1 and -1 in column ``n``.

    ``agents``: as ``newest_facts`` orders them; ``place``: where each fact puts its agent, -1
    nowhere.
    """
    where = pd.Series(place, index=agents.index)
    left = where.groupby(agents["agent_id"]).shift(1, fill_value=-1).to_numpy(np.int64)
    at = visible_at(agents)
    return build_stream(
        np.concatenate([left, place]),
        np.concatenate([at, at]),
        n_keys=n_keys,
        sums={"n": np.repeat([-1.0, 1.0], len(agents))},
    )


def newest_facts(frame: pd.DataFrame, key: str) -> pd.DataFrame:
    """Facts in the order (key, visible), without those superseded before they were visible."""
    known_at = frame["known_at"].where(
        frame["known_at"] > frame["occurred_at"], frame["occurred_at"]
    )
    ordered = frame.assign(known_at=known_at).sort_values(
        [key, "known_at", "occurred_at"], kind="stable", ignore_index=True
    )
    newest = ordered.groupby(key)["occurred_at"].cummax()
    return ordered[ordered["occurred_at"] >= newest].reset_index(drop=True)


def visible_at(frame: pd.DataFrame) -> Int64:
    """When each fact became visible, in microseconds: known, and not in the future."""
    return np.maximum(microseconds(frame["known_at"]), microseconds(frame["occurred_at"]))


def codes_of(words: pa.Array, texts: pd.Series) -> Int64:
    """Positions of the texts in the words; -1 for others."""
    found = pc.index_in(as_arrow(texts), value_set=words).fill_null(-1)
    codes: Int64 = found.to_numpy(zero_copy_only=False).astype(np.int64)
    return codes


def _code(words: pa.Array, text: str) -> int:
    return int(pc.index(words, text).as_py())
