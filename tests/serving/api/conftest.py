"""The smallest workspace, its store, and a caller of its API."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from forewarn.workspace import Workspace
from serving.api import create_app
from serving.store import Store, open_store
from tests.serving.api.calls import SECRET, Caller

CONFIG = """
sources: [{name: t, shape: tickets, path: t.csv}]
sla: {policies: [{name: all, targets: {resolution: 8h}}]}
"""


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace whose configuration is the smallest there is."""
    monkeypatch.setenv("FOREWARN_SECRET", SECRET)
    (tmp_path / "forewarn.yaml").write_text(CONFIG)
    return Workspace(tmp_path)


@pytest.fixture
def desk(ws: Workspace) -> Iterator[Store]:
    """The workspace's store, empty."""
    opened = open_store(ws.database_url)
    yield opened
    opened.close()


@pytest.fixture
def client(ws: Workspace) -> Iterator[Caller]:
    """A caller without a key."""
    app = create_app(ws)
    yield Caller(app)
    app.state.backend.close()
