"""What is read from a log, against what the demo drew."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from forewarn.config import Config
from forewarn.demo import simulate_desk
from forewarn.errors import DataError
from forewarn.simulation.donors import CLOSED, summary
from forewarn.simulation.plan import NEW_CLOCK
from forewarn.tables import Tables
from models.simulated.desk import fit_promised
from models.simulated.whatif import Promised

HOUR = 3_600_000_000


def test_shifts_are_found_from_who_worked_when(promised: Promised) -> None:
    """The demo's begin at 8:00, 8:30 and 9:30 and end at 16:30, 17:00 and 18:00; to 8 minutes."""
    history = promised.history
    begins, ends = (np.unique(hours) / HOUR for hours in (history.shift_begin, history.shift_end))
    for found, true in ((begins, (8.0, 8.5, 9.5)), (ends, (16.5, 17.0, 18.0))):
        apart = np.abs(found[:, None] - true)
        assert apart.min(axis=1).max() < 8 / 60
        assert apart.min(axis=0).max() < 8 / 60


def test_pace_is_that_of_the_hired(promised: Promised, tables: Tables) -> None:
    """Juniors take 1.2 times as long, seniors .85: found within a tenth of the usual spread."""
    history = promised.history
    level = tables.agents.drop_duplicates("agent_id").set_index("agent_id")["seniority"]
    pace = {a: history.pace[history.skill[history.present_agent == i][0]].max()
            for i, a in enumerate(history.agents)}  # fmt: skip
    mean = {name: np.mean([p for a, p in pace.items() if level[a] == name])
            for name in ("junior", "regular", "senior")}  # fmt: skip
    assert mean["junior"] / mean["regular"] == pytest.approx(1.2, abs=0.1)
    assert mean["senior"] / mean["regular"] == pytest.approx(0.85, abs=0.08)


def test_work_is_that_which_was_done(promised: Promised) -> None:
    """Mean minutes of a touch lie a tenth or less above the truth (breaks are not in a log)."""
    truth = simulate_desk(seed=7, weeks=16)["truth_work"].dropna(subset="agent_id")
    found = promised.history.work.mean() / 60e6
    assert 0.95 < found / truth["minutes"].mean() < 1.12


def test_routes_promises_and_days(promised: Promised, config: Config) -> None:
    """Targets are the policies'; closed days are weekends and holidays; solutions start anew."""
    history = promised.history
    urgent = history.target[history.priority == 0, 0] / HOUR
    assert set(map(tuple, urgent)) == {(0.75, 6.0), (1.0, 8.0)}
    assert set(history.penalty[history.priority == 0, 0, 1]) == {200.0, 400.0, 800.0, 1500.0}
    assert (history.kind == CLOSED).mean() == pytest.approx(2 / 7, abs=0.06)
    last = history.start[1:] - 1
    assert (history.solves[last] == NEW_CLOCK).mean() > 0.9
    assert history.pauses[history.wait > 0].mean() > 0.7  # the others wait for third parties
    first = history.start[:-1]
    share = history.reply_share[first]
    assert 0.15 < np.nanmedian(share) < 0.4
    assert summary(history)["agents"] == 22
    assert history.priorities == config.queue.priorities


def test_targets_and_penalties_are_those_of_each_priority(
    promised: Promised, tables: Tables, config: Config
) -> None:
    """A ticket whose priority never changed has its own; of the others all are asked for."""
    history = promised.history
    changes = (history.changes_after >= 0) | (_last_changes(promised) >= 0)
    hours = {"urgent": (6.0, 8.0), "high": (12.0, 16.0), "normal": (25.0, 30.0),
             "low": (80.0, 100.0)}  # fmt: skip
    assert 0.03 < changes.mean() < 0.2
    for code, name in enumerate(config.queue.priorities):
        own = history.target[history.priority == code, code, 1] / HOUR
        assert set(own) == set(hours[name])
        assert set(history.target[changes, code, 1] / HOUR) == set(hours[name])
    at_last = history.penalty[changes, 0, 1] / history.penalty[changes, -1, 1]
    assert (at_last > 1).all()


def _last_changes(promised: Promised) -> np.ndarray:
    """Per ticket the last priority that an agent gave it; below 0: none did."""
    history = promised.history
    return np.maximum.reduceat(history.priority_after, history.start[:-1])


def test_priorities_change_as_in_the_log(promised: Promised, tables: Tables) -> None:
    """By agents at the end of a touch, by the management so long after creation."""
    history = promised.history
    names = np.array(history.priorities, dtype=object)
    by_arrival = tables.tickets.set_index("created_at")
    by_arrival = by_arrival[~by_arrival.index.duplicated(keep=False)]
    arrived = pd.to_datetime(history.arrived, unit="us", utc=True)
    ticket = by_arrival["ticket_id"].reindex(arrived).to_numpy(object)
    known = pd.notna(ticket)
    assert known.mean() > 0.99
    first = by_arrival["priority"].reindex(arrived).to_numpy(object)
    assert (names[history.priority[known]] == first[known]).all()
    assert (history.attributes["priority"].to_numpy() == names[history.priority]).all()
    changed = tables.ticket_events.query("kind == 'priority_changed'")
    by_management = changed[changed["actor_kind"] == "system"].set_index("ticket_id")
    told = by_management.reindex(ticket[known])
    found = history.changes_after[known] >= 0
    assert (found == told["to_value"].notna().to_numpy()).mean() > 0.995
    both = found & told["to_value"].notna().to_numpy()
    after = (told["occurred_at"].array - arrived[known]).total_seconds().to_numpy()
    assert after[both] == pytest.approx(history.changes_after[known][both] / 1e6, abs=1)
    assert (names[history.changes_to[known][both]] == told["to_value"].to_numpy()[both]).all()
    by_agents = changed[changed["actor_kind"] == "agent"]
    share = by_agents["ticket_id"].nunique() / len(tables.tickets)
    assert (_last_changes(promised) >= 0).mean() == pytest.approx(share, rel=0.1)


def test_frozen_promises_are_those_of_the_beginning(
    promised: Promised, tables: Tables, config: Config
) -> None:
    """Whatever priority a ticket is given: target and penalty of the one that it came with."""
    frozen = config.sla.model_copy(update={"on_change": "frozen"})
    history = fit_promised(tables, config, frozen).history
    changes = (history.changes_after >= 0) | (_last_changes(promised) >= 0)
    came_with = np.arange(history.priority.size), history.priority
    own = promised.history.target[came_with]
    assert changes.sum() > 100
    assert (history.target == own[:, None]).all()
    assert (history.penalty == promised.history.penalty[came_with][:, None]).all()


def test_few_tickets_are_refused(tables: Tables, config: Config) -> None:
    """Where hardly any ticket shows an agent at work, a message says what is missing."""
    nobody = tables.ticket_events.assign(actor_id=None)
    nobody = nobody[nobody["kind"] != "assigned"].reset_index(drop=True)
    with pytest.raises(DataError, match="a simulation needs 500"):
        fit_promised(replace(tables, ticket_events=nobody), config)
