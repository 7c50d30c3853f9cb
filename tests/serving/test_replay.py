"""What other policies would have done to a history: both sides worked out by hand."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import pytest

from forewarn.config import Config, SlaConfig, parse_config
from forewarn.config.settings import HealthConfig
from forewarn.errors import ConfigError, DataError
from forewarn.tables import Tables
from serving.replay import Rules, Window, replay, window_of
from serving.replay_figures import changed_clocks, replay_figures

Make = Callable[..., Tables]
OLD = """
metrics: [resolution]
policies:
  - name: all
    targets: {resolution: {high: 4h, low: 8h}}
    penalties: {currency: CHF, amounts: {resolution: {gold: {high: 100}, default: 10}}}
"""


def at(clock: str, day: int = 2) -> pd.Timestamp:
    """An instant in March 2026, UTC."""
    return pd.Timestamp(f"2026-03-{day:02}T{clock}:00Z")


def rules(text: str) -> Rules:
    """The section sla as rules."""
    config = parse_config(
        "sources: [{name: t, shape: tickets, path: t.csv}]\nsla:\n"
        + "".join(f"  {line}\n" for line in text.strip().splitlines())
    )
    return Rules(config.sla, config.health)


def ticket(name: str, clock: str, priority: str, customer: str | None = "C") -> dict[str, Any]:
    """A ticket of the desk."""
    return {"ticket_id": name, "customer_id": customer, "created_at": at(clock),
            "known_at": at(clock), "priority": priority, "group_id": "desk"}  # fmt: skip


def event(name: str, clock: str, kind: str, to: str | None = None, **more: Any) -> dict[str, Any]:
    """Something that happened to a ticket."""
    return {"ticket_id": name, "occurred_at": at(clock), "known_at": at(clock), "sequence": 1,
            "kind": kind, "to_value": to, "is_public": False, **more}  # fmt: skip


@pytest.fixture
def tables(as_tables: Make) -> Tables:
    """A takes 3 h, B 5 h, C 2 h and moves to net afterwards, D is open at the end, 20:00."""
    tickets = [ticket("A", "08:00", "high"), ticket("B", "08:00", "high"),
               ticket("C", "10:00", "low", None), ticket("D", "14:00", "low")]  # fmt: skip
    events = [
        event("A", "11:00", "solved", "solved"),
        event("B", "13:00", "solved", "solved"),
        event("C", "12:00", "solved", "solved"),
        event("C", "18:00", "group_changed", "net"),
        event("D", "20:00", "internal_note"),
    ]
    customers = [{"customer_id": "C", "occurred_at": at("07:00"), "known_at": at("07:00"),
                  "tier": "gold"}]  # fmt: skip
    frames = {"tickets": tickets, "ticket_events": events, "customers": customers}
    return as_tables({name: pd.DataFrame(rows) for name, rows in frames.items()})


def compared(tables: Tables, after: str, before: str = OLD, **window: Any) -> pd.DataFrame:
    """The clocks of the window; the whole day where none is given."""
    chosen = window_of(tables, **{"since": at("00:00"), "until": at("00:00", 3), **window})
    return replay(tables, before=rules(before), after=rules(after), window=chosen)


def verdicts(pairs: pd.DataFrame) -> dict[str, tuple[str, str, str | None]]:
    """Per ticket what came out before and after, and the kind of change."""
    columns = ["outcome_before", "outcome_after", "change"]
    plain = pairs.astype(object).where(pairs.notna(), None)
    return {row["ticket_id"]: tuple(row[c] for c in columns) for _, row in plain.iterrows()}


def total(pairs: pd.DataFrame, by: str = "all", value: str | None = None) -> Mapping[str, Any]:
    """The one row of figures with this value."""
    (row,) = (r for r in replay_figures(pairs) if (r["by"], r["value"]) == (by, value))
    return row


def test_a_shorter_target_breaks_what_was_kept(tables: Tables) -> None:
    """High in 2 h: A, which took 3 h, is late; B was late anyway; low stays as it is."""
    pairs = compared(tables, OLD.replace("high: 4h", "high: 2h"))
    assert verdicts(pairs) == {
        "A": ("met", "breached", "newly_broken"),
        "B": ("breached", "breached", None),
        "C": ("met", "met", None),
        "D": ("open", "open", None),
    }
    row = total(pairs)
    assert {k: row[f"{k}_before"] for k in ("n_promises", "n_decided", "n_broken", "n_open")} == {
        "n_promises": 4, "n_decided": 3, "n_broken": 1, "n_open": 1,
    }  # fmt: skip
    assert (row["n_broken_after"], row["n_newly_broken"], row["n_no_longer_broken"]) == (2, 1, 0)
    assert row["broken_share_before"] == pytest.approx(1 / 3)
    assert (row["low_before"], row["high_before"]) == (0.0615, 0.7923)
    assert (row["penalties_before"], row["penalties_after"]) == ({"CHF": 100.0}, {"CHF": 200.0})


def test_a_longer_target_keeps_what_was_broken(tables: Tables) -> None:
    """High in 5 h: B took just that. The breach, and its hundred francs, are gone."""
    pairs = compared(tables, OLD.replace("high: 4h", "high: 5h"))
    assert verdicts(pairs)["B"] == ("breached", "met", "no_longer_broken")
    (change,) = changed_clocks(pairs)
    assert {name: change[name] for name in (
        "ticket_id", "metric", "cycle", "penalty_before", "penalty_after", "elapsed_seconds_after",
        "target_seconds_before", "target_seconds_after", "breached_at_before", "breached_at_after",
        "policy_before", "currency_before",
    )} == {
        "ticket_id": "B", "metric": "resolution", "cycle": 1, "penalty_before": 100.0,
        "penalty_after": 0.0, "elapsed_seconds_after": 18_000.0, "target_seconds_before": 14_400.0,
        "target_seconds_after": 18_000.0, "breached_at_before": at("12:00"),
        "breached_at_after": None, "policy_before": "all", "currency_before": "CHF",
    }  # fmt: skip


def test_the_same_policies_make_no_difference(tables: Tables) -> None:
    """Nothing changes, and every figure is there twice."""
    pairs = compared(tables, OLD)
    assert pairs["change"].isna().all()
    assert changed_clocks(pairs) == []
    for row in replay_figures(pairs):
        before = {k.removesuffix("_before"): v for k, v in row.items() if k.endswith("_before")}
        after = {k.removesuffix("_after"): v for k, v in row.items() if k.endswith("_after")}
        assert before == after


def test_clocks_appear_and_vanish_with_their_promises(tables: Tables) -> None:
    """Without a target for low C and D have no clock; a first response makes one for each high."""
    new = """
    policies:
      - name: all
        targets: {resolution: {high: 4h}, first_response: {high: 1h}}
    """
    pairs = compared(tables, "\n".join(line[4:] for line in new.splitlines()))
    changes = pairs.set_index(["metric", "ticket_id"])["change"]
    assert changes["first_response"].to_dict() == {"A": "appears", "B": "appears"}
    assert changes["resolution"].dropna().to_dict() == {"C": "vanishes", "D": "vanishes"}
    row = next(r for r in replay_figures(pairs) if r["metric"] == "resolution")
    assert (row["n_promises_before"], row["n_promises_after"], row["n_vanishes"]) == (4, 2, 2)
    assert (row["penalties_before"], row["penalties_after"]) == ({"CHF": 100.0}, {})


def test_a_clock_counts_for_the_team_that_had_its_ticket_last(tables: Tables) -> None:
    """C moved to net after it was solved; it is net's on both sides, and has no tier."""
    pairs = compared(tables, OLD)
    assert total(pairs, "team", "net")["n_promises_before"] == 1
    assert total(pairs, "team", "desk")["n_promises_before"] == 3
    assert total(pairs, "tier", "gold")["n_promises_after"] == 3
    assert total(pairs, "tier", None)["n_promises_after"] == 1
    assert total(pairs, "priority", "high")["n_broken_after"] == 1


