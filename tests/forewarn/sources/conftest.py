"""Workspaces made of a few lines of text."""

from collections.abc import Callable
from pathlib import Path

import pytest

from forewarn.workspace import Workspace

MakeWorkspace = Callable[..., Workspace]

_SLA = "sla: {policies: [{name: all, targets: {resolution: 8h}}]}\n"


@pytest.fixture
def workspace(tmp_path: Path) -> MakeWorkspace:
    """Makes a workspace of the given sources (YAML) and files (name: text or bytes)."""

    def make(sources: str, *, more: str = "", **files: str | bytes) -> Workspace:
        for name, content in files.items():
            path = tmp_path / name.replace("__", ".")
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        (tmp_path / "forewarn.yaml").write_text(f"sources:\n{sources}\n{_SLA}{more}")
        return Workspace(tmp_path)

    return make


FLAT = """
  - name: tickets
    shape: flat_tickets
    path: tickets.csv
    time_zone: UTC
    columns: {ticket_id: id, created_at: opened, closed_at: closed}
"""


@pytest.fixture
def flat(workspace: MakeWorkspace) -> Callable[..., Workspace]:
    """A workspace of one flat CSV file with the columns id, opened and closed.

    Any share of refused rows is accepted; ``settings``: further lines of the source.
    """

    def make(content: str | bytes, *, settings: str = "", most: float = 1.0) -> Workspace:
        more = f"ingest: {{max_quarantined_share: {most}}}\n"
        return workspace(f"{FLAT}{settings}", more=more, tickets__csv=content)

    return make
