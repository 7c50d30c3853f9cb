"""Who is at work, and where today's work of a group ends."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from features.history import History, build_history
from forewarn.config import Config, parse_config
from forewarn.errors import ConfigError
from forewarn.tables import Tables
from models.bundle import ModelBundle
from serving import queries
from serving.capacity import plan_today, read_roster
from serving.run import Turn
from serving.score import score
from serving.store import Store

Make = Callable[..., Tables]
CONFIG = """
sources: [{name: t, shape: tickets, path: t.csv}]
sla:
  calendars:
    early: {time_zone: Europe/Berlin, windows: {mon-fri: ["06:00-14:00"]}}
    late: {time_zone: Europe/Berlin, windows: {mon-fri: ["14:00-22:00"]}}
    always: {time_zone: Europe/Berlin, windows: {mon-sun: ["00:00-24:00"]}}
    week: {time_zone: Europe/Berlin, windows: {mon-fri: ["00:00-24:00"]}}
    night: {time_zone: Europe/Berlin, windows: {mon-fri: ["22:00-06:00"]}}
  policies: [{name: all, targets: {resolution: 4h}}]
report: {time_zone: Europe/Berlin}
"""


def at(clock: str, day: int = 2) -> pd.Timestamp:
    """The instant of that time in Berlin, on a Monday in March."""
    return pd.Timestamp(f"2026-03-{day:02} {clock}", tz="Europe/Berlin").tz_convert("UTC")


def agent(
    name: str,
    shift: str | None,
    group: str | None = "net",
    *,
    day: int = 1,
    also: str | None = None,
) -> dict[str, Any]:
    """What is known of an agent from the beginning of a day on."""
    instant = at("00:00", day)
    return {"agent_id": name, "occurred_at": instant, "known_at": instant, "group_id": group,
            "also_serves": also, "shift": shift}  # fmt: skip


@pytest.fixture
def make(as_tables: Make, tmp_path: Path) -> Callable[..., pd.DataFrame]:
    """The roster of these agents, by id, at a time of that Monday."""
    ticket = {"ticket_id": "T", "created_at": at("05:00"), "known_at": at("05:00")}
    later = {**ticket, "ticket_id": "U", "created_at": at("05:00", 9), "known_at": at("05:00", 9)}

    def roster(clock: str, *agents: dict[str, Any], more: str = "") -> pd.DataFrame:
        frames = {"tickets": [ticket, later], "agents": list(agents)}
        tables = as_tables({name: pd.DataFrame(rows) for name, rows in frames.items()})
        config = parse_config(CONFIG + more)
        history = build_history(tables, config, folder=tmp_path)
        return read_roster(history, config, tables, as_of=at(clock)).set_index("agent_id")

    return roster


def test_minutes_left_of_todays_shifts(make: Callable[..., pd.DataFrame]) -> None:
    """At 13:00: early has an hour, late its eight, night its eight too, to Tuesday's 6:00."""
    found = make("13:00", agent("E", "early"), agent("L", "late"), agent("N", "night"))
    assert found["minutes_left"].to_dict() == {"E": 60.0, "L": 480.0, "N": 480.0}
    assert found["is_on_shift"].to_dict() == {"E": True, "L": False, "N": False}


def test_a_night_shift_that_is_on_counts_to_its_end(make: Callable[..., pd.DataFrame]) -> None:
    """At 23:00 seven hours are left of the night, nothing of the early shift of that day."""
    found = make("23:00", agent("E", "early"), agent("N", "night"))
    assert found["minutes_left"].to_dict() == {"E": 0.0, "N": 420.0}
    assert found["is_on_shift"].to_dict() == {"E": False, "N": True}


def test_around_the_clock_counts_to_midnight(make: Callable[..., pd.DataFrame]) -> None:
    """Whose calendar never closes has the eleven hours of today; so has who closes on Friday."""
    found = make("13:00", agent("A", "always"), agent("W", "week"))
    assert found["minutes_left"].to_dict() == {"A": 660.0, "W": 660.0}
    assert found["is_on_shift"].to_dict() == {"A": True, "W": True}