def test_only_clocks_that_started_in_the_window_count(tables: Tables) -> None:
    """From 10:00 on and before 14:00 there is C."""
    pairs = compared(tables, OLD, since=at("10:00"), until=at("14:00"))
    assert pairs["ticket_id"].tolist() == ["C"]


def test_without_dates_it_is_the_last_quarter(tables: Tables) -> None:
    """13 weeks up to the watermark, or up to the given end."""
    chosen = window_of(tables, since=None, until=None)
    assert chosen == Window(
        pd.Timestamp("2025-12-01T20:00Z"), at("20:00"), pd.Timestamp("2026-03-02T20:00:00.000001Z")
    )
    assert window_of(tables, since=None, until=at("00:00")).since == pd.Timestamp(
        "2025-12-01T00:00Z"
    )


@pytest.mark.parametrize(
    ("since", "until", "message"),
    [(at("09:00"), at("09:00"), "is empty"), (at("21:00"), at("22:00"), "the data ends")],
)
def test_a_window_without_time_or_data_is_refused(
    tables: Tables, since: pd.Timestamp, until: pd.Timestamp, message: str
) -> None:
    """From before until; and some data within."""
    with pytest.raises(DataError, match=message):
        window_of(tables, since=since, until=until)


def test_a_breach_that_the_new_policies_excuse_costs_nothing(tables: Tables) -> None:
    """It stays broken."""
    excuse = "excuses: [{name: cut, author: head, reason: power, tickets: [B]}]\n"
    row = total(compared(tables, OLD.lstrip() + excuse))
    assert (row["n_broken_after"], row["n_excused_before"], row["n_excused_after"]) == (1, 0, 1)
    assert (row["penalties_before"], row["penalties_after"]) == ({"CHF": 100.0}, {"CHF": 0.0})


