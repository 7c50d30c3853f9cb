"""'forewarn check' says in words what it understood, and what looks wrong."""

from pathlib import Path

import pytest

from forewarn.check import check_workspace
from forewarn.errors import ConfigError
from forewarn.ingest import ingest
from forewarn.workspace import Workspace

YAML = """
sources:
  - name: tickets
    shape: flat_tickets
    path: tickets.csv
    time_zone: Europe/Berlin
    columns: {ticket_id: id, created_at: opened, group_id: team}
    attributes: [plan, closed_code]
sla:
  version: "7"
  calendars:
    office: {time_zone: Europe/Berlin, windows: {mon-thu: ["09:00-12:00", "13:00-17:00"], fri: ["09:00-12:00"]},
             special_days: {2026-12-25: []}}
  policies:
    - {name: gold, when: {plan: [gold, vip]}, calendar: office, targets: {resolution: {high: 90m, low: 2d}}}
  tighten: {rules: [{name: early, when: {plan: vip}, shares: {resolution: 0.5}}]}
  metrics: [first_response, resolution]
features: {exclude: [ticket_plan]}
"""  # noqa: E501
CSV = (
    "id,opened,team,priority,plan,closed_code,mood\n"
    "T1,2026-03-01 09:00,A,high,gold,x,1\n"
    "T2,2026-03-02 09:00,B,urgent,vip,y,2\n"
    "T3,yesterday,B,low,vip,y,2\n"
)


WORDS = """\
forewarn.yaml is valid.

Source tickets (flat_tickets): tickets.csv; all 3 rows looked at.
  2 tickets from 2026-03-01 08:00 UTC to 2026-03-02 08:00 UTC, times without offset read as Europe/Berlin.
Look: 1 rows (33.3%) would be refused:
    1 times: not a time: expected ISO 8601, such as 2026-03-01 09:30, or set time_format; first: tickets.csv, row 4, column 'opened', value 'yesterday'

Clocks: first_response, resolution (version 7).
  They pause: resolution in pending.
  In flight, a changed priority changes the target, counted from the start; a reopened ticket starts a new clock.
Calendar office: mon-thu 09:00-12:00, 13:00-17:00; fri 09:00-12:00 in Europe/Berlin, 1 special days.
Policy gold, plan is gold or vip, in office hours: resolution 1h 30m (high), 48h (low).
Look: nothing promises first_response: no policy has a target, and no source maps first_response_due_at. It will have no clocks.
Internal target early, plan is vip: resolution in 50 % of the time. The promise stays.
Look: no target for priority 'urgent' (1 rows): such tickets get no clock.

Features come from these columns of tickets: priority, team, plan, closed_code.
Left out, because neither 'columns' nor 'attributes' names them: mood.
Look: the attribute 'closed_code' sounds like an outcome. An attribute must be known when its ticket is created; one that is filled in later tells the model the answer.
Left out by features.exclude: ticket_plan.

No tables yet: run 'forewarn ingest' first."""  # noqa: E501  # whole lines, as they are printed


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    """A workspace with one of everything worth telling."""
    (tmp_path / "forewarn.yaml").write_text(YAML)
    (tmp_path / "tickets.csv").write_text(CSV)
    return Workspace(tmp_path)


def test_words(ws: Workspace) -> None:
    """Tickets, clocks, calendar, policy, columns; then what to look at, each with its reason."""
    assert "\n".join(check_workspace(ws)) == WORDS


def test_after_an_ingest(ws: Workspace) -> None:
    """Once ingested, the tables are counted."""
    ws.config_path.write_text(YAML + "ingest: {max_quarantined_share: 1}\n")
    ws = Workspace(ws.root)
    ingest(ws)
    assert check_workspace(ws)[-1] == (
        "Ingested so far: 2 tickets and 2 events, complete up to 2026-03-02 08:00 UTC."
    )


def test_nothing_is_kept(ws: Workspace) -> None:
    """A check writes nothing."""
    check_workspace(ws)
    assert sorted(p.name for p in ws.root.iterdir()) == ["forewarn.yaml", "tickets.csv"]


def test_calendar_never_open(ws: Workspace) -> None:
    """A calendar without a window is a mistake of the configuration."""
    ws.config_path.write_text(
        YAML.replace('["09:00-12:00", "13:00-17:00"]', "[]").replace('["09:00-12:00"]', "[]")
    )
    with pytest.raises(ConfigError, match=r"calendars\.office: it is never open"):
        check_workspace(Workspace(ws.root))
