"""Service levels, excuses and credits in the report."""

from typing import Any

import pandas as pd

from forewarn.config import PolicyConfig, ServiceLevelConfig
from forewarn.workspace import Workspace
from serving.report.build import write_report
from serving.report.costs import Excused, excused_by
from serving.report.service import credits_of, level_of

AS_OF = pd.Timestamp("2026-06-24T12:00Z")
SECOND = pd.Timedelta(seconds=1)


def _contacts(*parts: tuple[str, str | None, int, int]) -> pd.DataFrame:
    """Rows of (arrival, group, seconds until the answer, how many)."""
    rows: list[dict[str, Any]] = [
        {"ticket_id": "T", "group_id": group, "arrived_at": pd.Timestamp(at),
         "answered_at": pd.Timestamp(at) + wait * SECOND}
        for at, group, wait, n in parts
        for _ in range(n)
    ]  # fmt: skip
    frame = pd.DataFrame(rows)
    for name in ("queued_at", "abandoned_at", "cancelled_at"):
        frame[name] = pd.Series(pd.NaT, frame.index, dtype="datetime64[us, UTC]")
    return frame


def test_a_level_is_shown_by_team_beside_the_weeks_before() -> None:
    """All first; the last 28 days beside the 28 before, where these are enough to tell."""
    contacts = _contacts(
        ("2026-06-20T12:00Z", "desk", 5, 30), ("2026-06-20T12:00Z", "desk", 50, 10),
        ("2026-06-20T12:00Z", None, 5, 3), ("2026-05-20T12:00Z", "desk", 50, 20),
        ("2026-06-24T12:00Z", "desk", 50, 99),
    )  # fmt: skip
    level = ServiceLevelConfig.model_validate({"name": "voice"})
    found = level_of(contacts[:-99], level, as_of=AS_OF, zone="UTC", names={"desk": "Service desk"})
    assert found.promise == "80.0 % within 20 s"
    shown = [
        (ln.name, ln.figures["n_offered"], ln.figures["share"], ln.before) for ln in found.lines
    ]
    assert shown == [
        ("All teams", 43, 33 / 43, 0.0), ("Service desk", 40, 0.75, 0.0), ("no team", 3, 1.0, None)
    ]  # fmt: skip


def test_weeks_are_complete_and_of_enough_contacts() -> None:
    """The first week is cut off, the last one not over, one of 19 contacts says nothing."""
    contacts = _contacts(
        ("2026-05-26T12:00Z", "a", 5, 40), ("2026-06-02T12:00Z", "a", 5, 40),
        ("2026-06-09T12:00Z", "a", 5, 19), ("2026-06-16T12:00Z", "a", 50, 20),
        ("2026-06-23T12:00Z", "a", 5, 40),
    )  # fmt: skip
    level = ServiceLevelConfig.model_validate({"name": "voice"})
    weekly = level_of(contacts, level, as_of=AS_OF, zone="UTC", names={}).weekly
    assert weekly["week_on"].dt.strftime("%m-%d").tolist() == ["06-01", "06-15"]
    assert weekly["share"].tolist() == [1.0, 0.0]
    assert weekly["target"].tolist() == [0.8, 0.8]


def _decided(*rows: tuple[str, bool, str | None]) -> pd.DataFrame:
    """Promises of C1: (instant of the verdict, broken, excuse)."""
    frame = pd.DataFrame(rows, columns=["decided_at", "is_broken", "excuse"])
    return frame.assign(
        decided_at=pd.to_datetime(frame["decided_at"], utc=True).astype("datetime64[us, UTC]"),
        customer_id="C1", policy="p", metric="resolution", is_excused=frame["excuse"].notna(),
    )  # fmt: skip


def test_every_excuse_is_told_with_its_author() -> None:
    """Also where it covers nothing; older breaches count in all, not in the last 13 weeks."""
    from forewarn.config import ExcuseConfig

    granted = [
        ExcuseConfig(name=name, author="Head", reason="why", tickets=("x",)) for name in ("a", "b")
    ]
    decided = _decided(
        ("2026-06-20T12:00Z", True, "a"), ("2026-01-20T12:00Z", True, "a"),
        ("2026-06-20T12:00Z", True, None),
    )  # fmt: skip
    assert excused_by(decided, granted, as_of=AS_OF) == [
        Excused("a", "Head", "why", 1, 2), Excused("b", "Head", "why", 0, 0)
    ]  # fmt: skip


def test_credits_are_those_of_the_last_complete_period_and_the_running_one() -> None:
    """May is owed, June may change, April is past; without credits there is no section."""
    policy = PolicyConfig.model_validate(
        {"name": "p", "targets": {"resolution": "4h"},
         "credits": {"steps": {"resolution": [{"below": 1, "share": 0.1}]}}}
    )  # fmt: skip
    customers = pd.DataFrame(
        {"customer_id": ["C1"], "occurred_at": [pd.Timestamp("2026-01-01T00:00Z").as_unit("us")],
         "known_at": [pd.Timestamp("2026-01-01T00:00Z").as_unit("us")], "contract_value": [1200.0]}
    )  # fmt: skip
    decided = _decided(*((f"2026-0{m}-10T12:00Z", True, None) for m in (4, 5, 6)))
    found = credits_of(decided, customers, [policy], as_of=AS_OF, zone="UTC")
    assert found is not None
    assert [(str(r["period_on"])[:7], r["credit"]) for r in found.rows] == [
        ("2026-05", 10.0), ("2026-06", 10.0)
    ]  # fmt: skip
    assert found.owed == {"EUR": 10.0}
    none = credits_of(decided[:1], customers, [policy], as_of=AS_OF, zone="UTC")
    assert none is not None
    assert none.rows == ()
    bare = policy.model_copy(update={"credits": PolicyConfig(name="q", targets={}).credits})
    assert credits_of(decided, customers, [bare], as_of=AS_OF, zone="UTC") is None


def test_the_page_shows_them_where_they_are_configured(
    with_contacts: Workspace, workspace: Workspace
) -> None:
    """Levels by team, excuses with author and reason, credits; without settings none of it."""
    page = write_report(with_contacts).read_text("utf-8")
    for said in ("<h2>Service levels</h2>", "voice: 80.0 % within 20 s", "1 still waiting",
                 "Abandoned within 5 s: judged by their wait; after it: missed.",
                 'id="chart-level-voice"', "power-cut", "Head of service", "of these excused",
                 "excused</span>", "are excused.", "<h3>Service credits</h3>",
                 "owed for the last complete period"):  # fmt: skip
        assert said in page
    bare = write_report(workspace).read_text("utf-8")
    for unsaid in ("Service levels</h2>", "Excused", "these excused", "Service credits"):
        assert unsaid not in bare