def test_the_absent_have_no_time(make: Callable[..., pd.DataFrame]) -> None:
    """A is away since Monday; B came back on Monday; C will be away from the ninth on."""
    found = make(
        "13:00", agent("A", "early"), agent("A", "absent", day=2), agent("B", "absent"),
        agent("B", "early", day=2), agent("C", "early"), agent("C", "absent", day=9),
    )  # fmt: skip
    assert found["is_absent"].to_dict() == {"A": True, "B": False, "C": False}
    assert found["minutes_left"].to_dict() == {"A": 0.0, "B": 60.0, "C": 60.0}
    assert found.loc["A", "is_on_shift"] is False


def test_whose_hours_nobody_knows(make: Callable[..., pd.DataFrame]) -> None:
    """Without a calendar null; with queue.working_hours those; the absent stay away."""
    agents = (agent("X", "flexible"), agent("Y", None), agent("Z", "absent"))
    unknown = make("13:00", *agents)
    assert unknown["minutes_left"].isna().to_dict() == {"X": True, "Y": True, "Z": False}
    told = make("13:00", *agents, more="queue: {working_hours: early}\n")
    assert told["minutes_left"].to_dict() == {"X": 60.0, "Y": 60.0, "Z": 0.0}


def test_who_is_in_no_group_is_not_listed(make: Callable[..., pd.DataFrame]) -> None:
    """Whoever left has a fact without a group; a move counts from its day on."""
    found = make("13:00", agent("A", "early", None), agent("B", "early"),
                 agent("B", "early", "mail", day=2))  # fmt: skip
    assert found["group_id"].to_dict() == {"B": "mail"}


def test_further_groups_are_those_known_then(make: Callable[..., pd.DataFrame]) -> None:
    """A serves mail since Sunday; B no more since Monday; C will from the ninth on."""
    found = make(
        "13:00", agent("A", "early", also="mail"), agent("B", "early", also="mail"),
        agent("B", "early", day=2), agent("C", "early"), agent("C", "early", day=9, also="mail"),
    )  # fmt: skip
    assert found["also_serves"].fillna("").to_dict() == {"A": "mail", "B": "", "C": ""}
    assert found["minutes_left"].to_dict() == {"A": 60.0, "B": 60.0, "C": 60.0}


def test_working_hours_must_be_a_calendar() -> None:
    """The defined ones are named."""
    with pytest.raises(
        ConfigError, match=r"calendar 'noon' is not defined \(defined: always, early"
    ):
        parse_config(CONFIG + "queue: {working_hours: noon}\n")


def roster_of(*, also: str | None = None, **minutes: float | None) -> pd.DataFrame:
    """Agents of the group net, and further ones, with so many minutes left."""
    return pd.DataFrame(
        {"agent_id": list(minutes), "group_id": "net", "also_serves": also,
         "minutes_left": list(minutes.values())}
    )  # fmt: skip


def queue_of(*minutes: float, group: str = "net") -> pd.DataFrame:
    """Ranked tickets of a group with so much expected work, and a lost one behind them."""
    frame = pd.DataFrame({"expected_minutes": [*minutes, 5.0], "group_id": group})
    return frame.assign(list=["ranked"] * len(minutes) + ["lost"])


def test_the_line_is_where_the_time_is_spent() -> None:
    """100 minutes: 40 and 50 fit, the third would end after 120; the lost one is no work."""
    capacity, queue = plan_today(queue_of(40.0, 50.0, 30.0), roster_of(A=60.0, B=40.0, C=0.0))
    assert queue["is_today"].dropna().to_dict() == {0: True, 1: True, 2: False}
    assert capacity.to_dict("records") == [
        {"group_id": "net", "n_agents": 3, "n_present": 2, "minutes_left": 100.0, "n_ranked": 3,
         "n_today": 2},
    ]  # fmt: skip


