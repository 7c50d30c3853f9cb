"""Internal targets: which clocks, never looser, bounded; and what they would have done."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from features.history import History, build_history
from forewarn.config import Config, TighteningConfig, clock_settings, parse_config
from forewarn.errors import ConfigError
from forewarn.tables import Tables
from models.bundle import ModelBundle
from models.work import assumed_work
from serving.replay import window_of
from serving.run import ScoredRun
from serving.score import score
from serving.tighten import condition_features, moved_minutes
from serving.tighten_preview import Preview, preview_targets, rule_figures

Make = Callable[..., Tables]
CONFIG = """
sources: [{name: t, shape: tickets, path: t.csv}]
sla:
  policies:
    - name: all
      targets: {resolution: 4h, first_response: 1h}
      penalties: {currency: CHF, amounts: {resolution: {default: 100}}}
  tighten:
    most_moved: 0.5
    rules:
      - {name: gold-fault, when: {tier: gold, category: fault}, shares: {resolution: 0.25}}
      - {name: gold, when: {tier: gold}, shares: {resolution: 0.5, first_response: 0.5}}
      - {name: weak, when: {health_score: {below: 40}}, shares: {resolution: 0.75}}
"""


def at(clock: str) -> pd.Timestamp:
    """The instant of that time on the 2nd of March."""
    return pd.Timestamp(f"2026-03-02T{clock}Z")


def ticket(name: str, customer: str, **more: Any) -> dict[str, Any]:
    """A ticket of eight o'clock."""
    return {"ticket_id": name, "customer_id": customer, "created_at": at("08:00"),
            "known_at": at("08:00"), **more}  # fmt: skip


def event(name: str, clock: str, kind: str, **more: Any) -> dict[str, Any]:
    """What happened to a ticket."""
    return {
        "ticket_id": name, "occurred_at": at(clock), "known_at": at(clock), "sequence": 0,
        "kind": kind, "is_public": kind == "agent_reply", "actor_kind": "agent", **more,
    }  # fmt: skip


def fact(customer: str, **more: Any) -> dict[str, Any]:
    """What is known of a customer since seven."""
    return {"customer_id": customer, "occurred_at": at("07:00"), "known_at": at("07:00"), **more}


@pytest.fixture
def tables(as_tables: Make) -> Tables:
    """Gold: A solved after 3 h, B (a fault) after 90 minutes. Weak: C after 2 h. D is neither."""
    frames = {
        "tickets": [ticket("A", "G"), ticket("B", "G", category="fault"), ticket("C", "W"),
                    ticket("D", "N"), ticket("E", "G", resolution_due_at=at("20:00"))],
        "ticket_events": [
            event("A", "11:00", "solved", to_value="solved"),
            event("B", "09:30", "solved", to_value="solved"),
            event("C", "10:00", "solved", to_value="solved"),
            event("D", "13:00", "solved", to_value="solved"),
            event("A", "08:20", "agent_reply"), event("B", "08:45", "agent_reply"),
            event("E", "14:00", "internal_note"),
        ],
        "customers": [fact("G", tier="gold"), fact("W", tier="silver"), fact("N", tier="silver")],
        "customer_health": [fact("W", score=30.0), fact("N", score=90.0)],
    }  # fmt: skip
    return as_tables({name: pd.DataFrame(rows) for name, rows in frames.items()})


@pytest.fixture
def config() -> Config:
    """Three rules over one policy."""
    return parse_config(CONFIG)


@pytest.fixture
def history(tables: Tables, config: Config, tmp_path: Path) -> History:
    """The built history of these five tickets."""
    return build_history(tables, config, folder=tmp_path)


def preview(
    tables: Tables, history: History, config: Config, settings: TighteningConfig | None = None
) -> Preview:
    """The rules over the whole day, thirty minutes of work a ticket."""
    return preview_targets(
        tables, history, config, settings=settings or config.sla.tighten,
        work=assumed_work("test"), window=window_of(tables, since=at("00:00"), until=at("23:00")),
    )  # fmt: skip


def test_the_first_rule_that_matches_and_names_the_metric_counts(
    tables: Tables, history: History, config: Config
) -> None:
    """B is a gold fault for resolution, and gold for first response; E's deadline came with it."""
    pairs = preview(tables, history, config).pairs
    found = {(row["ticket_id"], row["metric"]): row["rule"] for _, row in pairs.iterrows()}
    assert found == {
        ("A", "resolution"): "gold", ("A", "first_response"): "gold",
        ("B", "resolution"): "gold-fault", ("B", "first_response"): "gold",
        ("C", "resolution"): "weak", ("E", "first_response"): "gold",
    }  # fmt: skip


