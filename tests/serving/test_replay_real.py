"""Looking over and replaying the policies of a public incident log."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from forewarn.config.base import parse_duration
from forewarn.examples import init_workspace
from forewarn.ingest import ingest
from forewarn.sla.lint import lint_policies
from forewarn.tables import Tables, read_tables
from forewarn.workspace import Workspace
from serving.replay import Rules, replay, window_of
from serving.replay_figures import replay_figures

pytestmark = [pytest.mark.real_data, pytest.mark.slow]


@pytest.fixture(scope="module")
def incidents(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The log, ingested."""
    folder = tmp_path_factory.mktemp("uci")
    data = real_data / "uci_incidents" / "incident_event_log.parquet"
    init_workspace(folder, example="uci", data=data)
    ingest(Workspace(folder))
    return Workspace(folder)


@pytest.fixture(scope="module")
def tables(incidents: Workspace) -> Tables:
    """Its tables."""
    return read_tables(incidents.tables)


def test_the_figures_are_those_of_a_plain_count(incidents: Workspace, tables: Tables) -> None:
    """Without opening hours and pauses elapsed is first solved (or closed) less created."""
    row = lint_policies(incidents.config, tables).figures.set_index("priority").loc["2 - High"]
    events = tables.ticket_events
    ends = events[events["kind"].isin(["solved", "closed"])
                  | events["to_value"].isin(["solved", "closed"])]  # fmt: skip
    first = ends.groupby("ticket_id")["occurred_at"].min()
    high = tables.tickets[tables.tickets["priority"] == "2 - High"].set_index("ticket_id")
    took = (first.reindex(high.index) - high["created_at"]).dt.total_seconds()
    assert row["n"] == len(took)
    assert row["n_missed"] == (~(took <= 8 * 3600)).sum()
    assert took.notna().all()  # none is open: the estimate is the plain quantile
    for share in (80, 90, 95):
        within = (took <= row[f"kept_{share}_seconds"]).mean()
        below = (took < row[f"kept_{share}_seconds"]).mean()
        assert below < share / 100 <= within


def test_policies_of_the_log_are_too_short_but_no_errors(
    incidents: Workspace, tables: Tables
) -> None:
    """By-priority targets of the protocol: all four are missed by more than a fifth."""
    found = lint_policies(incidents.config, tables)
    assert {f.code for f in found.findings} == {"hard-to-keep"}
    assert len(found.findings) == 4
    assert not found.has_errors


def test_the_same_policies_change_nothing(incidents: Workspace, tables: Tables) -> None:
    """Not one clock of 13 weeks."""
    rules = Rules(incidents.config.sla, incidents.config.health)
    window = window_of(tables, since=None, until=None)
    pairs = replay(tables, before=rules, after=rules, window=window)
    assert len(pairs) > 0
    assert pairs["change"].isna().all()


def test_a_target_of_two_days_for_all_keeps_what_took_one_to_two(
    incidents: Workspace, tables: Tables
) -> None:
    """In May 2016 exactly the incidents that took longer than their old target, and up to 48 h."""
    rules = Rules(incidents.config.sla, incidents.config.health)
    policy = rules.sla.policies[0]
    longer = policy.model_copy(
        update={"targets": {"resolution": {"default": parse_duration("48h")}}}
    )
    after = replace(rules, sla=rules.sla.model_copy(update={"policies": (longer,)}))
    window = window_of(
        tables, since=pd.Timestamp("2016-05-01T00:00Z"), until=pd.Timestamp("2016-06-01T00:00Z")
    )
    pairs = replay(tables, before=rules, after=after, window=window)
    spared = pairs[pairs["change"] == "no_longer_broken"]
    took = spared["elapsed_seconds_after"]
    assert len(spared) > 100
    assert (took > spared["target_seconds_before"]).all()
    assert (took <= 48 * 3600).all()
    assert set(pairs["change"].dropna()) == {"no_longer_broken"}
    (total,) = (row for row in replay_figures(pairs) if row["by"] == "all")
    assert total["n_broken_before"] - total["n_broken_after"] == len(spared)
