"""Policies: first match, values as text or number, changes that become known, penalties."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from sla_tables import make_tables

from forewarn.config import SlaConfig
from forewarn.config.settings import HealthConfig
from forewarn.errors import ConfigError
from forewarn.sla.clock import NOT_STARTED, RUNNING, reach, read_clocks
from forewarn.sla.openings import NAT
from forewarn.sla.policy import penalties, weights
from forewarn.sla.timeline import Timelines, build_timelines
from forewarn.sla.unpromised import without_promise

HOUR = 3_600_000_000
GOLD = {"name": "gold", "when": {"tier": "gold"}, "targets": {"resolution": "1h"}}
REST = {"name": "rest", "targets": {"resolution": "8h"}}


def config(*policies: dict[str, Any], **settings: Any) -> SlaConfig:
    """A configuration of resolution only."""
    return SlaConfig.model_validate({"metrics": ["resolution"], "policies": policies, **settings})


def target(timelines: Timelines, clock: int, *, as_of: int) -> float:
    """Promised hours as read at an instant."""
    return float(read_clocks(timelines, clock, as_of=as_of).target[0] / HOUR)


def test_the_first_policy_that_matches_wins() -> None:
    """All conditions of a policy must hold; the order decides among those that match."""
    first = {"name": "vip", "when": {"channel": ["phone", "chat"], "product": "x"},
             "targets": {"resolution": "2h"}}  # fmt: skip
    tickets = [
        {"ticket_id": "a", "created_at": 0, "channel": "chat", "product": "x"},
        {"ticket_id": "b", "created_at": 0, "channel": "chat", "product": "y"},
        {"ticket_id": "c", "created_at": 0, "channel": None, "product": "x"},
    ]
    timelines = build_timelines(make_tables(tickets), config(first, REST))
    assert [target(timelines, i, as_of=1) for i in range(3)] == [2, 8, 8]


def test_numbers_match_however_they_are_written() -> None:
    """A priority 1 in the data meets 1, 1.0 and '1' in the configuration."""
    policy = {"name": "one", "when": {"priority": [1.0]}, "targets": {"resolution": "2h"}}
    tickets = [{"ticket_id": "a", "created_at": 0, "priority": "1"}]
    timelines = build_timelines(make_tables(tickets), config(policy))
    assert target(timelines, 0, as_of=1) == 2


def test_an_attribute_column_and_a_customers_number_can_be_looked_at() -> None:
    """Policies see the whitelisted columns of tickets and the facts on customers."""
    policy = {"name": "big", "when": {"site": "north", "contract_value": 1000},
              "targets": {"resolution": "2h"}}  # fmt: skip
    tickets = [{"ticket_id": "a", "customer_id": "x", "created_at": 5, "site": "north"}]
    customers = [{"customer_id": "x", "occurred_at": 0, "contract_value": 1000.0}]
    timelines = build_timelines(make_tables(tickets, (), customers), config(policy))
    assert target(timelines, 0, as_of=6) == 2


def test_a_column_that_nobody_has_is_named() -> None:
    """A policy that looks at an unknown column is an error that lists the known ones."""
    policy = {"name": "odd", "when": {"mood": "bad"}, "targets": {"resolution": "2h"}}
    with pytest.raises(ConfigError, match=r"policy 'odd' looks at 'mood'.*channel"):
        build_timelines(make_tables([{"ticket_id": "a", "created_at": 0}]), config(policy))


def test_a_fact_on_the_customer_counts_from_when_it_is_known() -> None:
    """The tier of creation decides, then each change while the ticket is open."""
    tickets = [{"ticket_id": "a", "customer_id": "x", "created_at": 10 * HOUR}]
    customers = [
        {"customer_id": "x", "occurred_at": 0, "tier": "silver"},
        {"customer_id": "x", "occurred_at": 9 * HOUR, "known_at": 12 * HOUR, "tier": "gold"},
    ]
    timelines = build_timelines(make_tables(tickets, (), customers), config(GOLD, REST))
    assert target(timelines, 0, as_of=12 * HOUR) == 8
    assert target(timelines, 0, as_of=12 * HOUR + 1) == 1


def test_a_change_known_late_does_not_override_a_newer_state() -> None:
    """What lies before a change already known was superseded when it became known."""
    policy = {"name": "p", "targets": {"resolution": {"1": "1h", "2": "2h", "3": "3h"}}}
    tickets = [{"ticket_id": "a", "created_at": 0, "priority": "3"}]
    events = [
        {"ticket_id": "a", "occurred_at": 1 * HOUR, "known_at": 5 * HOUR,
         "kind": "priority_changed", "to_value": "1"},
        {"ticket_id": "a", "occurred_at": 2 * HOUR, "kind": "priority_changed", "to_value": "2"},
    ]  # fmt: skip
    timelines = build_timelines(make_tables(tickets, events), config(policy))
    assert target(timelines, 0, as_of=2 * HOUR) == 3
    assert target(timelines, 0, as_of=6 * HOUR) == 2


def test_two_attributes_known_at_different_times_never_mix_with_the_future() -> None:
    """A group known now is not joined with a priority that becomes known later."""
    both = {"name": "both", "when": {"priority": "1", "group_id": "g"},
            "targets": {"resolution": "1h"}}  # fmt: skip
    tickets = [{"ticket_id": "a", "created_at": 0, "priority": "3", "group_id": "f"}]
    events = [
        {"ticket_id": "a", "occurred_at": 1 * HOUR, "known_at": 5 * HOUR,
         "kind": "priority_changed", "to_value": "1"},
        {"ticket_id": "a", "occurred_at": 2 * HOUR, "kind": "group_changed", "to_value": "g"},
    ]  # fmt: skip
    timelines = build_timelines(make_tables(tickets, events), config(both, REST))
    assert target(timelines, 0, as_of=4 * HOUR) == 8
    assert target(timelines, 0, as_of=5 * HOUR + 1) == 1


def test_a_reopened_ticket_is_promised_by_what_it_is_then() -> None:
    """The further cycle takes the priority of its reopening, also where promises are frozen."""
    policy = {"name": "p", "targets": {"resolution": {"1": "1h", "3": "3h"}}}
    tickets = [{"ticket_id": "a", "created_at": 0, "priority": "3"}]
    events = [
        {"ticket_id": "a", "occurred_at": 1 * HOUR, "kind": "priority_changed", "to_value": "1"},
        {"ticket_id": "a", "occurred_at": 2 * HOUR, "kind": "solved"},
        {"ticket_id": "a", "occurred_at": 4 * HOUR, "kind": "reopened", "to_value": "open"},
    ]
    timelines = build_timelines(make_tables(tickets, events), config(policy, on_change="frozen"))
    assert timelines.clock_cycle.tolist() == [1, 2]
    assert target(timelines, 0, as_of=2 * HOUR) == 3
    assert target(timelines, 1, as_of=5 * HOUR) == 1


def test_frozen_takes_the_first_promise_that_is_made() -> None:
    """A ticket without a promise at creation gets one later, and keeps it."""
    policy = {"name": "p", "targets": {"resolution": {"1": "1h", "3": "3h"}}}
    tickets = [{"ticket_id": "a", "created_at": 0, "priority": "odd"}]
    events = [
        {"ticket_id": "a", "occurred_at": 1 * HOUR, "kind": "priority_changed", "to_value": "3"},
        {"ticket_id": "a", "occurred_at": 2 * HOUR, "kind": "priority_changed", "to_value": "1"},
    ]
    timelines = build_timelines(make_tables(tickets, events), config(policy, on_change="frozen"))
    before = read_clocks(timelines, 0, as_of=HOUR)
    after = read_clocks(timelines, 0, as_of=int(2.5 * HOUR))
    assert before.state[0] == NOT_STARTED
    assert (after.state[0], after.target[0], after.elapsed[0]) == (RUNNING, 3 * HOUR, 2.5 * HOUR)


def test_tickets_without_a_promise_are_counted_not_fatal() -> None:
    """A custom priority, or no policy at all, gives no clock and a row in the table."""
    policy = {"name": "p", "when": {"channel": "mail"},
              "targets": {"resolution": {"1": "1h"}}}  # fmt: skip
    tickets = [
        {"ticket_id": "a", "created_at": 0, "channel": "mail", "priority": "1"},
        {"ticket_id": "b", "created_at": 0, "channel": "mail", "priority": "custom"},
        {"ticket_id": "c", "created_at": 0, "channel": "chat", "priority": None},
        {"ticket_id": "d", "created_at": 0, "channel": "chat", "resolution_due_at": 5},
    ]
    tables = make_tables(tickets)
    assert len(build_timelines(tables, config(policy))) == 2
    found = without_promise(tables, config(policy), health=HealthConfig())
    assert found.astype(object).where(found.notna(), None).to_dict("records") == [
        {"metric": "resolution", "policy": "p", "priority": "custom", "n_tickets": 1},
        {"metric": "resolution", "policy": None, "priority": None, "n_tickets": 1},
    ]


def test_penalties_follow_policy_metric_tier_and_priority() -> None:
    """Each level falls back to its default; an imported deadline costs 1."""
    amounts = {"resolution": {"gold": {"1": 500, "default": 100}, "default": 20}}
    sla = config({**REST, "penalties": {"amounts": amounts}})
    found = penalties(
        sla,
        policy=pd.Series(["rest", "rest", "rest", "rest", None]),
        metric=pd.Series(
            ["resolution", "resolution", "resolution", "first_response", "resolution"]
        ),
        tier=pd.Series(["gold", "gold", None, "gold", "gold"]),
        priority=pd.Series(["1", None, "1", "1", "1"]),
    )
    assert found.tolist() == [500, 100, 20, 1, 1]


def test_weights_follow_the_same_levels_and_are_1_where_nothing_is_said() -> None:
    """They do not touch the penalty, which stays money."""
    by_tier = {"gold": {"1": 4, "default": 2}}
    sla = config({**REST, "weights": {"resolution": by_tier}})
    rows = {
        "policy": pd.Series(["rest", "rest", "rest", None]),
        "metric": pd.Series(["resolution"] * 4),
        "tier": pd.Series(["gold", "gold", "silver", "gold"]),
        "priority": pd.Series(["1", "3", "1", "1"]),
    }
    assert weights(sla, **rows).tolist() == [4, 2, 1, 1]
    assert penalties(sla, **rows).tolist() == [1, 1, 1, 1]


def test_a_target_reads_as_a_duration() -> None:
    """The configuration's durations reach the clock exactly."""
    assert dict(config(REST).policies[0].targets)["resolution"] == {
        "default": dt.timedelta(hours=8)
    }


