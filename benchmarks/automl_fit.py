"""Run by ``benchmarks.models_automl`` in an environment of its own; knows nothing of the project.

    python automl_fit.py FRAMEWORK GIVEN TAKEN SECONDS SEED

GIVEN: features with row_role (learn, choose, score) and row_is_breached. TAKEN: row_role and
probability of the rows that choose or are scored, in their order. Prints JSON: seconds, chosen.
"""

import json
import sys
import tempfile
import time

import pandas as pd

ROLE, TRUTH = "row_role", "row_is_breached"


def main(framework, given, taken, seconds, seed):
    """Fit within the time, score, write."""
    table = pd.read_parquet(given)
    for name in table.columns:
        if table[name].dtype == object and name != ROLE:
            table[name] = table[name].astype("category")
    parts = {role: rows.drop(columns=ROLE) for role, rows in table.groupby(ROLE)}
    begin = time.perf_counter()
    fit = {"autogluon": autogluon, "flaml": flaml}[framework]
    chosen, choose, score = fit(parts, int(seconds), int(seed))
    told = {"seconds": time.perf_counter() - begin, "chosen": chosen}
    frames = [
        pd.DataFrame({ROLE: role, "probability": found})
        for role, found in (("choose", choose), ("score", score))
    ]
    pd.concat(frames, ignore_index=True).to_parquet(taken)
    print(json.dumps(told))


def autogluon(parts, seconds, seed):
    """Its medium preset on the latest window, then its best model fitted on everything."""
    from autogluon.tabular import TabularPredictor  # noqa: PLC0415  # of one environment

    with tempfile.TemporaryDirectory() as folder:
        predictor = TabularPredictor(
            TRUTH, problem_type="binary", eval_metric="log_loss", path=folder, verbosity=0
        )
        predictor.fit(
            parts["learn"].astype({TRUTH: int}),
            tuning_data=parts["choose"].astype({TRUTH: int}),
            time_limit=seconds,
            presets="medium_quality",
            num_cpus=1,
            num_gpus=0,
            dynamic_stacking=False,
            ag_args_fit={"ag.random_seed": seed},
        )
        choose = predictor.predict_proba(features(parts["choose"]))[1].to_numpy()
        best = predictor.model_best
        predictor.refit_full(model="best", set_best_to_refit_full=True)
        score = predictor.predict_proba(features(parts["score"]))[1].to_numpy()
    return best, choose, score


def flaml(parts, seconds, seed):
    """Its search over boosted trees and forests, judged on the latest window."""
    from flaml import AutoML  # noqa: PLC0415  # of one environment

    learn, choose = parts["learn"], parts["choose"]
    settings = {
        "task": "classification",
        "metric": "log_loss",
        "time_budget": seconds,
        "seed": seed,
        "n_jobs": 1,
        "verbose": 0,
    }
    search = AutoML()
    search.fit(
        features(learn),
        learn[TRUTH].astype(int),
        X_val=features(choose),
        y_val=choose[TRUTH].astype(int),
        retrain_full=False,
        **settings,
    )
    foretold = search.predict_proba(features(choose))[:, 1]
    whole = pd.concat([learn, choose], ignore_index=True)
    for name in learn.columns:
        if isinstance(learn[name].dtype, pd.CategoricalDtype):
            whole[name] = whole[name].astype(learn[name].dtype)
    last = AutoML()
    last.fit(
        features(whole),
        whole[TRUTH].astype(int),
        estimator_list=[search.best_estimator],
        starting_points={search.best_estimator: search.best_config},
        max_iter=1,
        eval_method="holdout",
        split_ratio=0.05,
        retrain_full=True,
        **{**settings, "time_budget": -1},
    )
    return search.best_estimator, foretold, last.predict_proba(features(parts["score"]))[:, 1]


def features(rows):
    """The rows without their labels."""
    return rows.drop(columns=TRUTH)


if __name__ == "__main__":
    main(*sys.argv[1:])