def test_what_would_have_been_missed(tables: Tables, history: History, config: Config) -> None:
    """A: 3 h of 2 h. B: 1.5 h of 1 h, and 45 of 30 minutes. C: 2 h of 3 h. No promise is broken."""
    pairs = preview(tables, history, config).pairs.set_index(["ticket_id", "metric"])
    assert pairs["outcome_after"].to_dict() == {
        ("A", "first_response"): "met", ("A", "resolution"): "breached",
        ("B", "first_response"): "breached", ("B", "resolution"): "breached",
        ("C", "resolution"): "met", ("E", "first_response"): "breached",
    }  # fmt: skip
    assert pairs.loc[("B", "resolution"), "target_seconds_after"] == 3600.0
    assert pairs.loc[("B", "resolution"), "breached_at_after"] == at("09:00")
    assert pairs.loc[("E", "first_response"), "outcome_before"] == "breached"
    assert (pairs["penalty_after"] == pairs["penalty_before"]).all()


def test_ending_in_the_last_microsecond_is_in_time(
    as_tables: Make, config: Config, tmp_path: Path
) -> None:
    """35 % of 12 h are 4 h 12 min; as a product of floats that is a little less."""
    assert 12 * 3600 * 0.35 < 4.2 * 3600
    frames = {
        "tickets": [ticket("A", "G"), ticket("B", "G")],
        "ticket_events": [
            event("A", "12:12:00", "solved", to_value="solved"),
            event("B", "12:12:00.000001", "solved", to_value="solved"),
        ],
        "customers": [fact("G", tier="gold")],
    }
    made = as_tables({name: pd.DataFrame(rows) for name, rows in frames.items()})
    sla = parse_config(CONFIG.replace("resolution: 4h", "resolution: 12h")).sla
    config = config.model_copy(update={"sla": sla})
    rule = {"name": "gold", "when": {"tier": "gold"}, "shares": {"resolution": 0.35}}
    settings = TighteningConfig.model_validate({"rules": [rule]})
    history = build_history(made, config, folder=tmp_path)
    pairs = preview(made, history, config, settings).pairs.set_index("ticket_id")
    assert pairs["outcome_after"].to_dict() == {"A": "met", "B": "breached"}


def test_figures_by_rule(tables: Tables, history: History, config: Config) -> None:
    """Counts, hours earlier and hours moved, in the order of the rules."""
    found = preview(tables, history, config)
    rows = {
        (row["rule"], row["metric"]): row
        for row in rule_figures(found, rules=["gold-fault", "gold", "weak"])
    }
    assert list(rows) == [
        ("gold-fault", "resolution"), ("gold", "first_response"), ("gold", "resolution"),
        ("weak", "resolution"),
    ]  # fmt: skip
    fault, gold = rows["gold-fault", "resolution"], rows["gold", "first_response"]
    assert (fault["n_clocks"], fault["hours_earlier"], fault["hours_moved"]) == (1, 3.0, 0.5)
    assert (gold["n_clocks"], gold["n_broken"], gold["n_missed"]) == (3, 1, 2)
    assert gold["hours_earlier"] == 0.5


def test_the_share_of_work_and_its_bound(tables: Tables, history: History, config: Config) -> None:
    """Four of five tickets of the same work: 80 %, more than the half that is allowed."""
    found = preview(tables, history, config)
    assert found.moved_share == pytest.approx(0.8)
    assert found.is_too_much
    weak = config.sla.tighten.model_copy(update={"rules": config.sla.tighten.rules[2:]})
    fewer = preview(tables, history, config, weak)
    assert fewer.moved_share == pytest.approx(0.2)
    assert not fewer.is_too_much


def test_a_ticket_counts_once_and_a_reply_moves_its_touch_alone() -> None:
    """A: 60 minutes for both of its clocks; B: the touch of 20; C is not tightened."""
    clocks = pd.DataFrame(
        {
            "ticket_id": ["A", "A", "B", "C"],
            "metric": ["resolution", "first_response", "first_response", "resolution"],
            "share": [0.5, 0.5, 0.5, 1.0],
            "work_minutes": [60.0, 60.0, 100.0, 40.0],
            "touch_minutes": [20.0, 20.0, 20.0, 20.0],
        }
    )
    assert moved_minutes(clocks) == (80.0, 200.0)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"resolution: 0.25": "resolution: 1.5"}, "less than 1"),
        ({"resolution: 0.25": "resolution: 1"}, "less than 1"),
        ({"name: weak": "name: gold"}, "names must differ"),
        ({"when: {tier: gold, category: fault}": "when: {}"}, "at least 1"),
    ],
)
def test_a_rule_cannot_be_looser_than_the_contract(change: dict[str, str], words: str) -> None:
    """A share of 1 or more, two rules of a name, and a rule for everybody are refused."""
    text = CONFIG
    for old, new in change.items():
        text = text.replace(old, new)
    with pytest.raises(ConfigError, match=words):
        parse_config(text)


