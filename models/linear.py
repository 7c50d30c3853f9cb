"""Logistic regression as a part of a breach model: kept as plain numbers.

Numbers enter as signed logarithms, standardised and within five standard deviations, with a
mark for what is missing; of codes the commonest have a column each. It learns from all decided
observations alike.
"""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from models.encoding import Encoder
from models.linear_design import Scale, by_column, design, places, scaled, signed_logs
from models.part import Array, shares
from models.trees import LESS_TIME_MORE_RISK

CODES = 40
"""Columns per categorical feature; the rarer codes have none."""
_STRENGTH = 0.03
_LEAST_SPREAD = 1e-9
_MOST_ROWS = 40_000
"""More are drawn from: coefficients of some hundred columns need no more."""


@dataclass(frozen=True)
class LinearPart:
    """``coefficients``: of the scaled numbers, of the marks ``missing``, of the ``codes``.

    ``codes``: (column, code). ``width``: columns of the matrix.
    """

    width: int
    scales: tuple[Scale, ...]
    missing: tuple[int, ...]
    codes: tuple[tuple[int, int], ...]
    coefficients: tuple[float, ...]
    intercept: float
    name: str = "logistic"

    def log_odds(self, matrix: Array) -> Array:
        """One per row; column by column, as the whole design would be many times as wide."""
        total = np.full(len(matrix), self.intercept)
        numbers, marks, codes = self._parted()
        for scale, coefficient in zip(self.scales, numbers, strict=True):
            total += coefficient * scaled(matrix[:, scale.column], scale)
        for column, coefficient in zip(self.missing, marks, strict=True):
            total += coefficient * np.isnan(matrix[:, column])
        for column, of_codes in by_column(self.codes, codes).items():
            total += of_codes[places(matrix[:, column], of_codes.size - 1)]
        return total

    def contributions(self, matrix: Array) -> Array:
        """Coefficient times value, the marks and codes of a column together."""
        added = np.zeros((len(matrix), self.width))
        terms = self._design(matrix) * np.array(self.coefficients)
        for term, column in enumerate(self._columns()):
            added[:, column] += terms[:, term]
        return added

    def importance(self) -> Array:
        """Share of the sum of absolute coefficients, as numbers are standardised."""
        size = np.bincount(self._columns(), np.abs(self.coefficients), self.width)
        return shares(size.astype(np.float64))

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "width": self.width,
            "scales": [[s.column, s.median, s.mean, s.spread] for s in self.scales],
            "missing": list(self.missing),
            "codes": [list(code) for code in self.codes],
            "coefficients": list(self.coefficients),
            "intercept": self.intercept,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        return cls(
            width=value["width"],
            scales=tuple(Scale(*row) for row in value["scales"]),
            missing=tuple(value["missing"]),
            codes=tuple((column, code) for column, code in value["codes"]),
            coefficients=tuple(value["coefficients"]),
            intercept=value["intercept"],
        )

    def _parted(self) -> tuple[Sequence[float], Sequence[float], Sequence[float]]:
        """The coefficients of numbers, marks and codes."""
        marks, codes = len(self.scales), len(self.scales) + len(self.missing)
        given = self.coefficients
        return given[:marks], given[marks:codes], given[codes:]

    def _columns(self) -> list[int]:
        """The matrix's column behind each coefficient."""
        return [s.column for s in self.scales] + [*self.missing] + [c for c, _ in self.codes]

    def _design(self, matrix: Array) -> Array:
        return design(matrix, self.scales, self.missing, self.codes)


def fit_linear(
    matrix: Array, is_breached: Array, *, encoder: Encoder, seed: int
) -> LinearPart | None:
    """Fit; None where it says that less time left lowers the risk, even without such columns."""
    rows = _drawn(len(matrix), seed)
    matrix, truth = matrix[rows], is_breached[rows]
    if truth.min() == truth.max():
        return None
    scales, missing, codes = _learn(matrix, encoder)
    part = _fit(matrix, truth, scales, missing, codes)
    wrong = _against_the_world(part, encoder.names)
    if wrong:
        kept = tuple(s for s in scales if s.column not in wrong)
        part = _fit(matrix, truth, kept, missing, codes)
        if _against_the_world(part, encoder.names):
            return None
    return part


def _drawn(n: int, seed: int) -> Any:
    if n <= _MOST_ROWS:
        return slice(None)
    return np.sort(np.random.default_rng(seed).choice(n, _MOST_ROWS, replace=False))


def _learn(
    matrix: Array, encoder: Encoder
) -> tuple[tuple[Scale, ...], tuple[int, ...], tuple[tuple[int, int], ...]]:
    scales: list[Scale] = []
    missing: list[int] = []
    codes: list[tuple[int, int]] = []
    for column, name in enumerate(encoder.names):
        values = matrix[:, column]
        if name in encoder.categories:
            codes += [(column, code) for code in _commonest(values)]
            continue
        logs = signed_logs(values)
        known = logs[~np.isnan(logs)]
        if known.size:
            median = float(np.median(known))
            filled = np.where(np.isnan(logs), median, logs)
            if filled.std() > _LEAST_SPREAD:
                scales.append(Scale(column, median, float(filled.mean()), float(filled.std())))
        if 0 < known.size < logs.size:
            missing.append(column)
    return tuple(scales), tuple(missing), tuple(codes)


def _commonest(values: Array) -> list[int]:
    found, counts = np.unique(values[values >= 0], return_counts=True)
    order = np.argsort(-counts, kind="stable")[:CODES]
    return sorted(int(code) for code in found[order])


def _fit(
    matrix: Array,
    truth: Array,
    scales: Sequence[Scale],
    missing: Sequence[int],
    codes: Sequence[tuple[int, int]],
) -> LinearPart:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=_STRENGTH, max_iter=100, tol=1e-3)
    with warnings.catch_warnings():  # where it stops early it is still a fit, judged as it is
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(design(matrix, scales, missing, codes), truth.astype(int))
    return LinearPart(
        width=matrix.shape[1],
        scales=tuple(scales),
        missing=tuple(missing),
        codes=tuple(codes),
        coefficients=tuple(float(c) for c in model.coef_[0]),
        intercept=float(model.intercept_[0]),
    )


def _against_the_world(part: LinearPart, names: Sequence[str]) -> set[int]:
    """Columns by which less time left would lower the risk."""
    return {
        scale.column
        for scale, coefficient in zip(part.scales, part.coefficients, strict=False)
        if LESS_TIME_MORE_RISK.get(names[scale.column], 0) * coefficient < 0
    }
