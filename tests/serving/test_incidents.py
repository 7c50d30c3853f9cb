"""One outage with many tickets is one item, worth all its promises over the work of one."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from features.history import build_history
from forewarn.config import Config, parse_config
from forewarn.config.settings import QueueConfig
from forewarn.errors import ConfigError
from forewarn.tables import Tables
from models.bundle import ModelBundle
from serving import queries
from serving.incidents import form_items, item_words, name_incidents
from serving.run import ScoredRun
from serving.score import score
from serving.store import Store
from serving.weigh import weigh_tickets

AT = pd.Timestamp("2026-03-02 09:00", tz="UTC")
QUEUE = QueueConfig()


def tickets(*rows: dict[str, Any]) -> pd.DataFrame:
    """Tickets of certain work: 30 minutes each; a breach costs 100."""
    usual = {"priority": "3", "age": 0, "minutes": 30.0, "linked_to": None}
    frame = pd.DataFrame([usual | row for row in rows]).rename(columns={"id": "ticket_id"})
    created_at = AT - pd.to_timedelta(frame.pop("age"), unit="min")
    minutes = frame.pop("minutes")
    work = {
        f"{kind}_{name}": value
        for kind in ("work", "touch", "reply")
        for name, value in (("minutes", minutes), ("log_mean", np.log(minutes)), ("log_sigma", 0.0))
    }
    return frame.assign(penalty_resolution=100.0, created_at=created_at, **work)


def clocks(**left: float) -> pd.DataFrame:
    """A running resolution clock each, with open minutes left; below 0 it is breached."""
    minutes = pd.Series(list(left.values()))
    return pd.DataFrame(
        {
            "ticket_id": list(left), "metric": "resolution", "cycle": 1, "state": "running",
            "is_breached": minutes < 0, "breach_probability": 0.5,
            "remaining_seconds": minutes * 60, "internal_seconds": minutes * 60,
            "due_at": AT + pd.to_timedelta(minutes, unit="min"),
        }
    )  # fmt: skip


def items(desk: pd.DataFrame, open_clocks: pd.DataFrame, *, by_rule: bool = False) -> pd.DataFrame:
    """The tickets of the desk as items, by id."""
    weighed = weigh_tickets(desk, open_clocks, queue=QUEUE, by_rule=by_rule)
    weighed = weighed.assign(incident=name_incidents(weighed))
    found = form_items(weighed, open_clocks, queue=QUEUE, by_rule=by_rule)
    return found.set_index("ticket_id")


def worth(*left: float, minutes: float = 30.0) -> float:
    """What clocks with that much time left are worth, over the work of one ticket."""
    return sum(100 * math.exp(-(x - minutes) / 120) for x in left) / minutes


def test_the_value_is_that_of_all_clocks_over_the_work_of_one() -> None:
    """Three tickets of incident I with 60, 90 and 150 minutes left; the oldest stands for them."""
    desk = tickets(
        {"id": "A", "linked_to": "I", "age": 5}, {"id": "B", "linked_to": "I", "age": 9},
        {"id": "C", "linked_to": "I", "age": 1}, {"id": "D"},
    )  # fmt: skip
    found = items(desk, clocks(A=60.0, B=90.0, C=150.0, D=60.0))
    assert found["list"].to_dict() == {"A": "child", "B": "ranked", "C": "child", "D": "ranked"}
    assert found.loc["B", "value"] == pytest.approx(worth(60, 90, 150))
    assert found.loc["D", "value"] == pytest.approx(worth(60))
    assert found["n_children"].tolist() == [0, 2, 0, 0]
    assert found.loc[["A", "C"], "parent_id"].tolist() == ["B", "B"]
    assert found.loc["B", "urgency"] == pytest.approx(math.log(worth(60, 90, 150)))


def test_the_parent_ticket_stands_for_those_that_name_it() -> None:
    """P is younger than its children, but they name it: its work, 50 minutes, is the item's."""
    desk = tickets(
        {"id": "P", "minutes": 50.0}, {"id": "A", "linked_to": "P", "age": 9},
        {"id": "B", "linked_to": "P", "age": 8},
    )  # fmt: skip
    found = items(desk, clocks(P=200.0, A=60.0, B=40.0))
    assert found["parent_id"].dropna().to_dict() == {"A": "P", "B": "P"}
    assert found.loc["P", "value"] == pytest.approx(worth(200, 60, minutes=50))


def test_one_of_the_top_priority_stands_in_front() -> None:
    """So that the item is first, whoever is oldest."""
    desk = tickets({"id": "A", "linked_to": "I", "age": 9},
                   {"id": "T", "linked_to": "I", "priority": "1"})  # fmt: skip
    found = items(desk, clocks(A=60.0, T=60.0))
    assert found["list"].to_dict() == {"A": "child", "T": "ranked"}


