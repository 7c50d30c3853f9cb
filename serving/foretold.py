"""The desk as of an instant, with what the models say of its clocks where they can be used."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from features.catalogue import declared_features
from features.history import History
from forewarn.config import Config
from forewarn.errors import ModelError
from forewarn.tables import Tables
from models.bundle import ModelBundle
from serving.desk import Desk, read_desk
from serving.predict import breach_probabilities, degraded_because, expected_breach_at
from serving.said import said_of
from serving.telling import reason_features


@dataclass(frozen=True)
class Foretold:
    """The desk with what ``model`` says of its clocks; ``degraded``: why there is no model.

    ``said``: what champion and challenger say of each clock.
    """

    desk: Desk
    model: ModelBundle | None
    degraded: str | None
    said: pd.DataFrame


def foretell(
    history: History,
    config: Config,
    bundle: ModelBundle | None,
    shadow: ModelBundle | None,
    *,
    as_of: pd.Timestamp,
    tables: Tables | None,
    degraded: str | None,
) -> Foretold:
    """Read the desk and ask the models, each where it can be used."""
    why = degraded or degraded_because(history, config, bundle, as_of=as_of)
    model = None if why else bundle
    beside = None if degraded_because(history, config, shadow, as_of=as_of) else shadow
    names = _feature_names(history, model, beside)
    desk = read_desk(history, config, as_of=as_of, feature_names=names, tables=tables)
    try:
        desk = _predicted(desk, model)
    except ModelError as error:
        model, why = None, str(error)
        desk = _predicted(desk, None)
    said = said_of(desk, config, champion=model, challenger=beside)
    return Foretold(desk, model, why, said)


def _feature_names(history: History, *models: ModelBundle | None) -> list[str]:
    """What the models ask for, and what reasons speak of as far as this history has it."""
    declared = {feature.name for feature in declared_features(history)}
    asked = [name for model in models if model is not None for name in model.feature_names]
    asked += [n for model in models if model is not None for n in model.work.feature_names]
    return [*asked, *(name for name in reason_features() if name in declared)]


def _predicted(desk: Desk, model: ModelBundle | None) -> Desk:
    """The desk with P(breach) and what follows on its clocks; null everywhere without a model."""
    found = np.nan if model is None else breach_probabilities(model, desk)
    told = replace(desk, clocks=desk.clocks.assign(breach_probability=found))
    late = pd.Series(pd.NaT, index=desk.clocks.index, dtype=desk.clocks["due_at"].dtype)
    if model is not None:
        late = expected_breach_at(model, told)
    return replace(told, clocks=told.clocks.assign(expected_breach_at=late))
