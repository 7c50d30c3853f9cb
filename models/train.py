"""One training: what was known at the cutoff in, a bundle of models out."""

from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pandas as pd

from features.build import build_features
from features.catalogue import feature_names
from features.history import History
from features.observations import micros
from forewarn.config import METRICS, Config
from forewarn.errors import ModelError
from forewarn.progress import Progress, silent
from forewarn.tables import read_tables
from forewarn.workspace import Workspace
from models.breach import BreachModel, fit_breach_model
from models.bundle import ModelBundle
from models.conformal import learn_conformal
from models.customer_train import train_customers
from models.exam_sitting import Label, sit_exam
from models.golden import choose_golden, choose_golden_work
from models.interventions import NOTHING_LOGGED, Logged, treated_share
from models.label_record import Record, record_labels
from models.lineage import library_versions, policy_digest, training_digests
from models.splits import history_end, training_outcomes
from models.teaching import labelled, teach
from models.training_checks import check_training
from models.work_fit import fit_work

Build = Callable[..., pd.DataFrame]
_GOLDEN_FROM = 2000  # observations of which some become golden rows of the work


def train(
    ws: Workspace,
    history: History,
    config: Config,
    *,
    cutoff: pd.Timestamp | None = None,
    build: Build = build_features,
    label: Label = training_outcomes,
    champion: ModelBundle | None = None,
    logged: Logged = NOTHING_LOGGED,
    held_out: Collection[str] = (),
    progress: Progress = silent,
) -> ModelBundle:
    """A model per metric from everything decided before the cutoff, and the work averages.

    ``cutoff``: given, or ``training.cutoff``, or the end of the data. ``build``: makes the
    features, as ``build_features`` does; ``label`` the outcomes, as ``training_outcomes``.
    ``champion``: serves now; the data are checked against what it learned. ``logged``: scores
    and actions, by which treated tickets are told. ``held_out``: ids of the golden set's
    tickets, which no model learns from. A metric that cannot be learned is in
    ``refused`` with its reason; raises ModelError where none can.
    """
    until = training_cutoff(history, config, cutoff=cutoff)
    names, seed = feature_names(history, config), config.training.seeds[0]
    progress("Training: observing clocks at their landmarks", 0.05)
    treated = partial(labelled, label=label, logged=logged, held_out=held_out, config=config)
    taught = teach(history, config, cutoff=until, label=treated, held_out=held_out)
    outcomes = taught.outcomes
    progress(f"Training: {len(names)} features of {len(taught.watched)} observations", 0.15)
    every = build(history, taught.watched, names=names)
    models, refused = _fit_all(every, taught.watched, config=config, progress=progress)
    features = every.iloc[: len(outcomes)]
    if not models:
        raise ModelError("; ".join(refused.values()) or "no service-level metric is configured")
    progress("Training: the exam", 0.6)
    exam = sit_exam(
        history, taught.observations, taught.lesson, features,
        config=config, label=treated, models=models,
    )  # fmt: skip
    progress("Training: work per touch", 0.9)
    work = fit_work(read_tables(ws.tables), history, config, cutoff=micros(until), build=build)
    progress("Training: customers", 0.93)
    learned = train_customers(
        history, config, observations=taught.observations, outcomes=outcomes,
        features=features, cutoff=until,
    )  # fmt: skip
    golden = {
        metric: choose_golden(model, features[outcomes["metric"] == metric], seed=seed)
        for metric, model in models.items()
    }
    seen = build(history, outcomes.tail(_GOLDEN_FROM), names=work.feature_names)
    past = _told_of_past(history, config, taught.observations, champion, label=label)
    return ModelBundle(
        models=models,
        refused=refused,
        work=work,
        cutoff=until,
        feature_names=names,
        digests=training_digests(history, config),
        policy_version=config.sla.version,
        golden=golden,
        golden_work=choose_golden_work(work, seen, seed=seed),
        customers=learned.models,
        golden_customers={
            event: choose_golden(model, learned.features, seed=seed)
            for event, model in learned.models.items()
        },
        customers_refused=learned.refused,
        versions=library_versions(),
        settings=_settings_told(config, outcomes),
        exam=exam,
        conformal=learn_conformal(exam, taught.lesson, coverage=config.evidence.coverage),
        labels=record_labels(history, label(history, taught.observations, cutoff=until)),
        checks=check_training(
            outcomes, features, settings=config.promotion, past=past, champion=champion
        ),
    )


def _settings_told(config: Config, outcomes: pd.DataFrame) -> dict[str, str]:
    """What the training was set to, and how much of its lesson had been treated, as text."""
    settings = sorted(config.training.model_dump(mode="json").items())
    return {
        **{name: str(value) for name, value in settings},
        "treated_share": f"{treated_share(outcomes):.6f}",
    }


def training_cutoff(
    history: History, config: Config, *, cutoff: pd.Timestamp | None = None
) -> pd.Timestamp:
    """The instant before which everything learned was known, in UTC."""
    chosen = cutoff if cutoff is not None else config.training.cutoff
    return history_end(history) if chosen is None else pd.Timestamp(chosen).tz_convert("UTC")


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


def _told_of_past(
    history: History,
    config: Config,
    observations: pd.DataFrame,
    champion: ModelBundle | None,
    *,
    label: Label,
) -> Record | None:
    """What this history tells of the champion's time; None where other promises hold now."""
    if champion is None or champion.digests.get("policy") != policy_digest(config):
        return None
    return record_labels(history, label(history, observations, cutoff=champion.cutoff))
