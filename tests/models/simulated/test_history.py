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
    """The demo's shifts begin at 8:00, 8:30 and 9:30 and end at 16:30, 17:00 and 18:00."""
    history = promised.history
    begins = sorted({round(float(b) / HOUR * 12) / 12 for b in history.shift_begin})
    ends = sorted({round(float(e) / HOUR * 4) / 4 for e in history.shift_end})
    assert begins == [8.0, 8.5, 9.5]
    assert ends == [16.5, 17.0, 18.0]


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
    urgent = history.target[history.priority == 0] / HOUR
    assert set(map(tuple, urgent)) == {(0.75, 6.0), (1.0, 8.0)}
    assert set(history.penalty[history.priority == 0, 1]) == {200.0, 400.0, 800.0, 1500.0}
    assert (history.kind == CLOSED).mean() == pytest.approx(2 / 7, abs=0.06)
    last = history.start[1:] - 1
    assert (history.solves[last] == NEW_CLOCK).mean() > 0.9
    assert history.pauses[history.wait > 0].mean() > 0.7  # the others wait for third parties
    first = history.start[:-1]
    share = history.reply_share[first]
    assert 0.15 < np.nanmedian(share) < 0.4
    assert summary(history)["agents"] == 22
    assert history.priorities == config.queue.priorities


def test_priority_target_and_penalty_are_of_one_priority(
    promised: Promised, tables: Tables, config: Config
) -> None:
    """Those of the last one, as the log says, also where the first reply came before it."""
    changed = tables.ticket_events.query("kind == 'priority_changed'")
    wanted = tables.tickets.set_index("ticket_id")["priority"].copy()
    last = changed.groupby("ticket_id", sort=False)["to_value"].last()
    wanted.loc[last.index] = last
    history = promised.history
    by_arrival = tables.tickets.set_index("created_at")["ticket_id"]
    arrived = pd.to_datetime(history.arrived, unit="us", utc=True)
    is_single = ~by_arrival.index.duplicated(keep=False)
    ticket = by_arrival[is_single].reindex(arrived)
    known = ticket.notna().to_numpy()
    names = np.array(history.priorities, dtype=object)
    assert known.mean() > 0.99
    assert (names[history.priority[known]] == wanted[ticket[known]].to_numpy()).all()
    assert (history.attributes["priority"].to_numpy() == names[history.priority]).all()
    first = tables.tickets.set_index("ticket_id")["priority"][ticket[known]].to_numpy()
    assert (names[history.priority[known]] != first).mean() > 0.03
    hours = {"urgent": (6.0, 8.0), "high": (12.0, 16.0), "normal": (25.0, 30.0),
             "low": (80.0, 100.0)}  # fmt: skip
    for code, name in enumerate(config.queue.priorities):
        assert set(history.target[history.priority == code, 1] / HOUR) == set(hours[name])


def test_few_tickets_are_refused(tables: Tables, config: Config) -> None:
    """Where hardly any ticket shows an agent at work, a message says what is missing."""
    nobody = tables.ticket_events.assign(actor_id=None)
    nobody = nobody[nobody["kind"] != "assigned"].reset_index(drop=True)
    with pytest.raises(DataError, match="a simulation needs 500"):
        fit_promised(replace(tables, ticket_events=nobody), config)
