"""What a training leaves in MLflow: a run, its bundle as plain files, figures and plots."""

import json
import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from forewarn.workspace import Workspace
from models.bundle import ModelBundle
from models.card import model_card
from models.champion import bundle_folder
from models.plots import write_plots
from models.registry.client import NAME
from models.registry.content import (
    documents,
    fit_figures,
    headline_figures,
    parameters,
    pip_requirements,
    signature_inputs,
)

_METRICS_AT_ONCE = 500


def log_bundle(
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
        log_figures(client, run_id, evaluation, model_id=model.model_id)
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


def log_figures(
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
