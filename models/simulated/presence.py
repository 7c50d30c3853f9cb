"""When agents were there, what they served, and how fast: read from who worked when."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

BLOCK = 28
"""Days over which an agent's groups are read: people change groups."""
LEAST_SHARE = 0.1
"""An agent serves the groups in which this share of the touches lies."""
EARLY, LATE = 0.05, 0.95
"""Quantiles of an agent's first pick-up and last act of a day: begin and end of the shift."""


@dataclass(frozen=True)
class Presence:
    """One row per agent and day with work, in order of agent, then day; see `DeskHistory`.

    ``serves``: per skill row and group; ``skill_agent``: whose the skill row is.
    """

    day: np.ndarray
    agent: np.ndarray
    begin: np.ndarray
    end: np.ndarray
    skill: np.ndarray
    serves: np.ndarray
    skill_agent: np.ndarray


def read_presence(touches: pd.DataFrame, *, midnight: np.ndarray, n_groups: int) -> Presence:
    """Presence from touches with agent, group (codes), begin and end (microseconds)."""
    day = np.searchsorted(midnight, touches["begin"], side="right") - 1
    last = np.searchsorted(midnight, touches["end"], side="right") - 1
    known = (day >= 0) & (touches["begin"] < midnight[-1] + 86_400_000_000)
    acts = pd.DataFrame({"agent": touches["agent"], "day": day,
                         "at": touches["begin"] - midnight[day]})  # fmt: skip
    ends = pd.DataFrame({"agent": touches["agent"], "day": last,
                         "at": touches["end"] - midnight[last]})  # fmt: skip
    begin = _usual(acts[known], "min", EARLY)
    end = _usual(ends[known], "max", LATE)
    rows = acts[known].drop_duplicates(["agent", "day"]).sort_values(["agent", "day"])
    serves, skill_agent, skill = _skills(touches[known], day[known], rows, n_groups)
    agent = rows["agent"].to_numpy(np.int64)
    return Presence(
        rows["day"].to_numpy(np.int64),
        agent,
        begin.reindex(agent).to_numpy(np.int64),
        np.maximum(end.reindex(agent).to_numpy(), begin.reindex(agent).to_numpy() + 60e6).astype(
            np.int64
        ),
        skill,
        serves,
        skill_agent,
    )


def _usual(acts: pd.DataFrame, which: str, quantile: float) -> pd.Series:
    daily = acts.groupby(["agent", "day"])["at"].agg(which)
    found: pd.Series = daily.groupby("agent").quantile(quantile)
    return found


def _skills(
    touches: pd.DataFrame, day: np.ndarray, rows: pd.DataFrame, n_groups: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Per agent and block of days a row of the groups served; and each presence's row."""
    frame = pd.DataFrame({"agent": touches["agent"], "block": day // BLOCK,
                          "group": touches["group"]})  # fmt: skip
    counts = frame.groupby(["agent", "block", "group"]).size().unstack(fill_value=0)  # noqa: PD010 - of counts
    counts = counts.reindex(columns=range(n_groups), fill_value=0)
    shares = counts.div(counts.sum(axis=1), axis=0)
    keys = pd.MultiIndex.from_arrays([rows["agent"], rows["day"] // BLOCK])
    skill = counts.index.get_indexer(keys)
    return (
        (shares >= LEAST_SHARE).to_numpy(),
        counts.index.get_level_values("agent").to_numpy(np.int64),
        skill.astype(np.int64),
    )


def fit_pace(touches: pd.DataFrame, *, n_agents: int, smoothing: float = 50.0) -> np.ndarray:
    """How much longer each agent takes than the colleagues of the same group; 1 is usual."""
    logs = np.log(touches["minutes"])
    usual = logs.groupby(touches["group"]).transform("mean")
    over = (logs - usual).groupby(touches["agent"])
    n = over.size().reindex(range(n_agents), fill_value=0)
    sums = over.sum().reindex(range(n_agents), fill_value=0.0)
    found: np.ndarray = np.clip(np.exp((sums / (n + smoothing)).to_numpy()), 0.5, 2.0)
    return found


def time_on_shift(
    presence: Presence,
    agent: np.ndarray,
    begin: np.ndarray,
    end: np.ndarray,
    *,
    midnight: np.ndarray,
) -> np.ndarray:
    """Microseconds of each span that lie in the agent's shifts."""
    found = np.zeros(agent.size)
    for person in np.unique(agent):
        own, mine = presence.agent == person, agent == person
        starts = midnight[presence.day[own]] + presence.begin[own]
        ends = midnight[presence.day[own]] + presence.end[own]
        worked = np.concatenate([[0], np.cumsum(ends - starts)])
        before = [_before(starts, ends, worked, at[mine]) for at in (begin, end)]
        found[mine] = before[1] - before[0]
    return found


def _before(starts: np.ndarray, ends: np.ndarray, worked: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Time on shift before each instant."""
    place = np.searchsorted(starts, at, side="right") - 1
    inside = np.minimum(at, ends[place]) - starts[place]
    found: np.ndarray = np.where(place < 0, 0, worked[np.maximum(place, 0)] + inside)
    return found