def test_whoever_serves_several_groups_shares_out() -> None:
    """A gives net 40 of 120 minutes, mail and web too; B all 30 to net; C has no time."""
    roster = pd.concat(
        [roster_of(A=120.0, also="mail,web"), roster_of(B=30.0), roster_of(C=0.0, also="web")],
        ignore_index=True,
    )
    queue = pd.concat([queue_of(60.0, 20.0), queue_of(30.0, 20.0, group="mail")])
    capacity, told = plan_today(queue.reset_index(drop=True), roster)
    counted = capacity.set_index("group_id")
    assert counted["minutes_left"].to_dict() == {"mail": 40.0, "net": 70.0, "web": 40.0}
    assert counted["n_agents"].to_dict() == {"mail": 1, "net": 3, "web": 2}
    assert counted["n_present"].to_dict() == {"mail": 1, "net": 2, "web": 1}
    assert counted["n_today"].to_dict() == {"mail": 1, "net": 1, "web": 0}
    assert told["is_today"].dropna().tolist() == [True, False, True, False]


def test_hours_nobody_knows_are_unknown_in_every_group() -> None:
    """X, whose hours are not told, adds nothing to what Y is known to have in net."""
    roster = pd.concat([roster_of(X=None, also="mail"), roster_of(Y=30.0)], ignore_index=True)
    capacity, _ = plan_today(queue_of(20.0), roster)
    minutes = capacity.set_index("group_id")["minutes_left"]
    assert minutes["net"] == 30.0
    assert pd.isna(minutes["mail"])


def test_what_is_not_known_is_null() -> None:
    """No hours, or no work: no line. A group without agents has no time known either."""
    for roster, queue in (
        (roster_of(A=None), queue_of(40.0)),
        (roster_of(A=60.0), queue_of(float("nan"))),
        (roster_of(A=60.0).iloc[:0], queue_of(40.0)),
    ):
        capacity, told = plan_today(queue, roster)
        assert told["is_today"].isna().all()
        assert capacity["n_today"].isna().all()


def test_a_group_with_agents_and_no_tickets_has_a_capacity() -> None:
    """Nothing is ranked: nothing is left to finish."""
    capacity, _ = plan_today(queue_of(10.0, group="mail"), roster_of(A=60.0))
    by_group = capacity.set_index("group_id")
    assert by_group["n_ranked"].to_dict() == {"mail": 1, "net": 0}
    assert by_group.loc["net", "n_today"] == 0
    assert pd.isna(by_group.loc["mail", "n_today"])


@pytest.fixture
def scored(
    demo_history: History, demo_tables: Tables, demo_config: Config, demo_bundle: ModelBundle,
    store: Store,
) -> Store:  # fmt: skip
    """The demo desk at ten on a working day, everybody in business hours; published."""
    settings = demo_config.queue.model_copy(update={"working_hours": "business"})
    config = demo_config.model_copy(update={"queue": settings})
    now = demo_history.watermark.floor("D") - pd.Timedelta(days=2, hours=-10)
    run = score(demo_history, config, demo_bundle, as_of=now, tables=demo_tables)
    store.publish(run, store.acquire_lease("test", dt.timedelta(minutes=1)))
    return store


def test_a_run_marks_todays_work_of_each_group(scored: Store) -> None:
    """The first tickets of the group, as many as its capacity says, are today's."""
    for group in {row["group_id"] for row in queries.queue(scored, list="ranked")}:
        page = queries.queue_page(scored, group=group, list="ranked")
        assert page.capacity is not None
        n_today = page.capacity["n_today"]
        flags = [row["is_today"] for row in page.rows]
        assert flags == [True] * n_today + [False] * (len(flags) - n_today)
        assert page.capacity["n_ranked"] == len(flags) == page.total
        spent = sum(row["expected_minutes"] for row in page.rows[:n_today])
        assert spent <= page.capacity["minutes_left"]
    assert page.capacity["minutes_left"] % 360 == 0  # ten to four in Berlin's summer, per agent


def test_an_agent_sees_the_own_group(scored: Store, demo_tables: Tables) -> None:
    """As of the run; an agent whom nobody knows is an error in words."""
    known = demo_tables.agents.drop_duplicates("agent_id", keep="last").iloc[0]
    page = queries.queue_page(scored, agent=known["agent_id"], list="ranked")
    assert page.agent is not None
    assert page.agent["group_id"] == known["group_id"]
    assert page.rows == queries.queue(scored, group=known["group_id"], list="ranked")
    with pytest.raises(queries.UnknownAgentError, match="agent 'nobody' was in no group as of"):
        queries.queue_page(scored, agent="nobody")
    other = queries.queue_page(scored, agent=known["agent_id"], group="no such group")
    assert (other.rows, other.capacities) == ([], ())


