"""The report as a file: what it says with and without run, evaluation and verdicts."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from forewarn.errors import DataError
from forewarn.ingest import ingest
from forewarn.workspace import Workspace
from serving.report.build import write_report

Publish = Callable[..., None]


def _text(ws: Workspace) -> str:
    return write_report(ws).read_text("utf-8")


def test_a_complete_report_shows_all_sections(judged: Workspace, publish: Publish) -> None:
    """Promises, penalties, queue, model, customers, limits and versions."""
    publish(judged)
    page = _text(judged)
    headings = re.findall(r"^  <h2>(.*?)</h2>", page, re.MULTILINE)
    assert headings == [
        "Promises kept and broken", "Penalties by contract", "The queue now",
        "How good the model is, beside the rule it replaces", "Customers at risk",
        "Known limits", "What this was computed from",
    ]  # fmt: skip
    for said in ("30 tickets are open; 6 have broken a promise already, 21 more will probably",
                 "24 June 2026, 13:", "CEST", "C004", "40 tickets in 28 days", "Service desk",
                 "platinum", "2026.1", "one class only", "the group&#39;s past breach rate",
                 "6 tickets; the first 5 of them"):  # fmt: skip
        assert said in page


def test_the_verdict_comes_first(workspace: Workspace) -> None:
    """The first heading is a sentence on whether promises are kept better or worse."""
    page = _text(workspace)
    assert re.search(r"<h1>(.*?)</h1>", page, re.DOTALL)[1].endswith(".")  # type: ignore[index]  # it is there
    assert page.index("<h1>") < page.index("of the resolution promises") < page.index("<h2>")


def test_without_run_and_evaluation_it_says_what_to_do(workspace: Workspace) -> None:
    """Nothing is published or judged yet: the sections name the commands."""
    page = _text(workspace)
    assert "No queue is published yet: run <code>forewarn score</code>" in page
    assert "The model was not judged yet: run <code>forewarn evaluate</code>" in page


def test_without_tables_it_asks_for_an_ingest(workspace: Workspace) -> None:
    """A workspace that never read anything has no report."""
    shutil.rmtree(workspace.tables)
    with pytest.raises(DataError, match="forewarn ingest"):
        write_report(workspace)


def test_without_a_decided_promise_it_says_so(workspace: Workspace) -> None:
    """Only the last ticket that nobody has touched: no course, no shares, no crash."""
    data = workspace.root / "data"
    tickets = pq.read_table(data / "tickets.parquet")
    events = pq.read_table(data / "ticket_events.parquet")
    touched = pc.unique(events.filter(pc.field("kind") == "assigned")["ticket_id"])
    fresh = tickets.filter(~pc.field("ticket_id").isin(touched))
    pq.write_table(fresh.slice(len(fresh) - 1), data / "tickets.parquet")
    last = fresh["ticket_id"][-1]
    pq.write_table(events.filter(pc.field("ticket_id") == last), data / "ticket_events.parquet")
    ingest(workspace, rebuild=True)
    page = _text(workspace)
    assert "No promise has been decided yet." in page
    assert "Too few promises were decided" in page
    assert "vegaEmbed" not in page


def test_with_no_open_ticket_it_says_so(workspace: Workspace, publish: Publish) -> None:
    """An empty desk is a good sight, not an error."""
    publish(workspace, n=0)
    page = _text(workspace)
    assert "No ticket is open." in page
    assert "No customer is flagged." in page


def test_texts_of_tickets_are_escaped(workspace: Workspace, publish: Publish) -> None:
    """A subject with markup is shown as it is, and does nothing."""
    publish(workspace)
    page = _text(workspace)
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &#34;quotes&#34;" in page


def test_the_file_is_small_and_holds_no_outside_address(
    judged: Workspace, publish: Publish
) -> None:
    """Below 2 MB; the only addresses are the names of XML namespaces."""
    publish(judged)
    path = write_report(judged)
    addresses = set(re.findall(r"[a-z]+://[^\s\"'`\\)<]+", path.read_text("utf-8")))
    assert path.stat().st_size < 2_000_000
    assert {a for a in addresses if not a.startswith("http://www.w3.org/")} == set()


def test_equal_inputs_give_equal_bytes(judged: Workspace, publish: Publish) -> None:
    """The report can be compared with an earlier one."""
    publish(judged)
    first = write_report(judged).read_bytes()
    assert write_report(judged).read_bytes() == first


def test_times_are_in_the_configured_zone(workspace: Workspace) -> None:
    """The same instant in New York."""
    path: Path = workspace.config_path
    text = path.read_text("utf-8").replace(
        "  time_zone: Europe/Berlin\n\nschedule", "  time_zone: America/New_York\n\nschedule"
    )
    path.write_text(text, "utf-8")
    page = _text(Workspace(workspace.root))
    assert "EDT" in page
    assert "CEST" not in page
