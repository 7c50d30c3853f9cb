"""Randomised picks: few, by seed and run, drawn once, logged with their chance, said."""

import datetime as dt
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from features.history import History
from forewarn.config import Config, parse_config
from forewarn.config.watching import InterventionsConfig
from forewarn.errors import ConfigError
from forewarn.tables import Tables
from models.bundle import ModelBundle
from serving.feedback import read_logged
from serving.former import FormerOrder
from serving.lottery import draw_lots
from serving.run import ScoredRun
from serving.score import score
from serving.store import Store

ON = InterventionsConfig(randomised=0.03)
N = 20_000


def desk(n: int = N, **changes: Any) -> pd.DataFrame:
    """New tickets that nobody has taken, placed by value."""
    usual = {"placed_by": "value", "is_unworked": True, "is_live": True}
    return pd.DataFrame({"ticket_id": [f"T{i}" for i in range(n)]}).assign(**usual | changes)


def drawn(
    tickets: pd.DataFrame, former: FormerOrder | None = None, *, run_id: int = 1,
    settings: InterventionsConfig = ON, may_draw: bool = True,
) -> pd.DataFrame:  # fmt: skip
    """The tickets after the lottery."""
    return draw_lots(tickets, former, run_id=run_id, settings=settings, may_draw=may_draw)


def shown(tickets: pd.DataFrame) -> FormerOrder:
    """These tickets as the order that is shown."""
    return FormerOrder(dt.datetime(2026, 3, 2, tzinfo=dt.UTC), tickets)


def test_off_by_default() -> None:
    """Nobody is in a lottery."""
    found = drawn(desk(), settings=InterventionsConfig())
    assert found["arm"].isna().all()
    assert found["propensity"].isna().all()
    assert set(found["placed_by"]) == {"value"}


def test_the_share_and_the_coin() -> None:
    """Of 20,000 some 600 are in (standard deviation 24), half of them to be acted upon."""
    found = drawn(desk())
    counts = found["arm"].value_counts()
    assert abs(counts.sum() - 600) < 4 * 24
    assert abs(counts["act"] - counts["wait"]) < 4 * 25
    assert (found["propensity"].notna() == found["arm"].notna()).all()
    assert set(found["propensity"].dropna()) == {0.5}
    assert (found["placed_by"] == "random").equals(found["arm"] == "act")


def test_the_same_run_and_seed_draw_the_same() -> None:
    """In whatever order the tickets come; another run or seed draws others."""
    one = drawn(desk()).set_index("ticket_id")["arm"]
    again = drawn(desk().iloc[::-1]).set_index("ticket_id")["arm"].reindex(one.index)
    assert one.equals(again)
    for other in (
        drawn(desk(), run_id=2),
        drawn(desk(), settings=InterventionsConfig(randomised=0.03, seed=2)),
    ):
        assert not other.set_index("ticket_id")["arm"].equals(one)


def test_drawn_once_and_kept() -> None:
    """In a later run every known ticket has the arm it had, or none; only new ones are drawn."""
    first = drawn(desk())
    later = drawn(desk(N + 5000), shown(first), run_id=2)
    assert later["arm"].head(N).equals(first["arm"])
    assert later["arm"].tail(5000).notna().sum() > 80


def test_an_undone_queue_is_no_second_chance() -> None:
    """Of 20,000 tickets half came with a run that was undone: their arms, and none, stay."""
    whole = drawn(desk())
    half = shown(whole.head(N // 2))
    undone = replace(half, undone_arms=dict(zip(whole["ticket_id"], whole["arm"], strict=True)))
    assert drawn(desk(), undone, run_id=2)["arm"].equals(whole["arm"])
    assert not drawn(desk(), half, run_id=2)["arm"].equals(whole["arm"])


def test_where_nothing_may_be_drawn_arms_are_kept() -> None:
    """A run by rule in between changes no arm, and gives none."""
    first = drawn(desk())
    between = drawn(desk(N + 5000), shown(first), run_id=2, may_draw=False)
    assert between["arm"].head(N).equals(first["arm"])
    assert between["arm"].tail(5000).isna().all()


@pytest.mark.parametrize(
    "change",
    [{"placed_by": "lost"}, {"placed_by": "top_priority"}, {"placed_by": "turn"},
     {"placed_by": "child"}, {"is_unworked": False}, {"is_live": False}],
)  # fmt: skip
def test_who_may_not_be_drawn(change: dict[str, Any]) -> None:
    """Guards, lost ones, children, and what somebody has taken already."""
    assert drawn(desk(**change))["arm"].isna().all()


def test_whoever_was_taken_stands_by_value_again() -> None:
    """The arm stays, for the log; the place in front goes."""
    first = drawn(desk())
    later = drawn(desk(is_unworked=False), shown(first))
    assert later["arm"].equals(first["arm"])
    assert set(later["placed_by"]) == {"value"}


def test_more_than_three_in_a_hundred_are_refused() -> None:
    """The bound is told."""
    text = "sources: [{name: t, shape: tickets, path: t.csv}]\nsla: {}\n"
    with pytest.raises(ConfigError, match=r"interventions\.randomised.*0\.03"):
        parse_config(text + "interventions: {randomised: 0.1}\n")


@pytest.fixture(scope="module")
def lots(
    demo_history: History, demo_tables: Tables, demo_config: Config, demo_bundle: ModelBundle
) -> ScoredRun:
    """A run over the demo desk that draws both arms among its first tickets."""
    now = demo_history.watermark.floor("D") - pd.Timedelta(days=2, hours=-10)
    config = demo_config.model_copy(update={"interventions": ON})
    for run_id in range(1, 200):
        run = score(demo_history, config, demo_bundle, as_of=now, run_id=run_id,
                    tables=demo_tables)  # fmt: skip
        if {"act", "wait"} <= set(run.queue["arm"].dropna()):
            return run
    raise AssertionError("no run of 200 drew both arms")


def test_a_run_says_it_and_logs_it(lots: ScoredRun, store: Store, demo_tables: Tables) -> None:
    """Who is picked stands in front and says so; both arms are in the log with their chance."""
    queue = lots.queue
    act, wait = queue[queue["arm"] == "act"], queue[queue["arm"] == "wait"]
    assert (act["placed_by"] == "random").all()
    assert act["reason"].str.startswith("picked by a lottery (chance 50 %)").all()
    assert wait["reason"].str.startswith("left to the usual order by a lottery").all()
    by_value = queue["placed_by"] == "value"
    assert act["position"].max() < queue.loc[by_value, "position"].min()
    store.publish(lots, store.acquire_lease("test", dt.timedelta(minutes=1)))
    logged = read_logged(store, demo_tables.ticket_events).scores
    for arm, rows in (("act", act), ("wait", wait)):
        found = logged[logged["arm"] == arm]
        assert set(found["ticket_id"]) == set(rows["ticket_id"])
        np.testing.assert_array_equal(found["propensity"], 0.5)
    assert logged["propensity"].isna().sum() > 50
    former = store.former_order()
    assert former is not None
    assert former.rows.set_index("ticket_id")["arm"].dropna().to_dict() == {
        **dict.fromkeys(act["ticket_id"], "act"), **dict.fromkeys(wait["ticket_id"], "wait"),
    }  # fmt: skip


def test_rules_hold_no_lottery(demo_history: History, demo_config: Config) -> None:
    """Without a model nothing is foretold, so nothing could be learned."""
    config = demo_config.model_copy(update={"interventions": ON})
    run = score(demo_history, config, None, as_of=demo_history.watermark)
    assert run.queue["arm"].isna().all()
