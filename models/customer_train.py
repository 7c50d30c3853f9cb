"""Customer models as a part of a training: open risk foretold by smaller breach models first."""

import pandas as pd

from features.history import History
from forewarn.config import Config
from forewarn.errors import ModelError
from models.breach import BreachModel, fit_breach_model
from models.customer_fit import EVENTS, Learned, fit_customers
from models.splits import training_outcomes

_WEEKS = 26
_RISK_TREES = 80
_PLACE = ["clock", "as_of", "landmark"]


def train_customers(
    history: History,
    config: Config,
    *,
    observations: pd.DataFrame,
    outcomes: pd.DataFrame,
    features: pd.DataFrame,
    cutoff: pd.Timestamp,
) -> Learned:
    """Models of customers from the last half year before the cutoff, or half of what there is.

    The open risk of those weeks is the sum of P(breach) by models of what was decided before
    them, so that no week's risk knows its own outcome. ``observations``: at their landmarks;
    ``outcomes``: of those decided before the cutoff, ``features`` of the same rows.
    """
    begins = weeks_from(history, cutoff=cutoff)
    decided = training_outcomes(history, observations, cutoff=begins)
    place = pd.MultiIndex.from_frame(outcomes[_PLACE])
    rows = place.get_indexer(pd.MultiIndex.from_frame(decided[_PLACE]))
    seen = features.iloc[rows].reset_index(drop=True)
    try:
        risk = _fit_risk(seen, decided.reset_index(drop=True), config)
    except ModelError as error:
        return Learned(
            {}, dict.fromkeys(EVENTS, f"no open risk can be told: {error}"), pd.DataFrame()
        )
    return fit_customers(
        history,
        cutoff=cutoff,
        risk_from=begins,
        risk=risk,
        metrics=config.sla.metrics,
        k=config.queue.customer_flags,
        seed=config.training.seeds[0],
    )


def weeks_from(history: History, *, cutoff: pd.Timestamp) -> pd.Timestamp:
    """Where the weeks begin: half a year before the cutoff, or in the middle of the history."""
    origin = pd.Timestamp(int(history.about["origin"]), unit="us", tz="UTC")
    return max(cutoff - pd.Timedelta(weeks=_WEEKS), origin + (cutoff - origin) / 2)


def _fit_risk(
    features: pd.DataFrame, outcomes: pd.DataFrame, config: Config
) -> dict[str, BreachModel]:
    trees = min(_RISK_TREES, config.training.trees)
    training = config.training.model_copy(update={"trees": trees, "parts": ("trees",)})
    small = config.model_copy(update={"training": training})
    seed = config.training.seeds[0]
    return {
        metric: fit_breach_model(features, outcomes, metric=metric, config=small, seed=seed)
        for metric in config.sla.metrics
    }
