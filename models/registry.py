"""The only module that knows MLflow: versions, aliases, figures, and fetching by file.

A registry is treated as hostile storage: files are fetched, checked and rehearsed; nothing
that MLflow could load by running code is ever loaded. Everything works offline with SQLite.
"""

import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from forewarn.errors import ModelError
from forewarn.workspace import Workspace
from models.bundle import ModelBundle, load_bundle
from models.card import model_card
from models.champion import (
    adopt,
    bundle_folder,
    install,
    keep_bundle,
    load_champion,
    shadow,
)
from models.plots import write_plots
from models.registry_content import (
    documents,
    fit_figures,
    headline_figures,
    parameters,
    pip_requirements,
    signature_inputs,
)

__all__ = [
    "Registered",
    "fetch_champion",
    "load_champion",
    "log_evaluation",
    "promote",
    "register",
]

NAME = "forewarn"
CHAMPION, CHALLENGER, PREVIOUS = "champion", "challenger", "previous"
_METRICS_AT_ONCE = 500
_SETTINGS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
}


@dataclass(frozen=True)
class Registered:
    """A version of the model. ``alias``: champion (it serves) or challenger; ``is_new``."""

    version: str
    alias: str
    digest: str
    is_new: bool


def register(
    ws: Workspace,
    bundle: ModelBundle,
    *,
    evaluation: Mapping[str, Any] | None = None,
    promote: bool = False,
) -> Registered:
    """Rehearse, log and register a bundle; the first version, or if told so, becomes champion.

    A bundle that is registered already keeps its version. Raises ModelError where the model
    does not load or the registry cannot be written.
    """
    digest = keep_bundle(ws, bundle)
    with registry_client(ws) as client:
        version = _version_of(client, digest)
        is_new = version is None
        if version is None:
            version = _log(client, ws, bundle, digest=digest, evaluation=evaluation)
        champion = aliases_of(client).get(CHAMPION)
        serves = promote or champion is None or champion == version
        if serves and champion != version:
            _move_champion(client, version, before=champion)
        elif not serves:
            client.set_registered_model_alias(NAME, CHALLENGER, version)
    if serves:
        install(ws, version=version, digest=digest)
    else:
        shadow(ws, version=version, digest=digest)
    return Registered(version, CHAMPION if serves else CHALLENGER, digest, is_new)


def log_evaluation(ws: Workspace, evaluation: Mapping[str, Any], *, version: str) -> None:
    """Add a backtest's figures with intervals, plots and the new card to a version's run."""
    with registry_client(ws) as client:
        found = client.get_model_version(NAME, version)
        bundle = fetch_version(client, ws, version)
        _log_figures(client, found.run_id, evaluation, model_id=found.tags.get("model_id"))
        card = model_card(bundle, time_zone=ws.config.report.time_zone, evaluation=evaluation)
        client.log_text(found.run_id, card, "model_card.md")
        client.update_model_version(NAME, version, description=card)


def promote(ws: Workspace, *, version: str) -> str | None:
    """Let a registered version serve from the next scoring run on; gives the one before.

    A challenger that is promoted challenges no more.
    """
    with registry_client(ws) as client:
        aliases = aliases_of(client)
        before = aliases.get(CHAMPION)
        fetch_version(client, ws, version)
        if before != version:
            _move_champion(client, version, before=before)
        if aliases.get(CHALLENGER) == version:
            client.delete_registered_model_alias(NAME, CHALLENGER)
        digest = client.get_model_version(NAME, version).tags["manifest"]
    install(ws, version=version, digest=digest)
    return before


def fetch_champion(ws: Workspace) -> ModelBundle:
    """The champion as the registry has it now: fetched, checked, rehearsed and installed.

    Raises ModelError where the registry is away or has none, or the files are not sound.
    """
    refuse_empty(ws)
    with registry_client(ws) as client:
        version = aliases_of(client).get(CHAMPION)
        if version is None:
            raise ModelError("the registry has no champion: run 'forewarn train'")
        bundle = fetch_version(client, ws, version)
        digest = client.get_model_version(NAME, version).tags["manifest"]
    install(ws, version=version, digest=digest)
    return bundle


def fetch_version(client: Any, ws: Workspace, version: str) -> ModelBundle:
    """A version's bundle: its files fetched, every byte checked, rehearsed, kept."""
    import mlflow.artifacts

    digest = client.get_model_version(NAME, version).tags.get("manifest", "")
    source = client.get_model_version_download_uri(NAME, version)
    ws.models.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="fetch-", dir=ws.models) as folder:
        path = mlflow.artifacts.download_artifacts(
            artifact_uri=source, dst_path=folder, tracking_uri=ws.mlflow_url
        )
        bundle = load_bundle(Path(path), digest=digest)
        adopt(ws, Path(path), digest=digest)
    return replace(bundle, version=version)


def _log(
    client: Any,
    ws: Workspace,
    bundle: ModelBundle,
    *,
    digest: str,
    evaluation: Mapping[str, Any] | None,
) -> str:
    """Log a run and register its bundle; the new version."""
    experiment = _experiment(client, ws)
    run_id = _log_run(client, experiment, bundle, digest=digest)
    model = client.create_logged_model(experiment, NAME, source_run_id=run_id)
    with tempfile.TemporaryDirectory() as folder:
        _describe(bundle, bundle_folder(ws, digest), Path(folder), model=model, run_id=run_id)
        client.log_model_artifacts(model.model_id, folder)
    client.finalize_logged_model(model.model_id, "READY")
    _log_metrics(client, run_id, fit_figures(bundle), model_id=model.model_id)
    if evaluation is not None:
        _log_figures(client, run_id, evaluation, model_id=model.model_id)
    card = model_card(bundle, time_zone=ws.config.report.time_zone, evaluation=evaluation)
    client.log_text(run_id, card, "model_card.md")
    client.set_terminated(run_id)
    if not client.search_registered_models(f"name = '{NAME}'"):
        client.create_registered_model(NAME, description="Breach models of forewarn")
    version = client.create_model_version(
        NAME,
        source=model.artifact_location,
        run_id=run_id,
        tags={"manifest": digest, "model_id": model.model_id},
        description=card,
    )
    return str(version.version)


