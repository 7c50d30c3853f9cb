"""``forewarn features …`` on four tickets, two of them open, and on the demo desk."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import Result
from typer.testing import CliRunner

from features.catalogue import declared_features
from features.document import document_features
from forewarn.errors import ConfigError, DataError, ForewarnError
from forewarn.ingest import ingest
from forewarn.workspace import Workspace
from pipelines.cli import app
from pipelines.scaling import Cluster, cluster_features
from pipelines.stages import run_history
from serving.desk import read_desk


def run(ws: Workspace, *arguments: str) -> Result:
    """What a command did."""
    asked = ["features", *arguments, "--workspace", str(ws.root)]
    done = CliRunner().invoke(app, asked)
    if isinstance(done.exception, ForewarnError):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done


def rows(ws: Workspace, *arguments: str) -> list[dict[str, Any]]:
    """What a command prints as JSON."""
    found: list[dict[str, Any]] = json.loads(run(ws, *arguments, "--json").stdout)
    return found


@pytest.fixture
def tickets(workspace: Workspace) -> Workspace:
    """The four tickets, ingested; the data ends on 2 May at 10:00 UTC."""
    ingest(workspace)
    return workspace


def test_list_tells_what_models_see_and_why_not(tickets: Workspace) -> None:
    """By default, by the configuration, by the data, and for privacy."""
    text = tickets.config_path.read_text("utf-8")
    chosen = "features: {exclude: [time_weekday], include: [desk_breach_rate]}\n"
    tickets.config_path.write_text(text + chosen, "utf-8")
    ws = Workspace(tickets.root)
    found = {row["feature"]: row["unseen_because"] for row in rows(ws, "list")}
    assert {name: found[name] for name in (
        "time_hour", "desk_breach_rate", "time_weekday", "customer_open", "priority_breach_rate",
    )} == {
        "time_hour": None, "desk_breach_rate": None,
        "time_weekday": "excluded by features.exclude",
        "customer_open": "no fact behind it in this data",
        "priority_breach_rate": "off by default; features.include turns it on",
    }  # fmt: skip


def test_list_can_be_narrowed(tickets: Workspace) -> None:
    """To an entity, to what is on, to what is off; a table tells how many of all."""
    assert [row["feature"] for row in rows(tickets, "list", "--entity", "time")] == [
        "time_hour", "time_weekday", "created_hour", "created_weekday",
    ]  # fmt: skip
    seen, unseen = (rows(tickets, "list", way) for way in ("--on", "--off"))
    assert {row["is_seen"] for row in seen} == {True}
    assert {row["is_seen"] for row in unseen} == {False}
    assert len(seen) + len(unseen) == len(rows(tickets, "list"))
    done = run(tickets, "list", "--entity", "time", "--on")
    assert "created_weekday   time     now      weekday       yes" in done.stdout
    assert "4 of " in done.stderr


def test_list_as_csv_has_a_row_per_feature(tickets: Workspace) -> None:
    """With its declaration."""
    (row,) = [
        row
        for row in csv.DictReader(io.StringIO(run(tickets, "list", "--csv").stdout))
        if row["feature"] == "customer_tickets_7d"
    ]
    assert (row["measure"], row["window"], row["unit"], row["is_seen"]) == (
        "count", "7d", "facts", "False",
    )  # fmt: skip


def test_explain_tells_declaration_and_values(tickets: Workspace) -> None:
    """Seen at 0 h T1 to T4; at 2, 4, 6 and 7.2 of its 8 h T2 of priority 1."""
    lines = run(tickets, "explain", "ticket_priority").stdout.splitlines()
    assert [line for line in lines if line.startswith(("what", "key", "window", "models"))] == [
        "what        word of path, column priority",
        "key         the ticket",
        "window      all",
        "models see  yes",
    ]
    assert [line.strip() for line in lines[-4:]] == [
        "values      of 8 observations, 0 % null",
        "2 words, most frequent first:",
        "75 %  1",
        "25 %  2",
    ]


def test_explain_tells_quantiles_of_numbers(tickets: Workspace) -> None:
    """Every promise is eight hours long; as JSON too."""
    lines = run(tickets, "explain", "clock_target_hours").stdout.splitlines()
    assert lines[-4].split() == ["median", "8"]
    found = json.loads(run(tickets, "explain", "clock_target_hours", "--json").stdout)
    assert found["is_seen"] is True
    assert found["observations"]["quantiles"]["0.5"] == 8.0


def test_explain_answers_a_misspelt_name_with_close_ones(tickets: Workspace) -> None:
    """An error of its own exit code."""
    with pytest.raises(DataError, match="close to it: time_hour"):
        run(tickets, "explain", "time_huor")


def test_preview_shows_a_column_per_clock_by_entity(tickets: Workspace) -> None:
    """T3 has run for an hour of its eight when the data ends."""
    text = run(tickets, "preview", "T3").stdout
    assert text.startswith("T3 as of 2026-05-02 10:00 UTC")
    lines = [line.split() for line in text.splitlines()]
    assert ["clock_elapsed_share", "0.125", "share"] in lines
    assert ["feature", "resolution", "1", "unit"] in lines
    assert text.index("The clock") < text.index("The ticket") < text.index("The customer")


def test_preview_gives_what_scoring_computes(tickets: Workspace) -> None:
    """Number by number, at the instant of a scoring run."""
    found = json.loads(run(tickets, "preview", "T4", "--json").stdout)
    assert found["as_of"] == "2026-05-02T10:00:00.000001+00:00"
    assert [c["clock"] for c in found["clocks"]] == ["resolution_1"]
    history = run_history(tickets)
    names = [feature.name for feature in declared_features(history)]
    desk = read_desk(history, tickets.config, as_of=pd.Timestamp(found["as_of"]),
                     feature_names=names, tables=None)  # fmt: skip
    (row,) = desk.clocks.index[desk.clocks["ticket_id"] == "T4"]
    expected = desk.features.loc[row]
    values = {f["feature"]: f["values"]["resolution_1"] for f in found["features"]}
    assert set(values) == set(names)
    assert {n: v for n, v in values.items() if v is not None} == expected.dropna().to_dict()


def test_preview_of_the_past_shows_closed_tickets_as_csv(tickets: Workspace) -> None:
    """T1 was open at 09:00 on 1 May and is closed now."""
    asked = ("preview", "T1", "--as-of", "2026-05-01T09:00Z", "--csv")
    found = list(csv.DictReader(io.StringIO(run(tickets, *asked).stdout)))
    values = {row["feature"]: row["resolution_1"] for row in found}
    assert (values["clock_elapsed_share"], values["customer_tier"]) == ("0.125", "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("T9",), "no ticket 'T9'"),
        (("T1",), "'T1' had no open clock at 2026-05-02 10:00 UTC"),
        (("T1", "--as-of", "2026-05-01T09:00"), "has no time zone"),
    ],
)
def test_preview_refuses_what_it_cannot_show(
    tickets: Workspace, arguments: tuple[str, ...], message: str
) -> None:
    """An unknown ticket, one without an open clock, an instant without zone."""
    with pytest.raises(ForewarnError, match=message):
        run(tickets, "preview", *arguments)


def test_audit_of_few_tickets_tells_what_there_is(tickets: Workspace) -> None:
    """T1 seen once and kept, T2 seen five times and broken; T3 and T4 are not due."""
    found = json.loads(run(tickets, "audit", "--json").stdout)
    assert {row["n"] for row in found["features"]} == {6}
    by_name = {row["feature"]: row for row in found["features"]}
    assert by_name["clock_target_hours"]["remarks"] == "constant"
    assert by_name["customer_tier"]["remarks"] == "always null"
    assert by_name["clock_elapsed_share"]["auc_resolution"] == 0.9
    assert by_name["clock_elapsed_share"]["drift"] is None
    assert "on 6 observations" in found["summary"][0]
    assert found["summary"][-1] == "Suspicious: no feature knows an outcome nearly alone."


def test_audit_is_a_table_or_csv(tickets: Workspace) -> None:
    """The table ends with the summary; CSV has a row per feature."""
    text = run(tickets, "audit").stdout
    assert "AUC resolution" in text
    assert text.splitlines()[-1] == "Suspicious: no feature knows an outcome nearly alone."
    sampled = csv.DictReader(io.StringIO(run(tickets, "audit", "--sample", "3", "--csv").stdout))
    assert {row["n"] for row in sampled} == {"3"}


def test_audit_of_the_demo_desk_finds_no_leak(desk: Workspace) -> None:
    """Eight weeks: two counters of hand-overs say the same, nothing is suspicious."""
    ingest(desk)
    found = json.loads(run(desk, "audit", "--sample", "5000", "--json").stdout)
    by_name = {row["feature"]: row for row in found["features"]}
    assert by_name["ticket_groups"]["twin"] == "ticket_group_changes"
    assert [n for n, row in by_name.items() if row["suspicious_for"]] == []
    assert 0.7 < by_name["clock_elapsed_share"]["auc_resolution"] < 0.95


def test_without_observations_there_is_nothing_to_judge(tickets: Workspace) -> None:
    """All tickets are history only: features are told as declared, and that is no error."""
    text = tickets.config_path.read_text("utf-8")
    later = "training: {opened_from: 2027-01-01T00:00:00Z}\n"
    tickets.config_path.write_text(text + later, "utf-8")
    ws = Workspace(tickets.root)
    lines = run(ws, "explain", "clock_cycle").stdout.splitlines()
    assert lines[-1] == "values      no clock of this history was observed open"
    done = run(ws, "audit").stdout
    assert "nothing to judge them by" in done
    assert json.loads(run(ws, "audit", "--json").stdout)["features"][0]["coverage"] is None


def test_docs_prints_the_feature_page() -> None:
    """Without a workspace."""
    done = CliRunner().invoke(app, ["features", "docs"])
    assert (done.exit_code, done.stdout) == (0, document_features())


def test_build_writes_the_same_files_with_either_engine(tickets: Workspace, tmp_path: Path) -> None:
    """On this machine, and on two worker processes from tables in parts."""
    pytest.importorskip("distributed", reason="the extra 'dask' is not installed")
    here, there, tables = (str(tmp_path / name) for name in ("here", "there", "tables"))
    told = run(tickets, "build", here).stderr
    assert "of 8 observations of 4 tickets in 1 parts" in told  # T2 passes all landmarks
    run(tickets, "split", tables, "--parts", "3")
    run(tickets, "build", there, "--engine", "dask", "--workers", "2", "--tables", tables)
    frames = [built(folder) for folder in (here, there)]
    assert frames[0]["ticket_id"].tolist() == ["T1", "T2", "T3", "T4"]
    assert frames[0]["is_breached"].tolist()[:2] == [0.0, 1.0]
    pd.testing.assert_frame_equal(*frames, check_exact=True)
    assert not list((tickets.state / "cluster").iterdir())


def built(folder: str) -> pd.DataFrame:
    """What a folder of features holds, at the opening of each clock."""
    parts = [pd.read_parquet(path) for path in sorted(Path(folder).glob("*.parquet"))]
    rows = pd.concat(parts).sort_values(["ticket_id", "as_of"], ignore_index=True)
    return rows[rows["landmark"] == "opening"].reset_index(drop=True)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--scheduler", "tls://desk:8786"), "need --engine dask"),
        (("--tables", "parts"), "--tables needs --engine dask"),
        (("--engine", "dask", "--scheduler", "tls://desk:1", "--workers", "2"), "leave --workers"),
        (("--engine", "dask", "--scheduler", "tls://desk:1", "--tls-ca", "ca"), "belong together"),
    ],
)
def test_build_refuses_options_that_exclude_each_other(
    tickets: Workspace, options: tuple[str, ...], complaint: str
) -> None:
    """A usage error before anything is started."""
    asked = ["features", "build", "out", *options, "--workspace", str(tickets.root)]
    done = CliRunner().invoke(app, asked, env={"COLUMNS": "300"})
    assert (done.exit_code, complaint in " ".join(done.output.split())) == (2, True)


def test_workers_elsewhere_need_a_storage_that_they_reach(tickets: Workspace) -> None:
    """A folder of this machine would be another one there."""
    build = cluster_features(tickets, Cluster(scheduler="tls://desk:8786"))
    with pytest.raises(ConfigError, match=r"workers of tls://desk:8786 .*name a storage"):
        build(run_history(tickets), pd.DataFrame(), names=["time_hour"])