def test_lost_and_waiting_tickets_stay_in_their_lists() -> None:
    """L is breached, W is paused: their customers are told, or waited for, each by itself."""
    desk = tickets({"id": "A", "linked_to": "I"}, {"id": "L", "linked_to": "I"},
                   {"id": "W", "linked_to": "I"})  # fmt: skip
    open_clocks = clocks(A=60.0, L=-5.0, W=60.0)
    open_clocks.loc[2, "state"] = "paused"
    found = items(desk, open_clocks)
    assert found["list"].to_dict() == {"A": "ranked", "L": "lost", "W": "waiting"}
    assert found["n_children"].sum() == 0
    assert found.loc["A", "value"] == pytest.approx(worth(60))
    assert item_words(found.reset_index()) == [None, *["part of incident I"] * 2]


def test_by_rule_an_item_is_as_urgent_as_its_most_urgent_ticket() -> None:
    """B is due in 60 minutes, A, which stands for it, in 90."""
    desk = tickets({"id": "A", "linked_to": "I", "age": 9}, {"id": "B", "linked_to": "I"})
    found = items(desk, clocks(A=90.0, B=60.0), by_rule=True)
    assert found.loc["A", "urgency"] == -(AT.timestamp() + 3600)
    assert np.isnan(found.loc["A", "value"])


def test_without_incidents_nothing_changes() -> None:
    """Nobody has children."""
    found = items(tickets({"id": "A"}, {"id": "B"}), clocks(A=60.0, B=60.0))
    assert found["parent_id"].isna().all()
    assert found["list"].tolist() == ["ranked", "ranked"]


@pytest.fixture(scope="module")
def outage(
    demo_tables: Tables, demo_config: Config, demo_bundle: ModelBundle,
    as_tables: Callable[..., Tables], tmp_path_factory: pytest.TempPathFactory,
) -> ScoredRun:  # fmt: skip
    """The demo desk, where every third ticket is part of one outage."""
    tickets = demo_tables.tickets
    third = np.arange(len(tickets)) % 3 == 0
    incident = pd.Series(np.where(third, "I7", None), tickets.index, dtype=object)
    frames = {n: f for n, f in vars(demo_tables).items() if isinstance(f, pd.DataFrame)}
    tables = as_tables({**frames, "tickets": tickets.assign(incident_id=incident)})
    settings = demo_config.queue.model_copy(update={"incident_by": "incident_id"})
    config = demo_config.model_copy(update={"queue": settings})
    history = build_history(tables, config, folder=tmp_path_factory.mktemp("outage"))
    now = history.watermark.floor("D") - pd.Timedelta(days=2, hours=-10)
    return score(history, config, demo_bundle, as_of=now, tables=tables)


def test_a_scoring_run_puts_the_outage_in_one_place(outage: ScoredRun, store: Store) -> None:
    """One ranked ticket stands for all others; they are listed under it, read back too."""
    queue = outage.queue
    of_outage = queue[queue["incident"] == "I7"]
    (front,) = of_outage[of_outage["n_children"] > 0].to_dict("records")
    children = of_outage[of_outage["list"] == "child"]
    assert front["n_children"] == len(children) > 10
    assert set(children["parent_id"]) == {front["ticket_id"]}
    assert front["reason"].startswith(f"with {len(children)} tickets of incident I7, ")
    assert children["reason"].str.startswith("part of incident I7, for which ").all()
    assert children["position"].min() == len(queue) - len(children) + 1
    assert len(of_outage[of_outage["list"] == "ranked"]) == 1
    store.publish(outage, store.acquire_lease("test", pd.Timedelta(minutes=1).to_pytimedelta()))
    told = queries.ticket(store, front["ticket_id"])
    assert told["children"] == children["ticket_id"].tolist()
    assert [row["list"] for row in queries.queue(store, list="child")] == ["child"] * len(children)


def test_numbers_of_parent_tickets_are_ids(
    as_tables: Callable[..., Tables], tmp_path: Path, store: Store
) -> None:
    """Where all parents are plain numbers the column is one of numbers: 11 and 12 name 10."""
    rows = {"ticket_id": ["10", "11", "12"], "created_at": AT, "known_at": AT,
            "parent": [None, 10.0, 10.0]}  # fmt: skip
    tables = as_tables({"tickets": pd.DataFrame(rows)})
    config = parse_config(
        "sources: [{name: t, shape: tickets, path: t.csv}]\n"
        "sla: {policies: [{name: all, targets: {resolution: 4h}}]}\n"
        "queue: {incident_by: parent}\n"
    )
    history = build_history(tables, config, folder=tmp_path / "history")
    run = score(history, config, None, as_of=AT + pd.Timedelta("1us"), tables=tables)
    assert dict(run.queue[["ticket_id", "parent_id"]].dropna().to_numpy()) == {
        "11": "10", "12": "10",
    }  # fmt: skip
    assert set(run.queue["incident"]) == {"10"}
    store.publish(run, store.acquire_lease("test", pd.Timedelta(minutes=1).to_pytimedelta()))
    assert queries.ticket(store, "10")["children"] == ["11", "12"]


def test_a_column_that_tickets_do_not_have_is_named(demo_history: Any, demo_config: Config) -> None:
    """With what to do."""
    settings = demo_config.queue.model_copy(update={"incident_by": "outage"})
    config = demo_config.model_copy(update={"queue": settings})
    with pytest.raises(ConfigError, match="'outage' is no column that tickets come with"):
        score(demo_history, config, None, as_of=demo_history.watermark)
