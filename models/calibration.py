"""Calibration of probabilities, kept only where it helps on a later slice."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
ISOTONIC_FROM = 1500
"""Isotonic regression from this many breaches on; the sigmoid (Platt) below."""
_EDGE = 1e-6


@dataclass(frozen=True)
class Calibrator:
    """A monotone map of probabilities.

    ``sigmoid``: ``values`` are slope and intercept on the log-odds. ``isotonic``:
    linear between ``points`` (rising) and ``values``, constant outside.
    """

    kind: Literal["sigmoid", "isotonic"]
    points: tuple[float, ...]
    values: tuple[float, ...]

    def apply(self, probabilities: Array) -> Array:
        if self.kind == "isotonic":
            return np.interp(probabilities, self.points, self.values)
        slope, intercept = self.values
        return 1.0 / (1.0 + np.exp(-(slope * log_odds(probabilities) + intercept)))

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "points": list(self.points), "values": list(self.values)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        return cls(kind=value["kind"], points=tuple(value["points"]), values=tuple(value["values"]))


@dataclass(frozen=True)
class CalibrationTrial:
    """What calibration did on the later slice; Brier scores over its observations."""

    kind: str | None
    kept: bool
    n_fitted: int
    n_judged: int
    brier_raw: float | None
    brier_calibrated: float | None
    note: str


def not_tried(note: str) -> CalibrationTrial:
    """The trial that did not take place, and why."""
    return CalibrationTrial(
        kind=None,
        kept=False,
        n_fitted=0,
        n_judged=0,
        brier_raw=None,
        brier_calibrated=None,
        note=note,
    )


def log_odds(probabilities: Array) -> Array:
    """The log-odds of probabilities, away from 0 and 1 by a millionth."""
    inside = np.clip(probabilities, _EDGE, 1.0 - _EDGE)
    return np.log(inside / (1.0 - inside))


def brier(probabilities: Array, is_breached: Array) -> float:
    """Mean squared difference between probability and outcome (0 or 1)."""
    return float(np.mean((probabilities - is_breached) ** 2))


def fit_calibrator(probabilities: Array, is_breached: Array) -> Calibrator:
    """Isotonic with ISOTONIC_FROM breaches or more, else a sigmoid."""
    if float(is_breached.sum()) >= ISOTONIC_FROM:
        return _fit_isotonic(probabilities, is_breached)
    return _fit_sigmoid(probabilities, is_breached)


def try_calibration(
    probabilities: Array,
    is_breached: Array,
    *,
    tickets: NDArray[np.int64],
    is_later: NDArray[np.bool_],
) -> tuple[Calibrator | None, CalibrationTrial]:
    """Fit on the earlier rows, judge on the later ones; kept, it is fitted again on all.

    The probabilities must come from models that saw none of these rows. Kept only where the
    Brier score of the later rows improves beyond the noise of resampling tickets; a map
    that turns the order round is never kept.
    """
    early = ~is_later
    if not (_has_both(is_breached[early]) and _has_both(is_breached[is_later])):
        return None, not_tried("a slice holds a single class: calibration was not tried")
    fitted = fit_calibrator(probabilities[early], is_breached[early])
    raw, truth = probabilities[is_later], is_breached[is_later]
    after = fitted.apply(raw)
    margin = sure_gain((raw - truth) ** 2 - (after - truth) ** 2, tickets[is_later])
    kept = bool(margin > 0 and (fitted.kind == "isotonic" or fitted.values[0] > 0))
    before_and_after = f"{brier(raw, truth):.4f} to {brier(after, truth):.4f}"
    verb = "improved" if kept else "did not improve"
    trial = CalibrationTrial(
        kind=fitted.kind,
        kept=kept,
        n_fitted=int(early.sum()),
        n_judged=len(truth),
        brier_raw=brier(raw, truth),
        brier_calibrated=brier(after, truth),
        note=f"{fitted.kind} calibration {verb} Brier on a later slice beyond noise: "
        f"{before_and_after}",
    )
    return (fit_calibrator(probabilities, is_breached) if kept else None), trial


def sure_gain(gains: Array, tickets: NDArray[np.int64]) -> float:
    """Lower end of a 95 % interval of the mean gain, tickets being what varies."""
    found, codes = np.unique(tickets, return_inverse=True)
    if len(found) < 2:
        return -np.inf
    centred = np.bincount(codes, weights=gains - gains.mean())
    variance = np.sum(centred**2) * len(found) / (len(found) - 1)
    return float(gains.mean() - 1.96 * np.sqrt(variance) / len(gains))


def _has_both(is_breached: Array) -> bool:
    return bool(is_breached.min(initial=1.0) < is_breached.max(initial=0.0))


def _fit_sigmoid(probabilities: Array, is_breached: Array) -> Calibrator:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1e6, max_iter=1000)
    model.fit(log_odds(probabilities)[:, None], is_breached.astype(int))
    values = (float(model.coef_[0, 0]), float(model.intercept_[0]))
    return Calibrator(kind="sigmoid", points=(), values=values)


def _fit_isotonic(probabilities: Array, is_breached: Array) -> Calibrator:
    from sklearn.isotonic import IsotonicRegression

    model = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip")
    model.fit(probabilities, is_breached)
    points = tuple(float(x) for x in model.X_thresholds_)
    return Calibrator("isotonic", points, tuple(float(y) for y in model.y_thresholds_))
