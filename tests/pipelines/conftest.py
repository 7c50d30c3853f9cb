"""A small workspace: flat tickets in a CSV file."""

from pathlib import Path

import pytest

from forewarn.workspace import Workspace

_CONFIG = """\
sources:
  - name: tickets
    shape: flat_tickets
    path: tickets.csv
    time_zone: UTC
    columns: {ticket_id: id, created_at: created, closed_at: closed, priority: priority}
sla:
  pause_on: {}
  policies:
    - name: all
      targets: {resolution: 8h}
scoring: {as_of: data}
"""
_TICKETS = """\
id,created,closed,priority
T1,2026-05-01 08:00,2026-05-01 10:00,2
T2,2026-05-01 09:00,2026-05-02 10:00,1
T3,2026-05-02 09:00,,2
T4,2026-05-02 09:30,,1
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Four tickets, two of them open; a promise of eight hours."""
    root = tmp_path / "desk"
    root.mkdir()
    (root / "forewarn.yaml").write_text(_CONFIG, encoding="utf-8")
    (root / "tickets.csv").write_text(_TICKETS, encoding="utf-8")
    return Workspace(root)