def test_an_agent_of_several_groups_sees_one_queue(
    demo_history: History, demo_tables: Tables, demo_config: Config, store: Store
) -> None:
    """The whole queue without other groups' tickets: its rules in their order, nothing twice."""
    later = demo_history.watermark + pd.Timedelta(hours=1)
    groups = sorted(demo_tables.groups["group_id"].unique())
    known = {"occurred_at": demo_history.watermark, "known_at": demo_history.watermark}
    several = demo_tables.agents.iloc[[0]].assign(
        **known, group_id=groups[1], also_serves=",".join(groups[2:])
    )
    frame = pd.concat([demo_tables.agents, several], ignore_index=True)
    tables = Tables(**{**vars(demo_tables), "agents": frame})
    full = tuple(Turn(group, 19, None, demo_history.watermark) for group in groups)
    settings = demo_config.queue.model_copy(update={"priorities": ("high", "normal", "low")})
    config = demo_config.model_copy(update={"queue": settings})
    run = score(demo_history, config, None, as_of=later, tables=tables, turns=full)
    store.publish(run, store.acquire_lease("test", dt.timedelta(minutes=1)))
    page = queries.queue_page(store, agent=several["agent_id"].iloc[0])
    every = queries.queue(store)
    assert page.rows == [row for row in every if row["group_id"] in groups[1:]]
    assert page.total == len({row["ticket_id"] for row in page.rows}) < len(every)
    placed = list(dict.fromkeys(row["placed_by"] for row in page.rows))
    assert placed == ["top_priority", "turn", "value", "waiting"]
    assert [told["group_id"] for told in page.capacities] == groups[1:]


def test_lost_tickets_say_who_tells_the_customer(
    demo_history: History, demo_tables: Tables, demo_config: Config, store: Store
) -> None:
    """The owner of the customer, where one is named; two days later many tickets are lost."""
    known = {"occurred_at": demo_history.watermark, "known_at": demo_history.watermark}
    ids = demo_tables.customers["customer_id"].drop_duplicates()
    owned = demo_tables.customers.drop_duplicates("customer_id", keep="last").assign(
        **known, owner=[None if i % 2 else f"owner of {c}" for i, c in enumerate(ids)]
    )
    customers = pd.concat([demo_tables.customers, owned], ignore_index=True)
    tables = Tables(**{**vars(demo_tables), "customers": customers})
    later = demo_history.watermark + pd.Timedelta(days=2)
    run = score(demo_history, demo_config, None, as_of=later, tables=tables)
    store.publish(run, store.acquire_lease("test", dt.timedelta(minutes=1)))
    lost = queries.queue(store, list="lost")
    named = owned.dropna(subset="owner").set_index("customer_id")["owner"].to_dict()
    assert {row["owner"] is None for row in lost} == {True, False}
    for row in lost:
        assert row["owner"] == named.get(row["customer_id"])
        words = f"owner of {row['customer_id']} should tell the customer"
        assert row["reason"].endswith(words) == (row["owner"] is not None)
    ranked = queries.queue(store, list="ranked")
    assert not any("should tell" in row["reason"] for row in ranked)


def test_nothing_that_is_known_later_counts(
    demo_tables: Tables, demo_history: History, demo_config: Config
) -> None:
    """An absence that becomes known after the instant is not there yet."""
    now = demo_history.watermark.floor("D") - pd.Timedelta(days=2, hours=-10)
    first = demo_tables.agents.iloc[[0]]
    late = first.assign(occurred_at=now - pd.Timedelta(days=3), known_at=now, shift="absent")
    frame = pd.concat([demo_tables.agents, late], ignore_index=True)
    tables = Tables(**{**vars(demo_tables), "agents": frame})
    pd.testing.assert_frame_equal(
        read_roster(demo_history, demo_config, tables, as_of=now),
        read_roster(demo_history, demo_config, demo_tables, as_of=now),
    )
