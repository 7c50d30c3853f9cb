"""``forewarn customers``: how many of the flagged customers are shown, and that it is said."""

import csv
import datetime as dt
import io
import json

import pandas as pd
import pytest
from click.testing import Result
from typer.testing import CliRunner

from forewarn.workspace import Workspace
from pipelines.cli import app
from serving.flags import COLUMNS
from serving.run import ScoredRun
from serving.store import open_store

AT = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)


def customers(ws: Workspace, *arguments: str) -> Result:
    """What the command did."""
    return CliRunner().invoke(app, ["customers", *arguments, "--workspace", str(ws.root)])


def flag(rank: int) -> tuple[object, ...]:
    """A flagged customer, named by the rank."""
    return (rank, f"C{rank:02}", "gold", 3, 1.2, 0, 14, 31.0, "at_risk", "a reason", 0.6, 0.2, 3,
            "call them", AT)  # fmt: skip


@pytest.fixture
def flagged(workspace: Workspace) -> Workspace:
    """A published run that flags 22 customers, C01 to C22."""
    flags = pd.DataFrame([flag(rank) for rank in range(1, 23)], columns=list(COLUMNS))
    store = open_store(workspace.database_url)
    token = store.acquire_lease("test", dt.timedelta(minutes=1))
    store.publish(ScoredRun(AT, pd.DataFrame(), pd.DataFrame({"list": []}), flags), token)
    store.close()
    return workspace


def test_a_table_shows_the_first_twenty(flagged: Workspace) -> None:
    """As the queue's does; that there are more is said."""
    done = customers(flagged)
    assert done.exit_code == 0, done.output
    assert ("C20" in done.stdout, "C21" in done.stdout) == (True, False)
    assert done.stderr.strip() == "20 of 22 customers; --limit shows more"


def test_limit_bounds_every_form(flagged: Workspace) -> None:
    """The most at risk first; JSON and CSV hold all of them where no limit is given."""
    asked = ("--limit", "2")
    assert "2 of 22 customers; --limit shows more" in customers(flagged, *asked).stderr
    assert [row["rank"] for row in json.loads(customers(flagged, *asked, "--json").stdout)] == [
        1, 2,
    ]  # fmt: skip
    rows = csv.DictReader(io.StringIO(customers(flagged, *asked, "--csv").stdout))
    assert [row["customer_id"] for row in rows] == ["C01", "C02"]
    assert len(json.loads(customers(flagged, "--json").stdout)) == 22
    assert customers(flagged, "--limit", "50").stderr == ""


def test_a_limit_is_at_least_one(flagged: Workspace) -> None:
    """Zero is a usage error."""
    assert customers(flagged, "--limit", "0").exit_code == 2
