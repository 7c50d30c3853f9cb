"""Streams on work: what groups, agents and the whole desk have open, take in and get done."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from features.arranging import build_stream
from features.facts import Facts
from features.load import COLUMNS, Steps, load_stream, read_steps
from features.streams import Int64, Stream
from forewarn.sla.events import as_arrow, microseconds
from forewarn.sla.parts import side_by_side

HELD = {
    "group": COLUMNS[:-1],
    "agent": ("n_open", "open_time"),
    "customer": ("n_open", "n_arrived", "n_solved", "solved_time", "arrived_at"),
    "desk": ("n_open", "n_arrived", "n_solved", "open_time"),
}
"""What features ask of each holder's load."""


def load_streams(facts: Facts, path: Stream, *, top_priority: str) -> dict[str, Stream]:
    """``group_load``, ``agent_load``, ``customer_load``, ``desk_load`` (see ``features.load``).

    ``agent_action``: events that an agent made; ``group_member``: agents of a group;
    ``category_arrival``, ``product_arrival``: new tickets.
    """
    steps = read_steps(path, top_priority=_code(facts.words["priority"], top_priority))
    works: dict[str, Callable[[], Stream]] = {
        f"{name}_load": partial(_load, name, steps, path, facts) for name in HELD
    }
    for name in ("category", "product"):
        works[f"{name}_arrival"] = partial(
            build_stream, facts.codes[name], facts.known_at, n_keys=len(facts.words[name])
        )
    works["agent_action"] = partial(
        build_stream, facts.actor, facts.events.known_at, n_keys=len(facts.words["agent"])
    )
    works["group_member"] = partial(_members, facts)
    return side_by_side(works)


def _load(name: str, steps: Steps, path: Stream, facts: Facts) -> Stream:
    if name == "desk":
        before = after = np.zeros(steps.row.size, np.int32)
    elif name == "customer":
        before = after = facts.customer[steps.ticket]
    else:
        before, after = path.codes(name, steps.row - 1), path.codes(name, steps.row)
    n_keys = 1 if name == "desk" else len(facts.words[name])
    return load_stream(steps, before, after, facts.created_at, n_keys=n_keys, columns=HELD[name])


def _members(facts: Facts) -> Stream:
    """Agents of each group, as +1 and -1. Column ``n``. Further groups served do not count."""
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