def test_a_column_that_is_not_there_is_named(history: History, config: Config) -> None:
    """Rule and column, and which columns there are."""
    tighten = parse_config(CONFIG).sla.tighten
    rule = next(rule for rule in tighten.rules if rule.name == "gold-fault")
    asked = rule.model_copy(update={"when": {"plan": "basic"}})
    settings = tighten.model_copy(update={"rules": (asked,)})
    with pytest.raises(ConfigError, match=r"rule 'gold-fault' looks at 'plan'.*they have category"):
        condition_features(history, settings)


def test_clocks_do_not_depend_on_internal_targets(config: Config) -> None:
    """Neither history nor models are made anew when rules change."""
    plain = parse_config(CONFIG[: CONFIG.index("  tighten:")])
    assert clock_settings(config.sla) == clock_settings(plain.sla)


@pytest.fixture(scope="module")
def tightened_run(
    demo_history: History, demo_tables: Tables, demo_config: Config, demo_bundle: ModelBundle
) -> Callable[[str, float], ScoredRun]:
    """Scores the demo desk with one rule for the customers at risk, half of every target."""
    now = demo_history.watermark.floor("D") - pd.Timedelta(days=2, hours=-10)

    def made(condition: str, most: float) -> ScoredRun:
        rules = [{"name": "early", "when": {"health_segment": condition},
                  "shares": {"resolution": 0.5, "first_response": 0.5}}]  # fmt: skip
        settings = TighteningConfig.model_validate({"rules": rules, "most_moved": most})
        sla = demo_config.sla.model_copy(update={"tighten": settings})
        return score(
            demo_history, demo_config.model_copy(update={"sla": sla}), demo_bundle,
            as_of=now, tables=demo_tables,
        )  # fmt: skip

    return made


def test_in_the_queue_it_orders_and_changes_no_promise(
    tightened_run: Callable[[str, float], ScoredRun],
    demo_history: History,
    demo_config: Config,
    demo_bundle: ModelBundle,
    demo_tables: Tables,
) -> None:
    """Scores, lists and due dates are those of the contract; the tightened are worth more."""
    run = tightened_run("at_risk", 1.0)
    plain = score(demo_history, demo_config, demo_bundle, as_of=run.as_of,
                  tables=demo_tables)  # fmt: skip
    pd.testing.assert_frame_equal(run.scores, plain.scores)
    left, right = (r.queue.set_index("ticket_id").sort_index() for r in (run, plain))
    assert left["list"].equals(right["list"])
    assert left["next_due_at"].equals(right["next_due_at"])
    by = left["tightened_by"].notna()
    assert set(left["tightened_by"].dropna()) == {"early"}
    assert 0 < by.sum() < len(by)
    np.testing.assert_array_equal(left.loc[~by, "value"], right.loc[~by, "value"])
    gain = (left["log_value"] - right["log_value"])[by].dropna()
    assert (gain > 0).sum() > 3
    assert left.loc[by, "reason"].str.contains("internal target early for").all()
    assert run.tightening is not None
    assert "of the open work" in run.tightening
    assert plain.tightening is None


def test_too_much_is_not_used(tightened_run: Callable[[str, float], ScoredRun]) -> None:
    """Over the bound no rule counts: the order is by the promises, and the run says why."""
    run = tightened_run("healthy", 0.01)
    assert run.tightening is not None
    assert run.tightening.startswith("not used: ")
    assert run.tightening.endswith("1 % is the most")
    assert run.queue["tightened_by"].isna().all()


def test_rules_alone_know_no_work(
    demo_history: History, demo_config: Config, config: Config
) -> None:
    """Without a model no internal target counts, and that is said."""
    rule = {"name": "early", "when": {"tier": "gold"}, "shares": {"resolution": 0.5}}
    settings = TighteningConfig.model_validate({"rules": [rule]})
    sla = demo_config.sla.model_copy(update={"tighten": settings})
    run = score(demo_history, demo_config.model_copy(update={"sla": sla}), None,
                as_of=demo_history.watermark)  # fmt: skip
    assert run.tightening == "not used, as nobody can tell the work while rules order the queue"
    assert dataclasses.asdict(run)["queue"]["tightened_by"].isna().all()
