"""The preview of internal targets, over the tables and the history of one ingest."""

from typing import TYPE_CHECKING

from forewarn.errors import DataError, ModelError
from forewarn.progress import Progress, silent
from forewarn.workspace import Workspace
from pipelines.reading import part_of, read_history

if TYPE_CHECKING:
    import pandas as pd

    from forewarn.config import TighteningConfig
    from forewarn.tables import Tables
    from models.work import WorkModel
    from serving.replay import Window
    from serving.tighten_preview import Preview


def preview_tightening(
    ws: Workspace,
    settings: "TighteningConfig",
    *,
    since: "pd.Timestamp | None",
    until: "pd.Timestamp | None",
    file: str = "forewarn.yaml",
    progress: Progress = silent,
) -> "tuple[Preview, Window, Tables]":
    """What the rules of ``file`` would have done to the window.

    Raises DataError without any rule, ConfigError where one looks at a column that is not there.
    """
    from serving.replay import window_of
    from serving.tighten import condition_features
    from serving.tighten_preview import preview_targets

    if not settings.rules:
        raise DataError(
            f"{file}: there is no rule in sla.tighten; docs/policies.md tells how to write one"
        )
    tables, history = read_history(ws, progress=part_of(progress, 0.0, 0.4))
    condition_features(history, settings, file=file)
    window = window_of(tables, since=since, until=until)
    found = preview_targets(
        tables, history, ws.config, settings=settings, work=_work_model(ws), window=window,
        progress=part_of(progress, 0.4, 1.0),
    )  # fmt: skip
    return found, window, tables


def _work_model(ws: Workspace) -> "WorkModel":
    """The champion's, or the same work for every ticket where none serves."""
    from models.registry import load_champion
    from models.work import assumed_work

    try:
        return load_champion(ws).work
    except ModelError as error:
        return assumed_work(f"the same work for every ticket: {error}")
