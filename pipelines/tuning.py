"""The stage tune: settings of the trees by trial, kept as a study that can go on."""

from typing import TYPE_CHECKING

from forewarn.progress import Progress, silent
from forewarn.workspace import Workspace
from pipelines.locks import exclusive
from pipelines.reading import part_of, run_history

if TYPE_CHECKING:
    from models.tuning import Tuned


def run_tune(ws: Workspace, *, seconds: float, progress: Progress = silent) -> "Tuned":
    """Try settings for so long; the study is named after data, features and policy.

    Raises ModelError where too little was decided before the cutoff.
    """
    from features.build import build_features
    from features.catalogue import feature_names
    from features.observations import landmark_observations
    from models.lineage import training_digests
    from models.splits import training_outcomes
    from models.train import training_cutoff
    from models.tuning import tune

    config = ws.config
    history = run_history(ws, progress=part_of(progress, 0.0, 0.1))
    observations = landmark_observations(
        history, landmarks=config.training.landmarks, opened_from=config.training.opened_from
    )
    cutoff = training_cutoff(history, config)
    outcomes = training_outcomes(history, observations, cutoff=cutoff).reset_index(drop=True)
    features = build_features(history, outcomes, names=feature_names(history, config))
    digests = training_digests(history, config)
    study = "-".join([*(digests[k][:12] for k in ("data", "features", "policy")), str(cutoff)])
    ws.state.mkdir(parents=True, exist_ok=True)
    with exclusive(ws, "tuning", progress=progress):
        return tune(
            features,
            outcomes,
            config=config,
            seconds=seconds,
            storage=ws.state / "tuning.db",
            study=study,
            seed=config.training.seeds[0],
            progress=part_of(progress, 0.1, 1.0),
        )
