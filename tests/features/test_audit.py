"""What the audit finds in desks whose flaws are known."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from features.audit import audit_features
from features.audit_words import remarks, summarise_audit
from features.catalogue import declared_features, feature_names
from features.history import History
from forewarn.config import Config, parse_config
from forewarn.tables import Tables

Desk = Callable[..., Tables]
HistoryOf = Callable[..., History]
At = Callable[[float], pd.Timestamp]
CONFIG = """
sources: [{name: tickets, shape: tickets, path: tickets.csv}]
sla: {metrics: [resolution], policies: [{name: all, targets: {resolution: 10h}}]}
queue: {priorities: [high, normal]}
"""
IN_APRIL = 120  # tickets come every six hours from 2 March on: the 120th at 00:00 on 1 April


@pytest.fixture(scope="module")
def config() -> Config:
    """Ten hours for the resolution, round the clock."""
    return parse_config(CONFIG)


def flawed(desk: Desk) -> Tables:
    """200 tickets, half of them late, with columns that leak, repeat, drift and never change."""
    draw = np.random.default_rng(3)
    is_late, is_south = (draw.permutation(200) % 2 for _ in range(2))

    def ticket(i: int) -> tuple[Any, ...]:
        values = {
            "site": ("north", "south")[is_south[i]],
            "place": ("A", "B")[is_south[i]],
            "taken": (5.0, 20.0)[is_late[i]],
            "version": float(i % 3 + (10 if i >= IN_APRIL else 0)),
            "seats": 3.0,
        }
        return f"T{i:03d}", 6 * i, values

    solved = [(f"T{i:03d}", 6 * i + (5, 20)[is_late[i]], "solved") for i in range(200)]
    return desk([ticket(i) for i in range(200)], solved)


@pytest.fixture(scope="module")
def flawed_history(desk: Desk, history_of: HistoryOf, config: Config) -> History:
    """The history of the flawed desk."""
    return history_of(flawed(desk), config)


@pytest.fixture(scope="module")
def audited(flawed_history: History, config: Config) -> pd.DataFrame:
    """The audit of the flawed desk, by feature."""
    return audit_features(flawed_history, config).set_index("feature", drop=False)


def test_every_feature_has_a_row(
    audited: pd.DataFrame, flawed_history: History, config: Config
) -> None:
    """On 100 tickets seen twice before they are solved, and 100 seen five times."""
    assert audited["feature"].tolist() == [f.name for f in declared_features(flawed_history)]
    assert audited["n"].unique().tolist() == [700]
    seen = audited.loc[audited["is_seen"], "feature"]
    assert tuple(seen) == feature_names(flawed_history, config)
    assert (audited["milliseconds"] > 0).all()


def test_constant_and_empty_features_are_told(audited: pd.DataFrame) -> None:
    """Three seats on every ticket; no customer on any."""
    seats, tier, site = (audited.loc[f"ticket_{n}"] for n in ("seats", "group", "site"))
    assert (seats["coverage"], seats["n_values"], bool(seats["is_constant"])) == (1.0, 1, True)
    assert (tier["coverage"], tier["n_values"], bool(tier["is_constant"])) == (0.0, 1, True)
    assert (site["coverage"], site["n_values"], bool(site["is_constant"])) == (1.0, 2, False)


def test_near_duplicates_are_told(audited: pd.DataFrame) -> None:
    """The same two groups under other names; elapsed and remaining time, turned round."""
    assert audited.loc["ticket_site", ["twin", "correlation"]].tolist() == ["ticket_place", 1.0]
    assert audited.loc["ticket_place", "twin"] == "ticket_site"
    assert audited.loc["clock_elapsed_share", "twin"] == "clock_remaining_hours"
    assert pd.isna(audited.loc["ticket_taken", "twin"])


def test_drift_between_the_first_and_the_last_month_is_told(audited: pd.DataFrame) -> None:
    """Versions of April are others than those of March; the site changes as ever."""
    assert audited["months"].unique().tolist() == ["2026-03 to 2026-04"]
    assert bool(audited.loc["ticket_version", "is_drifting"])
    assert audited.loc["ticket_version", "drift"] > 5
    assert audited.loc["ticket_site", "drift"] < 0.01
    assert not audited.loc["ticket_site", "is_drifting"]


def test_what_knows_the_outcome_is_suspicious(audited: pd.DataFrame) -> None:
    """The time that the solution took, known at the opening; nothing else."""
    assert audited.loc["ticket_taken", "auc_resolution"] == 1.0
    suspicious = audited.loc[audited["suspicious_for"].notna(), "suspicious_for"]
    assert suspicious.to_dict() == {"ticket_taken": "resolution"}
    # Late tickets are seen at 0, .25, .5, .75 and .9, the others at 0 and .25: of ten pairs
    # 0 + .5, .5 + 1 and 3 * 2 are in order.
    assert audited.loc["clock_elapsed_share", "auc_resolution"] == pytest.approx(0.8)


def test_a_closing_code_is_suspicious(desk: Desk, history_of: HistoryOf, config: Config) -> None:
    """What was written down when a ticket closed stands on it from the start, and is found out.

    Four codes: two of tickets solved in time, two of late ones; one in fifty says otherwise.
    """
    draw = np.random.default_rng(5)
    is_late = draw.permutation(200) % 2
    says_late = np.where(draw.uniform(size=200) < 0.02, 1 - is_late, is_late)
    code = np.array(["advice", "repair", "expired", "escalated"])[
        2 * says_late + draw.integers(0, 2, 200)
    ]
    tickets = [
        (f"T{i:03d}", 6 * i, {"closing_code": code[i], "site": ("north", "south")[i % 2]})
        for i in range(200)
    ]
    solved = [(f"T{i:03d}", 6 * i + (5, 20)[is_late[i]], "solved") for i in range(200)]
    found = audit_features(history_of(desk(tickets, solved), config), config)
    found = found.set_index("feature")
    assert found.loc["ticket_closing_code", "suspicious_for"] == "resolution"
    suspicious = found.index[found["suspicious_for"].notna()]
    assert [name for name in suspicious if "closing_code" not in name] == []


def test_the_summary_tells_all_of_it_in_words(audited: pd.DataFrame) -> None:
    """How many features there are, and which to look at; here of a few that were chosen."""
    names = ["site", "place", "taken", "version", "seats", "group"]
    found = audited.loc[[f"ticket_{name}" for name in names]]
    suspicion = (
        "Suspicious: 1, 1 of them seen by models (ticket_taken). They know the outcome nearly "
        "alone, which may be a leak: make sure that their source tells when each fact became "
        "known (known_at), or take them out by features.exclude."
    )
    assert summarise_audit(found) == [
        "6 features, of which models see 6, on 700 observations with a verdict.",
        "Always null: 1, 1 of them seen by models (ticket_group).",
        "Constant: 1, 1 of them seen by models (ticket_seats).",
        "Near duplicates: 1, 1 of them seen by models (ticket_place and ticket_site).",
        "Drifting (2026-03 to 2026-04): 1, 1 of them seen by models (ticket_version).",
        suspicion,
    ]


def test_what_models_see_is_named_first(audited: pd.DataFrame) -> None:
    """Five names, the others are counted; pairs of which models see both go first."""
    told = summarise_audit(audited)
    assert told[0].startswith(f"{len(audited)} features, of which models see ")
    assert re.match(r"Always null: \d+, 4 of them seen by .* and \d+ more\)\.$", told[1])
    assert "(clock_until_closing_hours, ticket_group, ticket_priority, " in told[1]
    unlike = audited.assign(is_seen=audited["feature"].isin(["ticket_place", "ticket_site"]))
    assert summarise_audit(unlike)[3].startswith("Near duplicates: ")
    assert "1 of them seen by models (ticket_place and ticket_site, " in summarise_audit(unlike)[3]


def test_remarks_are_empty_where_nothing_is_remarkable() -> None:
    """And name everything otherwise, the gravest first."""
    well = {"suspicious_for": None, "is_constant": False, "coverage": 1.0, "twin": None,
            "is_drifting": False}  # fmt: skip
    assert remarks(well) == ""
    bad = {**well, "suspicious_for": "first_response", "twin": "x", "is_drifting": True}
    assert remarks(bad) == "may be a leak (first response); says the same as x; drifts"
    assert remarks({**well, "is_constant": True, "coverage": 0.0}) == "always null"
    assert remarks({**well, "is_constant": True}) == "constant"


def test_the_same_seed_gives_the_same_audit(flawed_history: History, config: Config) -> None:
    """But for the time; another seed draws other observations."""
    one, again, other = (
        audit_features(flawed_history, config, seed=seed, at_most=60).drop(columns="milliseconds")
        for seed in (1, 1, 2)
    )
    assert one["n"].unique().tolist() == [60]
    pd.testing.assert_frame_equal(one, again)
    assert not one.equals(other)


def test_one_class_and_one_month_are_no_error(
    desk: Desk, history_of: HistoryOf, config: Config
) -> None:
    """All promises kept within a day: nothing is close to the label, nothing drifts."""
    tickets, solved = zip(*((((f"T{i}", i)), (f"T{i}", i + 1, "solved")) for i in range(20)),
                          strict=True)  # fmt: skip
    found = audit_features(history_of(desk(list(tickets), list(solved)), config), config)
    assert found["n"].iloc[0] == 11  # T0 to T10, due by the end of the data, at hour 20
    assert found["auc_resolution"].isna().all()
    assert found["drift"].isna().all()
    told = " ".join(summarise_audit(found))
    assert "Of resolution there are not both verdicts" in told
    assert "there are not two months of enough observations" in told
    assert "Suspicious: no feature knows an outcome nearly alone." in told


def test_without_a_verdict_the_summary_says_so(
    desk: Desk, history_of: HistoryOf, config: Config
) -> None:
    """One open ticket that is not due yet: rows of nulls, and what to do."""
    found = audit_features(history_of(desk([("A", 0)], []), config), config)
    assert found["n"].unique().tolist() == [0]
    assert found[["coverage", "drift", "auc_resolution", "milliseconds"]].isna().all(axis=None)
    assert not found["is_constant"].any()
    (told,) = summarise_audit(found)
    assert "No observation has a verdict that was known at the data's end" in told


def test_an_empty_history_is_no_error(
    as_tables: Callable[..., Tables], history_of: HistoryOf, config: Config, at: At
) -> None:
    """No ticket at all."""
    tables = replace(as_tables({}), watermark=at(0))
    found = audit_features(history_of(tables, config), config)
    assert found["n"].unique().tolist() == [0]
    assert "nothing to judge them by" in summarise_audit(found)[0]
