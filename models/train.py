"""One training: what was known at the cutoff in, a bundle of models out."""

import hashlib
import json
import platform
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from importlib.metadata import version as installed_version
from pathlib import Path

import pandas as pd

from features.build import build_features
from features.catalogue import declared_features, feature_names
from features.history import History
from features.observations import landmark_observations, micros
from forewarn import __version__
from forewarn.config import METRICS, Config, clock_settings
from forewarn.errors import ModelError
from forewarn.progress import Progress, silent
from forewarn.tables import read_tables
from forewarn.workspace import Workspace
from models.breach import BreachModel, fit_breach_model
from models.bundle import ModelBundle
from models.customer_train import train_customers
from models.golden import choose_golden, choose_golden_work
from models.splits import history_end, training_outcomes
from models.work_fit import fit_work

Build = Callable[..., pd.DataFrame]
_GOLDEN_FROM = 2000  # observations of which some become golden rows of the work
_LIBRARIES = ("numpy", "pandas", "scikit-learn", "lightgbm")


def train(
    ws: Workspace,
    history: History,
    config: Config,
    *,
    cutoff: pd.Timestamp | None = None,
    build: Build = build_features,
    progress: Progress = silent,
) -> ModelBundle:
    """A model per metric from everything decided before the cutoff, and the work averages.

    ``cutoff``: given, or ``training.cutoff``, or the end of the data. ``build``: makes the
    features, as ``build_features`` does. A metric that cannot be learned is in ``refused`` with
    its reason; raises ModelError where none can.
    """
    until = training_cutoff(history, config, cutoff=cutoff)
    names = feature_names(history, config)
    opened_from = config.training.opened_from
    progress("Training: observing clocks at their landmarks", 0.05)
    observations = landmark_observations(
        history,
        landmarks=config.training.landmarks,
        opened_from=None if opened_from is None else pd.Timestamp(opened_from),
    )
    outcomes = training_outcomes(history, observations, cutoff=until).reset_index(drop=True)
    progress(f"Training: {len(names)} features of {len(outcomes)} observations", 0.15)
    features = build(history, outcomes, names=names)
    models, refused = _fit_all(features, outcomes, config=config, progress=progress)
    if not models:
        raise ModelError("; ".join(refused.values()) or "no service-level metric is configured")
    progress("Training: work per touch", 0.9)
    seed = config.training.seeds[0]
    tables = read_tables(ws.tables)
    work = fit_work(tables, history, config, cutoff=micros(until), build=build)
    progress("Training: customers", 0.93)
    learned = train_customers(
        history, config, observations=observations, outcomes=outcomes,
        features=features, cutoff=until,
    )  # fmt: skip
    seen = build(history, outcomes.tail(_GOLDEN_FROM), names=work.feature_names)
    return ModelBundle(
        models=models,
        refused=refused,
        work=work,
        cutoff=until,
        feature_names=names,
        digests=training_digests(history, config),
        policy_version=config.sla.version,
        golden={
            metric: choose_golden(model, features[outcomes["metric"] == metric], seed=seed)
            for metric, model in models.items()
        },
        golden_work=choose_golden_work(work, seen, seed=seed),
        customers=learned.models,
        golden_customers={
            event: choose_golden(model, learned.features, seed=seed)
            for event, model in learned.models.items()
        },
        customers_refused=learned.refused,
        versions=library_versions(),
        settings={k: str(v) for k, v in sorted(config.training.model_dump(mode="json").items())},
    )


def training_cutoff(
    history: History, config: Config, *, cutoff: pd.Timestamp | None = None
) -> pd.Timestamp:
    """The instant before which everything learned was known, in UTC."""
    chosen = cutoff if cutoff is not None else config.training.cutoff
    return history_end(history) if chosen is None else pd.Timestamp(chosen).tz_convert("UTC")


def training_digests(history: History, config: Config) -> dict[str, str]:
    """Hashes of what a training depends on."""
    declared = {f.name: asdict(f) for f in declared_features(history)}
    return {
        "data": history.digest,
        "features": _digest([declared[name] for name in feature_names(history, config)]),
        "policy": _digest(clock_settings(config.sla)),
        "settings": _digest(config.training.model_dump(mode="json")),
    }


def library_versions() -> dict[str, str]:
    """Of what can change a model: the libraries, Python, forewarn and its commit."""
    found = {name: installed_version(name) for name in _LIBRARIES}
    found |= {"python": platform.python_version(), "forewarn": __version__}
    commit = source_commit(Path(__file__).parents[1])
    return found | ({"commit": commit} if commit else {})


def source_commit(root: Path) -> str | None:
    """The commit that is checked out at ``root``; None where it is no repository."""
    try:
        head = (root / ".git" / "HEAD").read_text("utf-8").strip()
        if not head.startswith("ref: "):
            return head
        return (root / ".git" / head.removeprefix("ref: ")).read_text("utf-8").strip()
    except OSError:
        return None


def _fit_all(
    features: pd.DataFrame, outcomes: pd.DataFrame, *, config: Config, progress: Progress
) -> tuple[dict[str, BreachModel], dict[str, str]]:
    """The metrics side by side: a fit keeps one core busy. Models, and reasons for none."""
    metrics = [metric for metric in METRICS if metric in config.sla.metrics]
    progress(f"Training: {' and '.join(metrics).replace('_', ' ')}", 0.3)

    def fit(metric: str) -> BreachModel | str:
        try:
            return fit_breach_model(
                features, outcomes, metric=metric, config=config, seed=config.training.seeds[0]
            )
        except ModelError as error:
            return str(error)

    with ThreadPoolExecutor(max_workers=2) as pool:
        found = dict(zip(metrics, pool.map(fit, metrics), strict=True))
    models: dict[str, BreachModel] = {}
    refused: dict[str, str] = {}
    for metric, result in found.items():
        if isinstance(result, BreachModel):
            models[metric] = result
        else:
            refused[metric] = result
    return models, refused


def _digest(value: list[Mapping[str, object]] | Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()
