"""Excused breaches: out of penalties, never out of sight."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forewarn.config import ExcuseConfig
from forewarn.errors import ConfigError


def mark_excused(verdicts: pd.DataFrame, excuses: Sequence[ExcuseConfig]) -> pd.DataFrame:
    """The verdicts with ``is_excused`` and ``excuse``, the name of the first that holds, or null.

    ``verdicts``: one row per clock with ticket_id, metric, is_broken, decided_at (of a broken
    one the instant of its breach) and the columns that excuses look at. Only what is broken is
    excused. Raises ConfigError where an excuse looks at a column that is not there.
    """
    names = np.full(len(verdicts), None, dtype=object)
    for excuse in excuses:
        holds = _holds(verdicts, excuse)
        names[holds & pd.isna(names)] = excuse.name
    excuse_of = pd.Series(names, verdicts.index, dtype="str")
    return verdicts.assign(is_excused=excuse_of.notna(), excuse=excuse_of)


def _holds(verdicts: pd.DataFrame, excuse: ExcuseConfig) -> NDArray[np.bool_]:
    holds = verdicts["is_broken"].to_numpy(bool).copy()
    if excuse.metric is not None:
        holds &= (verdicts["metric"] == excuse.metric).to_numpy(bool)
    if excuse.tickets:
        holds &= verdicts["ticket_id"].isin(excuse.tickets).to_numpy(bool)
    if excuse.broken_from is not None:
        holds &= (verdicts["decided_at"] >= excuse.broken_from).to_numpy(bool)
    if excuse.broken_until is not None:
        holds &= (verdicts["decided_at"] < excuse.broken_until).to_numpy(bool)
    for name, values in excuse.when.items():
        if name not in verdicts:
            raise ConfigError(
                f"excuse {excuse.name!r} looks at {name!r}, a column that verdicts do not have; "
                f"they have {', '.join(sorted(verdicts.columns))}"
            )
        holds &= verdicts[name].isin(values).to_numpy(bool)
    return holds
