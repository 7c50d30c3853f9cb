"""The same table of features on one machine, so that both engines leave the same files."""

from collections.abc import Sequence
from dataclasses import asdict

from features.build import build_features
from features.catalogue import declared_features
from features.cluster import storage
from features.cluster.finishing import feature_rows
from features.cluster.parts import MANIFEST
from features.cluster.run import Built
from features.history import History
from features.labelled import history_observations
from forewarn.config import Config


def build_here(
    history: History, config: Config, *, output: str, names: Sequence[str] | None = None
) -> Built:
    """Features of every training observation of a history, as one Parquet part in ``output``.

    What lies there is replaced. Raises DataError for a feature that is not declared.
    """
    observations = history_observations(history, config)
    features = build_features(history, observations, names=names)
    columns = {str(name): features[name] for name in features}
    storage.remove_folder(output)
    storage.make_folder(output)
    table = feature_rows(history, observations, columns)
    storage.write_table(storage.place(output, "part-00000.parquet"), table)
    declared = tuple(f.name for f in declared_features(history))
    built = Built(len(history), len(observations), 1, tuple(names or declared), {})
    about = {**asdict(built), "tables": history.digest}
    storage.write_json(storage.place(output, MANIFEST), about)
    return built
