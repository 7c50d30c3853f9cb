"""``forewarn schema``: the JSON Schema of ``forewarn.yaml``, for editors."""

import typer

from pipelines.cli.rows import emit_json


def schema() -> None:
    """Print the JSON Schema of forewarn.yaml (for completion in an editor)."""
    from forewarn.config import Config

    emit_json(Config.model_json_schema())


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(rich_help_panel="Set up")(schema)