def _experiment(client: Any, ws: Workspace) -> str:
    """The experiment's id; made where there is none. Files lie beside a SQLite database."""
    found = client.get_experiment_by_name(NAME)
    if found is not None:
        return str(found.experiment_id)
    is_local = ws.mlflow_url.startswith("sqlite:")
    place = (ws.models / "artifacts").resolve().as_uri() if is_local else None
    return str(client.create_experiment(NAME, artifact_location=place))


def _log_run(client: Any, experiment: str, bundle: ModelBundle, *, digest: str) -> str:
    """A run with parameters, digests and the data set as its input; returns its id."""
    from mlflow.entities import Dataset, DatasetInput, InputTag, Param

    tags = {f"digest.{name}": value for name, value in bundle.digests.items()}
    name = f"cutoff {bundle.cutoff:%Y-%m-%d %H:%M}"
    run = client.create_run(experiment, run_name=name, tags={**tags, "manifest": digest})
    run_id = str(run.info.run_id)
    client.log_batch(run_id, params=[Param(k, v) for k, v in parameters(bundle).items()])
    data = bundle.digests.get("data", "unknown")
    source = json.dumps({"digest": data})
    made = Dataset(name="history", digest=data[:36], source_type="local", source=source)
    client.log_inputs(run_id, [DatasetInput(made, [InputTag("mlflow.data.context", "training")])])
    for file, content in documents(bundle).items():
        client.log_dict(run_id, content, file)
    return run_id


def _log_figures(
    client: Any, run_id: str, evaluation: Mapping[str, Any], *, model_id: str | None
) -> None:
    """The backtest's headline as metrics with the ends of their intervals; JSON and plots."""
    _log_metrics(client, run_id, headline_figures(evaluation), model_id=model_id)
    client.log_dict(run_id, dict(evaluation), "evaluation.json")
    with tempfile.TemporaryDirectory() as folder:
        if write_plots(evaluation, Path(folder)):
            client.log_artifacts(run_id, folder, "plots")


def _log_metrics(
    client: Any, run_id: str, values: Mapping[str, float], *, model_id: str | None
) -> None:
    from mlflow.entities import Metric

    now = int(time.time() * 1000)
    metrics = [Metric(name, value, now, 0, model_id=model_id) for name, value in values.items()]
    for start in range(0, len(metrics), _METRICS_AT_ONCE):
        client.log_batch(run_id, metrics=metrics[start : start + _METRICS_AT_ONCE])


def _describe(bundle: ModelBundle, source: Path, folder: Path, *, model: Any, run_id: str) -> None:
    """Our files, and MLflow's description beside them: signature, no flavour that could load."""
    from mlflow.models import Model
    from mlflow.models.signature import ModelSignature
    from mlflow.types.schema import ColSpec, Schema

    inputs = [ColSpec(t, n, required=False) for n, t in signature_inputs(bundle).items()]
    outputs = [ColSpec("double", f"{metric}_breach_probability") for metric in bundle.models]
    shutil.copytree(source, folder, dirs_exist_ok=True)
    Model(
        artifact_path=model.artifact_location,
        run_id=run_id,
        model_uuid=model.model_id,
        model_id=model.model_id,
        signature=ModelSignature(Schema(inputs), Schema(outputs)),
    ).save(str(folder / "MLmodel"))
    (folder / "requirements.txt").write_text("\n".join(pip_requirements(bundle)) + "\n", "utf-8")


def _version_of(client: Any, digest: str) -> str | None:
    found = client.search_model_versions(f"name = '{NAME}' and tags.manifest = '{digest}'")
    return str(found[0].version) if found else None


def aliases_of(client: Any) -> dict[str, str]:
    """Alias: version; empty before the first registration."""
    for model in client.search_registered_models(f"name = '{NAME}'"):
        return {alias: str(version) for alias, version in model.aliases.items()}
    return {}


def _move_champion(client: Any, version: str, *, before: str | None) -> None:
    if before is not None:
        client.set_registered_model_alias(NAME, PREVIOUS, before)
    client.set_registered_model_alias(NAME, CHAMPION, version)


def refuse_empty(ws: Workspace) -> None:
    """Reading must not make a database."""
    prefix = "sqlite:///"
    if ws.mlflow_url.startswith(prefix) and not Path(ws.mlflow_url.removeprefix(prefix)).exists():
        raise ModelError("no model was registered yet: run 'forewarn train'")


@contextmanager
def registry_client(ws: Workspace) -> Iterator[Any]:
    """A client of the configured registry; its failures become ModelError."""
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    import logging

    ws.state.mkdir(parents=True, exist_ok=True)
    logging.getLogger("mlflow.store.db.utils").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield MlflowClient(tracking_uri=ws.mlflow_url, registry_uri=ws.mlflow_url)
    except (MlflowException, SQLAlchemyError, OSError) as error:
        lines = str(error).strip().splitlines() or ["no message"]
        raise ModelError(
            f"the model registry failed ({type(error).__name__}): {lines[0][:300]}"
        ) from error
