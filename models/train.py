"""One training: what was known at the cutoff in, a bundle of models out."""

from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pandas as pd

from features.build import build_features
from features.catalogue import feature_names
from features.history import History
from features.observations import landmark_observations, micros
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
from models.inner_windows import first_observed
from models.interventions import NOTHING_LOGGED, Logged, mark_treated, treated_share
from models.label_record import Record, record_labels
from models.lineage import library_versions, policy_digest, training_digests
from models.splits import history_end, pending_outcomes, training_outcomes
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
    names = feature_names(history, config)
    opened_from = config.training.opened_from
    progress("Training: observing clocks at their landmarks", 0.05)
    observations = landmark_observations(
        history,
        landmarks=config.training.landmarks,
        opened_from=None if opened_from is None else pd.Timestamp(opened_from),
    )
    treated = partial(_labelled, label=label, logged=logged, held_out=held_out, config=config)
    lesson = treated(history, observations, cutoff=until)
    _refuse_too_short(lesson, config=config)
    outcomes = lesson.reset_index(drop=True)
    pending = _pending(history, observations, cutoff=until, held_out=held_out, config=config)
    watched = pd.concat([outcomes, pending], ignore_index=True)
    progress(f"Training: {len(names)} features of {len(watched)} observations", 0.15)
    every = build(history, watched, names=names)
    models, refused = _fit_all(every, watched, config=config, progress=progress)
    features = every.iloc[: len(outcomes)]
    if not models:
        raise ModelError("; ".join(refused.values()) or "no service-level metric is configured")
    progress("Training: the exam", 0.6)
    exam = sit_exam(
        history, observations, lesson, features, config=config, label=treated, models=models
    )
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
        settings={
            **{k: str(v) for k, v in sorted(config.training.model_dump(mode="json").items())},
            "treated_share": f"{treated_share(outcomes):.6f}",
        },
        exam=exam,
        conformal=learn_conformal(exam, lesson, coverage=config.evidence.coverage),
        labels=record_labels(history, label(history, observations, cutoff=until)),
        checks=check_training(
            outcomes,
            features,
            settings=config.promotion,
            past=_told_of_past(history, config, observations, champion, label=label),
            champion=champion,
        ),
    )


def training_cutoff(
    history: History, config: Config, *, cutoff: pd.Timestamp | None = None
) -> pd.Timestamp:
    """The instant before which everything learned was known, in UTC."""
    chosen = cutoff if cutoff is not None else config.training.cutoff
    return history_end(history) if chosen is None else pd.Timestamp(chosen).tz_convert("UTC")


def _pending(
    history: History,
    observations: pd.DataFrame,
    *,
    cutoff: pd.Timestamp,
    held_out: Collection[str],
    config: Config,
) -> pd.DataFrame:
    """What was still open at the cutoff or due behind it, for the hazard; none where unasked."""
    may = ~observations["ticket_id"].isin(list(held_out)) & ("hazard" in config.training.parts)
    return pending_outcomes(history, observations[may], cutoff=cutoff)


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


def _labelled(
    history: History,
    observations: pd.DataFrame,
    *,
    cutoff: pd.Timestamp,
    label: Label,
    logged: Logged,
    held_out: Collection[str],
    config: Config,
) -> pd.DataFrame:
    """Outcomes of what may be learned from, with what the log says of treatment."""
    every = label(history, observations, cutoff=cutoff)
    outcomes = every[~every["ticket_id"].isin(list(held_out))]
    return mark_treated(outcomes, logged, settings=config.interventions)


def _refuse_too_short(outcomes: pd.DataFrame, *, config: Config) -> None:
    """A history too short to hold an ordinary month teaches its own accidents."""
    least = config.training.minimum_span
    first = first_observed(outcomes) if len(outcomes) else outcomes["as_of"]
    span = first.max() - first.min() if len(first) else pd.Timedelta(0)
    if span < least:
        raise ModelError(
            f"the decided tickets span {span / pd.Timedelta(days=1):.1f} days, training needs "
            f"{least / pd.Timedelta(days=1):g} (training.minimum_span); until then the rules serve"
        )
