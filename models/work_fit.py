"""Fit the work model of one training: averages first, then trees where they are better."""

from collections.abc import Callable

import pandas as pd

from features.build import build_features
from features.history import History
from forewarn.config import Config
from forewarn.tables import Tables
from models.work import WorkModel, fit_work_model
from models.work_judge import choose_trees
from models.work_rows import read_work_rows, work_feature_names

Build = Callable[..., pd.DataFrame]


def fit_work(
    tables: Tables,
    history: History,
    config: Config,
    *,
    cutoff: int,
    build: Build = build_features,
) -> WorkModel:
    """Work as learned from what was known before the cutoff (µs); same inputs, same model.

    ``build``: makes the features, as ``build_features`` does.
    """
    learned = read_work_rows(tables, history, cutoff=cutoff)
    model = fit_work_model(learned.touches, solved=learned.touches["ticket"].unique())
    if model.source == "assumed":
        return model
    features = build(history, learned.rows, names=work_feature_names(history, config))
    return choose_trees(model, learned, features, seed=config.training.seeds[0])
