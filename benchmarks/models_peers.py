"""The peers that learn, by the names that stand in the tables."""

from benchmarks.models_boosted import catboost_peer, lightgbm_peer, xgboost_peer
from benchmarks.models_classic import forest_peer, histogram_peer, logistic_peer

PEERS = {
    "logistic regression": logistic_peer(),
    "random forest": forest_peer(),
    "HistGradientBoosting": histogram_peer(),
    "XGBoost": xgboost_peer(),
    "CatBoost": catboost_peer(),
    "LightGBM, native": lightgbm_peer(is_native=True),
    "LightGBM, ordinal": lightgbm_peer(is_native=False),
}
