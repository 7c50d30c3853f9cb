"""The column of agents that names the further groups which an agent serves."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from forewarn.sources.parsed import Parsed, found, mask, without
from forewarn.sources.values import parse_text

_LIST = "a list where a text must be: write the groups with commas between"
_EMPTY = "an empty name before, between or after commas"
_NO_GROUP = "further groups of an agent who is in none: name one of them as group_id"
_REASONS = (_EMPTY, _NO_GROUP)


def parse_also_serves(raw: pa.Array, *, own: pa.Array | None) -> Parsed:
    """Group ids with commas between them, each once, without the blanks around each.

    Help desks export memberships with the first group among them: the ``own`` one is left out.
    ``own``: per row the group_id; null, or no column at all, where the agent is in no group.
    """
    if pa.types.is_nested(raw.type):
        told = mask(pc.is_valid(raw))
        return Parsed(pa.nulls(len(raw), pa.string()), found((told, _LIST)))
    parsed = parse_text(raw, name="also_serves")
    groups = [None] * len(raw) if own is None else own.to_pylist()
    names = [None if text is None else _split(text) for text in parsed.values.to_pylist()]
    wrong = [
        None if told is None else _problem(told, group)
        for told, group in zip(names, groups, strict=True)
    ]
    kept = [_further(told or [], group) for told, group in zip(names, groups, strict=True)]
    values = pa.array(kept, pa.string())
    problems = [(np.array([reason == w for w in wrong], np.bool_), reason) for reason in _REASONS]
    refused = np.array([w is not None for w in wrong], np.bool_)
    return Parsed(without(values, refused), (*parsed.problems, *found(*problems)))


def _split(text: str) -> list[str]:
    return [name.strip() for name in text.split(",")]


def _further(names: list[str], group: str | None) -> str | None:
    return ",".join(name for name in dict.fromkeys(names) if name != group) or None


def _problem(names: list[str], group: str | None) -> str | None:
    """The first thing that is wrong with an agent's further groups."""
    if "" in names:
        return _EMPTY
    return _NO_GROUP if group is None else None
