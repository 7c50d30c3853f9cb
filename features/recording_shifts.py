"""Who of a group works in which shift, as then known."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from features.facts import Facts
from features.recording_load import codes_of, membership, newest_facts
from features.streams import Stream
from forewarn.config import SlaConfig
from forewarn.tables import Tables


def named_shifts(tables: Tables, sla: SlaConfig) -> tuple[str, ...]:
    """The calendars of the configuration by whose names agents have their shifts."""
    named = set(tables.agents["shift"].dropna())
    return tuple(name for name in sla.calendars if name in named)


def shift_stream(facts: Facts, shifts: Sequence[str]) -> Stream:
    """``group_shift``: agents by group and shift, as +1 and -1. Column ``n``.

    The key of group g and shift s is ``g * len(shifts) + s``. Agents whose shift is no
    calendar are in none: nobody knows when they work. Who also serves further groups is
    counted in the own one alone, as models have learned it.
    """
    agents, groups = newest_facts(facts.tables.agents, "agent_id"), facts.words["group"]
    group = codes_of(groups, agents["group_id"])
    shift = codes_of(pa.array(shifts, pa.large_string()), agents["shift"])
    place = np.where((group < 0) | (shift < 0), -1, group * len(shifts) + shift)
    return membership(agents, place, n_keys=len(groups) * len(shifts))
