"""The command ``forewarn``: a shell over the stages. Nothing heavy is imported for ``--help``."""

from pipelines.cli.app import app, main

__all__ = ["app", "main"]
