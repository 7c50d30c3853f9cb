"""Verdicts with team, priority, tier and price as they were known when the verdict fell."""

from collections.abc import Callable

import pandas as pd

from forewarn.config import parse_config
from forewarn.sla.timeline import build_timelines
from forewarn.tables import Tables
from serving.report.promises import decided_promises

CONFIG = """
sources: [{name: tickets, shape: tickets, path: tickets.csv}]
sla:
  metrics: [resolution]
  on_change: frozen
  on_reopen: none
  policies:
    - name: contract
      when: {tier: [gold, silver]}
      targets: {resolution: 4h}
      penalties:
        currency: CHF
        amounts: {resolution: {gold: {high: 100, default: 40}, default: 7}}
    - name: goodwill
      targets: {resolution: 4h}
"""
DAY = "2026-03-02T"


def _at(clock: str) -> pd.Timestamp:
    return pd.Timestamp(f"{DAY}{clock}:00Z")


def _ticket(ticket_id: str, customer: str | None) -> dict[str, object]:
    return {"ticket_id": ticket_id, "customer_id": customer, "created_at": _at("08:00"),
            "known_at": _at("08:00"), "priority": "high", "group_id": "desk"}  # fmt: skip


def _event(ticket_id: str, clock: str, kind: str, after: str | None) -> dict[str, object]:
    at = _at(clock)
    return {"ticket_id": ticket_id, "occurred_at": at, "known_at": at, "sequence": 1,
            "kind": kind, "to_value": after, "is_public": False}  # fmt: skip


def _decided(
    as_tables: Callable[..., Tables], as_of: str = "20:00", config: str = CONFIG
) -> pd.DataFrame:
    tickets = [_ticket("T1", "C1"), _ticket("T2", "C1"), _ticket("T3", None), _ticket("T4", "C1")]
    events = [_event(t["ticket_id"], "08:00", "created", "new") for t in tickets] + [  # type: ignore[arg-type]  # an id is text
        _event("T1", "09:00", "group_changed", "network"),
        _event("T1", "10:00", "solved", "solved"),
        _event("T1", "10:00", "group_changed", "billing"),
        _event("T2", "11:00", "priority_changed", "low"),
        _event("T2", "13:00", "priority_changed", "high"),
        _event("T3", "13:30", "solved", "solved"),
        _event("T4", "09:00", "merged", None),
    ]
    customers = [
        {"customer_id": "C1", "occurred_at": _at(c), "known_at": _at(c), "tier": tier}
        for c, tier in (("07:00", "gold"), ("12:30", "silver"))
    ]
    tables = as_tables(
        {"tickets": pd.DataFrame(tickets), "ticket_events": pd.DataFrame(events),
         "customers": pd.DataFrame(customers)}
    )  # fmt: skip
    sla = parse_config(config).sla
    timelines = build_timelines(tables, sla)
    return decided_promises(tables, timelines, sla, as_of=_at(as_of)).set_index("ticket_id")


def test_a_kept_promise_belongs_to_the_team_that_had_it_before_the_verdict(
    as_tables: Callable[..., Tables],
) -> None:
    """Solved by network at 10:00; the move of that very instant came too late. It costs nothing."""
    kept = _decided(as_tables).loc["T1"]
    assert (kept["is_broken"], kept["group_id"], kept["penalty"]) == (False, "network", 0.0)
    assert kept["decided_at"] == _at("10:00")


def test_a_broken_promise_is_priced_as_things_stood_when_it_broke(
    as_tables: Callable[..., Tables],
) -> None:
    """T2 broke at 12:00: low priority since 11:00 and gold until 12:30 cost 40 francs."""
    broken = _decided(as_tables, "13:10").loc["T2"]
    assert (broken["is_broken"], broken["priority"], broken["tier"]) == (True, "low", "gold")
    assert broken["decided_at"] == _at("12:00")
    assert (broken["penalty"], broken["currency"]) == (40.0, "CHF")


def test_a_policy_without_penalties_has_no_price(as_tables: Callable[..., Tables]) -> None:
    """T3 has no customer: the goodwill policy; broken at 12:00, no currency, nothing to pay."""
    broken = _decided(as_tables).loc["T3"]
    assert broken["is_broken"]
    assert pd.isna(broken["currency"])
    assert broken["penalty"] == 0.0


def test_an_excused_breach_costs_nothing_and_stays_broken(
    as_tables: Callable[..., Tables],
) -> None:
    """T2 broke while the desk was away; T3, broken too, is of no customer and not excused."""
    text = (
        CONFIG
        + """
  excuses:
    - {name: away, author: A lead, reason: moved house, when: {customer_id: C1}}
    - {name: site, author: A lead, reason: no power, when: {subject: none}}
"""
    )
    decided = _decided(as_tables, config=text)
    broken = decided.loc["T2"]
    assert (broken["is_broken"], broken["is_excused"], broken["excuse"]) == (True, True, "away")
    assert (broken["penalty"], broken["currency"], broken["policy"]) == (0.0, "CHF", "contract")
    assert decided.loc[["T1", "T3"], "is_excused"].tolist() == [False, False]
    assert "subject" not in decided


def test_cancelled_and_open_clocks_have_no_verdict(as_tables: Callable[..., Tables]) -> None:
    """T4 was merged; at 11:00 nothing but T1 is decided."""
    assert list(_decided(as_tables, "11:00").index) == ["T1"]
    assert "T4" not in _decided(as_tables).index
