"""``forewarn features explain``: one feature in words, and the values it takes."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.console import progress_bar
from pipelines.cli.feature_list import built_history
from pipelines.cli.options import HERE, JsonOption, WorkspaceOption, open_workspace
from pipelines.cli.rows import emit_json, printable
from pipelines.cli.words import plural, share

if TYPE_CHECKING:
    from forewarn.workspace import Workspace


def explain(
    *,
    name: Annotated[str, typer.Argument(metavar="NAME", help="As 'features list' shows it.")],
    as_json: JsonOption = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Tell one feature in words: what it is, what null means, and which values it takes.

    The values are those of every clock of the history at its landmarks.
    """
    ws = open_workspace(workspace)
    found = _explained(ws, name)
    if as_json:
        emit_json(found)
    else:
        for label, text in (*_declaration(found), *_values(found)):
            typer.echo(printable(f"{label:<12}{text}".rstrip()))


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(epilog="Example: 'forewarn features explain customer_breach_lift_28d'")(explain)


def _explained(ws: "Workspace", name: str) -> dict[str, Any]:
    from features.build import build_features
    from features.catalogue import unseen_because
    from features.explain import describe_feature, describe_values, find_feature
    from features.labelled import history_observations

    history = built_history(ws)
    feature = find_feature(history, name)
    with progress_bar("values"):
        observations = history_observations(history, ws.config)
        values = build_features(history, observations, names=[name])[name]
    why = unseen_because(history, ws.config, feature)
    return {
        **describe_feature(feature),
        "is_seen": why is None,
        "unseen_because": why,
        "observations": describe_values(values),
    }


def _declaration(found: dict[str, Any]) -> list[tuple[str, str]]:
    seen = "yes" if found["is_seen"] else f"no: {found['unseen_because']}"
    return [
        ("feature", found["feature"]),
        ("about", found["entity"]),
        ("what", found["what"]),
        ("stream", found["stream"]),
        ("key", found["key"]),
        ("measure", found["measure"]),
        ("window", found["window"]),
        ("unit", found["unit"]),
        ("null", found["null"]),
        ("why", found["why"]),
        ("models see", seen),
    ]


def _values(found: dict[str, Any]) -> list[tuple[str, str]]:
    values = found["observations"]
    if not values["n"]:
        return [("values", "no clock of this history was observed open")]
    told = [("values", f"of {plural(values['n'], 'observation')}, {_percent(values)} null")]
    if "words" in values:
        n_words = plural(values["n_words"], "word")
        words = [("", f"{share(part):>6}  {word}") for word, part in values["words"].items()]
        return [*told, ("", f"{n_words}, most frequent first:" if words else n_words), *words]
    return [
        *told,
        *(
            ("", f"{_place(float(part)):>8}  {value:,.4g}")
            for part, value in values["quantiles"].items()
        ),
    ]


def _percent(values: dict[str, Any]) -> str:
    return share(values["null_share"])


def _place(part: float) -> str:
    """The name of a quantile.

    >>> _place(0.5), _place(0.05)
    ('median', '5 %')
    """
    names = {0.0: "least", 0.5: "median", 1.0: "largest"}
    return names.get(part, f"{100 * part:.0f} %")