def test_a_policy_holds_from_its_day_on() -> None:
    """Open tickets are promised anew then; nothing is before, nor where the data ends before."""
    later = {"name": "later", "targets": {"resolution": "2h"}, "valid_from": "1970-01-02T00:00Z"}
    tickets = [{"ticket_id": "a", "created_at": 0}]
    timelines = build_timelines(make_tables(tickets, watermark=30 * HOUR), config(later))
    assert read_clocks(timelines, 0, as_of=24 * HOUR).state[0] == NOT_STARTED
    assert target(timelines, 0, as_of=24 * HOUR + 1) == 2
    assert reach(timelines, 0, share=0.5)[0] == 24 * HOUR
    early = build_timelines(make_tables(tickets, watermark=20 * HOUR), config(later))
    assert reach(early, 0, share=0.5)[0] == NAT


def test_conditions_compare_numbers_and_health() -> None:
    """At least, below, and none of; the segment by the thresholds; null fulfils none of them."""
    big = {"name": "big", "when": {"contract_value": {"at_least": 1000, "below": 5000}},
           "targets": {"resolution": "1h"}}  # fmt: skip
    ill = {"name": "ill", "when": {"health_segment": "at_risk"}, "targets": {"resolution": "2h"}}
    odd = {
        "name": "odd",
        "when": {"channel": {"none_of": ["mail"]}},
        "targets": {"resolution": "3h"},
    }
    tickets = [
        {"ticket_id": t, "created_at": 10, "customer_id": t, "channel": channel}
        for t, channel in (("a", None), ("b", None), ("c", "mail"), ("d", "chat"), ("e", None))
    ]
    customers = [
        {"customer_id": t, "occurred_at": 0, "contract_value": value}
        for t, value in (("a", 1000.0), ("b", 5000.0), ("c", 999.0))
    ]
    tables = make_tables(tickets, customers=customers)
    health = pd.DataFrame(
        {"customer_id": ["b", "c"], "score": [39.0, 40.0], "override_score": [float("nan")] * 2}
    ).reindex(columns=tables.customer_health.columns)
    early = pd.Timestamp(0, tz="UTC")
    health = health.assign(occurred_at=early, known_at=early, override_expires_at=pd.NaT)
    health["override_expires_at"] = pd.to_datetime(health["override_expires_at"], utc=True)
    health = health.astype(dict(tables.customer_health.dtypes))
    timelines = build_timelines(
        replace(tables, customer_health=health), config(big, ill, odd, REST)
    )
    assert [target(timelines, i, as_of=11) for i in range(5)] == [1, 2, 8, 3, 8]


