"""``forewarn models list | explain | promote | rollback``: which versions there are, who serves."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.console import progress_bar, say
from pipelines.cli.options import (
    HERE,
    CsvOption,
    Form,
    JsonOption,
    WorkspaceOption,
    form_of,
    open_workspace,
)
from pipelines.cli.rows import Column, Row, emit, emit_json, printable
from pipelines.cli.tables import text_of
from pipelines.cli.words import local

if TYPE_CHECKING:
    from models.registry.versions import Version

app = typer.Typer(
    help="The versions of the model: which serves, which challenges, and whether it may.",
    no_args_is_help=True,
)
VersionArgument = Annotated[
    str | None,
    typer.Argument(help="A version, or champion, challenger, previous.", show_default="challenger"),
]


@app.command("list")
def list_models(
    *,
    log: Annotated[
        bool, typer.Option("--log", help="Show the decisions about what serves instead.")
    ] = False,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Show every version, newest first: what it learned from, how good, what the gate said.

    --log shows who promoted, forced, refused or rolled back what, when and why.
    """
    form = form_of(as_json=as_json, as_csv=as_csv)
    ws = open_workspace(workspace)
    zone = ws.config.report.time_zone
    if log:
        from pipelines.promoting import read_decisions

        emit(read_decisions(ws), columns=_log_columns(zone), form=form, title="Decisions")
        return
    from models.registry.versions import list_versions

    rows = [_row(version) for version in list_versions(ws)]
    if not rows:
        say("No model was registered yet: run 'forewarn train'.")
    if not rows and form is Form.TABLE:
        return
    emit(rows, columns=_columns(zone), form=form, title="Versions of the model")


@app.command(epilog="Examples: 'forewarn models explain champion', 'forewarn models explain 3'")
def explain(
    *,
    version: Annotated[
        str, typer.Argument(help="A version, or champion, challenger, previous.")
    ] = "champion",
    as_json: JsonOption = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Print a version's card: what it was made of, how good it is, what it weighs, its limits."""
    from models.registry.versions import find_version, load_version

    ws = open_workspace(workspace)
    found = find_version(ws, version)
    bundle = load_version(ws, found.version)
    if as_json:
        emit_json(
            _row(found)
            | {
                "parameters": dict(found.parameters),
                "digests": dict(bundle.digests),
                "importance": {m: model.importance() for m, model in bundle.models.items()},
                "prediction_sets": {m: c.to_json() for m, c in bundle.conformal.items()},
                "checks": [check.to_json() for check in bundle.checks],
                "card": found.card,
            }
        )
        return
    typer.echo(found.card)
    _print_word(found)


@app.command()
def promote(
    *,
    version: VersionArgument = None,
    force: Annotated[
        str | None,
        typer.Option(
            "--force", metavar="REASON", help="Promote all the same; the reason is written down."
        ),
    ] = None,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Let a version serve from the next scoring run on, if the gate lets it pass.

    The gate compares it with the champion and refuses with every reason; nothing changes then.
    """
    from pipelines import stages

    ws = open_workspace(workspace)
    if force is not None and not force.strip():
        raise typer.BadParameter("--force needs a reason in words")
    with progress_bar("gate") as progress:
        done = stages.run_promote(ws, version=version, force=force, progress=progress)
    if not done["is_new"]:
        say(f"version {done['version']} serves already; nothing was changed")
        return
    if force is not None and not done["verdict"]["passed"]:
        for reason in done["verdict"]["reasons"]:
            say(f"forced past: {reason}")
    say(f"version {done['version']} serves from the next 'forewarn score' on")
    if done["before"]:
        say(f"'forewarn models rollback' goes back to version {done['before']}")


@app.command()
def rollback(
    *,
    to: Annotated[
        str | None, typer.Option(metavar="VERSION", help="Not the previous one but this.")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Why; it is written down.")] = None,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Let the previous champion serve again from the next scoring run on; no gate is asked."""
    from pipelines import stages

    done = stages.run_rollback(open_workspace(workspace), version=to, reason=reason)
    say(f"version {done['version']} serves again from the next 'forewarn score' on")
    say(f"version {done['before']} is called previous now")


def _row(version: "Version") -> dict[str, Any]:
    return {
        "version": version.version,
        "aliases": list(version.aliases),
        "created_at": version.created_at.to_pydatetime(),
        "cutoff": version.cutoff,
        "brier": dict(version.briers),
        "policy_version": version.parameters.get("policy_version"),
        "seed": version.seed,
        "commit": version.commit,
        "digest": version.digest,
        "gate": None if version.verdict is None else version.verdict["passed"],
        "reasons": [] if version.verdict is None else list(version.verdict["reasons"]),
    }


def _print_word(version: "Version") -> None:
    if version.verdict is None:
        typer.echo("The gate has not judged this version.")
        return
    word = "passed" if version.verdict["passed"] else "refused it"
    typer.echo(f"The gate {word}." if word == "refused it" else "It passed the gate.")
    for reason in version.verdict["reasons"]:
        typer.echo(printable(f"  - {reason}"))


def _gate(row: Row) -> str:
    return {None: "", True: "passed", False: "refused"}[row["gate"]]


def _briers(row: Row) -> str:
    return ", ".join(f"{m.replace('_', ' ')} {b:.3f}" for m, b in sorted(row["brier"].items()))


def _cutoff(row: Row, zone: str) -> str:
    """The registry keeps it as text; versions of before may have none."""
    cutoff = row["cutoff"]
    return local(dt.datetime.fromisoformat(cutoff) if cutoff else None, time_zone=zone)


def _columns(zone: str) -> tuple[Column, ...]:
    return (
        Column("version", text_of("version"), "right", style="bold"),
        Column("serves as", lambda row: ", ".join(row["aliases"])),
        Column("trained", lambda row: local(row["created_at"], time_zone=zone)),
        Column("learned until", lambda row: _cutoff(row, zone)),
        Column("Brier before the cutoff", _briers),
        Column("policies", text_of("policy_version")),
        Column("seed", text_of("seed"), "right"),
        Column("commit", lambda row: str(row["commit"] or "")[:10]),
        Column("gate", _gate),
    )


def _log_columns(zone: str) -> tuple[Column, ...]:
    return (
        Column("when", lambda row: local(row["happened_at"], time_zone=zone)),
        Column("what", lambda row: str(row["kind"]).replace("_", " "), style="bold"),
        Column("version", text_of("version"), "right"),
        Column("before", text_of("before"), "right"),
        Column("by", text_of("actor")),
        Column("why", _why, ratio=1),
    )


def _why(row: Row) -> str:
    reasons = (row["verdict"] or {}).get("reasons") or []
    return str(row["reason"] or "; ".join(reasons))
