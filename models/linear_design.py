"""The columns of a logistic part: scaled logs, marks for what is missing, the commonest codes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.part import Array

_EDGE = 5.0


@dataclass(frozen=True)
class Scale:
    """How a column of numbers enters: its median where missing, mean and spread of the logs."""

    column: int
    median: float
    mean: float
    spread: float


def design(
    matrix: Array,
    scales: Sequence[Scale],
    missing: Sequence[int],
    codes: Sequence[tuple[int, int]],
) -> Array:
    """One column per scaled number, per mark of what is missing, and per code."""
    out = np.empty((len(matrix), len(scales) + len(missing) + len(codes)))
    for i, scale in enumerate(scales):
        out[:, i] = scaled(matrix[:, scale.column], scale)
    for i, column in enumerate(missing, start=len(scales)):
        out[:, i] = np.isnan(matrix[:, column])
    for i, (column, code) in enumerate(codes, start=len(scales) + len(missing)):
        out[:, i] = matrix[:, column] == code
    return out


def scaled(values: Array, scale: Scale) -> Array:
    """Numbers as they enter."""
    logs = signed_logs(values)
    filled = np.where(np.isnan(logs), scale.median, logs)
    inside: Array = np.clip((filled - scale.mean) / scale.spread, -_EDGE, _EDGE)
    return inside


def by_column(codes: Sequence[tuple[int, int]], coefficients: Sequence[float]) -> dict[int, Array]:
    """Per column the coefficient of each code, and behind them 0 for any other."""
    tables: dict[int, Array] = {}
    for column in dict.fromkeys(column for column, _ in codes):
        own = [i for i, (of, _) in enumerate(codes) if of == column]
        tables[column] = np.zeros(max(codes[i][1] for i in own) + 2)
        tables[column][[codes[i][1] for i in own]] = [coefficients[i] for i in own]
    return tables


def places(values: Array, n_codes: int) -> NDArray[np.int64]:
    """Codes as places in a table of ``n_codes`` and one more: any other, missing ones too."""
    with np.errstate(invalid="ignore"):
        is_known = (values >= 0) & (values < n_codes)
    return np.where(is_known, values, n_codes).astype(np.int64)


def signed_logs(values: Array) -> Array:
    """``sign(x) · log(1 + |x|)``; infinite becomes missing."""
    with np.errstate(invalid="ignore"):
        logs = np.sign(values) * np.log1p(np.abs(values))
    return np.where(np.isinf(logs), np.nan, logs)