def test_a_calendar_is_chosen_by_a_column() -> None:
    """Of the region; another value gets the default, here around the clock."""
    hours = {"time_zone": "UTC", "windows": {"mon-sun": ["02:00-24:00"]}}
    policy = {"name": "p", "targets": {"resolution": "1h"},
              "calendar": {"by": "site", "use": {"north": "late"}}}  # fmt: skip
    tickets = [
        {"ticket_id": t, "created_at": 0, "site": s} for t, s in (("a", "north"), ("b", "x"))
    ]
    timelines = build_timelines(make_tables(tickets), config(policy, calendars={"late": hours}))
    assert (read_clocks(timelines, [0, 1], as_of=1).due_at / HOUR).tolist() == [3, 1]


def test_a_customer_s_new_tier_reaches_a_contact_that_came_after_the_solution() -> None:
    """The ticket is solved, then its caller queues again; half an hour later he is gold."""
    start = 1_711_670_400_000_000
    quarter = 900_000_000
    sla = SlaConfig.model_validate(
        {
            "answer_starts": "queued",
            "policies": [{"name": "gold", "when": {"tier": ["gold"]}, "targets": {"answer": "1h"}}],
        }
    )
    ticket = {"ticket_id": "t", "customer_id": "c", "created_at": start}
    at = start + quarter
    events = [
        {"ticket_id": "t", "occurred_at": at, "kind": "solved"},
        {"ticket_id": "t", "occurred_at": at, "kind": "queued"},
    ]
    gold = {"customer_id": "c", "occurred_at": start + 2 * quarter, "tier": "gold"}
    timelines = build_timelines(make_tables([ticket], events, [gold]), sla)
    readings = read_clocks(timelines, [0], as_of=start + 3 * quarter)
    assert int(readings.due_at[0]) == at + 4 * quarter