def test_a_window_without_clocks_gives_no_rows(tables: Tables) -> None:
    """Between two creations nothing started."""
    pairs = compared(tables, OLD, since=at("08:30"), until=at("09:00"))
    assert len(pairs) == 0
    assert replay_figures(pairs) == []


def test_another_mode_of_reopening_makes_clocks_vanish(as_tables: Make) -> None:
    """Reopened, a second clock starts; under 'none' it does not."""
    events = [event("A", "09:00", "solved", "solved"), event("A", "10:00", "reopened", "open"),
              event("A", "16:00", "solved", "solved")]  # fmt: skip
    frames = {"tickets": [ticket("A", "08:00", "high")], "ticket_events": events}
    tables = as_tables({name: pd.DataFrame(rows) for name, rows in frames.items()})
    pairs = compared(tables, OLD + "on_reopen: none\n")
    assert pairs[["cycle", "outcome_before", "outcome_after"]].to_numpy().tolist() == [
        [1, "met", "met"], [2, "breached", "none"],
    ]  # fmt: skip


def test_a_column_that_is_not_there_is_refused(tables: Tables) -> None:
    """The new policies are held against the data."""
    with pytest.raises(ConfigError, match="looks at 'plan'"):
        compared(tables, OLD + "    when: {plan: gold}\n")


def test_of_the_demo_desk_the_same_policies_change_nothing_and_others_something(
    demo_tables: Tables, demo_config: Config
) -> None:
    """Twice the time for every resolution breaks none and keeps some; a second run is the same."""
    before = Rules(demo_config.sla, demo_config.health)
    window = window_of(demo_tables, since=None, until=None)
    same = replay(demo_tables, before=before, after=before, window=window)
    assert len(same) > 1000
    assert same["change"].isna().all()
    after = Rules(_doubled(demo_config.sla), HealthConfig())
    pairs = replay(demo_tables, before=before, after=after, window=window)
    kinds = pairs.groupby("metric")["change"].value_counts()
    assert set(kinds.index) == {("resolution", "no_longer_broken")}
    again = replay(demo_tables, before=before, after=after, window=window)
    pd.testing.assert_frame_equal(pairs, again)


def _doubled(sla: SlaConfig) -> SlaConfig:
    """Twice the time for resolution."""
    policies = tuple(
        p.model_copy(
            update={"targets": {
                m: {k: 2 * d if m == "resolution" else d for k, d in t.items()}
                for m, t in p.targets.items()
            }}
        )
        for p in sla.policies
    )  # fmt: skip
    return sla.model_copy(update={"policies": policies})
