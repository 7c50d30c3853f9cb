"""Groups of tickets, and how far probabilities lie from what happened in each."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.inner_windows import first_observed

Floats = NDArray[np.float64]
LEAST_TICKETS = 100
LEAST_BREACHED = 20
"""Tickets, and breached ones, below which a segment is not looked at."""
BANDS = (0.02, 0.1, 0.3, 0.6, 0.9)
"""Borders of the bands of risk, by what the champion says."""


@dataclass(frozen=True)
class Gap:
    """One segment: rows, tickets, breaches expected and observed, and the error of their ratio.

    ``error``: standard deviation of observed less expected, tickets being what varies, or
    days where that is more: what goes wrong on a day goes wrong for all its tickets.
    """

    dimension: str
    value: str
    n: int
    n_tickets: int
    expected: float
    observed: float
    error: float

    @property
    def name(self) -> str:
        return f"{self.dimension} {self.value}"

    @property
    def bias(self) -> float:
        """Mean probability less breach share: above 0 where too much is foretold."""
        return (self.expected - self.observed) / self.n

    @property
    def excess(self) -> float:
        """Breaches expected beyond those observed, as a share of the larger of the two."""
        return (self.expected - self.observed) / max(self.expected, self.observed, 1.0)

    @property
    def z(self) -> float:
        """The difference in its standard deviations."""
        return (self.expected - self.observed) / self.error if self.error > 0 else 0.0


def gaps(
    rows: pd.DataFrame, probability: Floats, segments: pd.DataFrame, *, least: int = LEAST_TICKETS
) -> list[Gap]:
    """A gap per large segment. ``rows``: ticket, as_of, is_breached; all aligned by position."""
    truth = rows["is_breached"].to_numpy(float)
    tickets, days = pd.factorize(rows["ticket"])[0], days_of(rows)
    found = []
    for dimension in segments.columns:
        codes, values = pd.factorize(segments[dimension])
        for code, value in enumerate(values):
            here = np.flatnonzero(codes == code)
            part = (probability[here], truth[here], tickets[here], days[here])
            named = _gap(str(dimension), str(value), part)
            breached = np.unique(tickets[here][truth[here] > 0]).size
            if named.n_tickets >= least and max(breached, named.expected) >= LEAST_BREACHED:
                found.append(named)
    return found


def overall(rows: pd.DataFrame, probability: Floats) -> Gap:
    """The gap of all rows together."""
    truth, tickets = rows["is_breached"].to_numpy(float), pd.factorize(rows["ticket"])[0]
    return _gap("all", "tickets", (probability, truth, tickets, days_of(rows)))


def error_of_sum(values: Floats, tickets: NDArray[np.int64], days: NDArray[np.int64]) -> float:
    """Standard deviation of the sum of values: over tickets, or over days if that is more."""
    errors = []
    for codes in (tickets, days):
        sums, members = np.bincount(codes, values), np.bincount(codes)
        errors.append(float(np.sqrt(np.sum((sums - values.mean() * members) ** 2))))
    return max(errors)


def levelled(rows: pd.DataFrame, probability: Floats) -> Floats:
    """The probabilities scaled so that as many breaches are foretold as came.

    What is left of a segment's gap is the segment's own: a month that was hard for all is out.
    """
    expected = float(probability.sum())
    ratio = float(rows["is_breached"].sum()) / expected if expected > 0 else 1.0
    return np.clip(probability * ratio, 0.0, 1.0)


def days_of(rows: pd.DataFrame) -> NDArray[np.int64]:
    """A code per day (UTC) on which a row's ticket was first observed."""
    first = first_observed(rows).to_numpy("datetime64[D]")
    codes: NDArray[np.int64] = np.unique(first, return_inverse=True)[1]
    return codes


def bands(probability: Floats) -> NDArray[np.object_]:
    """The band of risk of each probability, such as "risk up to 2 %"."""
    names = [f"up to {100 * border:g} %" for border in BANDS] + [f"over {100 * BANDS[-1]:g} %"]
    return np.array(names, object)[np.searchsorted(BANDS, probability, side="left")]


def contradicted(rows: pd.DataFrame, probability: Floats, *, sure: float) -> Gap | None:
    """How often the label is the opposite of what the probability is sure of.

    ``expected`` by the probabilities, ``observed`` by the labels; null without such rows.
    """
    low, high = probability <= sure, probability >= 1.0 - sure
    here = low | high
    if not here.any():
        return None
    truth = rows["is_breached"].to_numpy(float)
    against = np.where(high, 1.0 - truth, truth)[here]
    expected = np.where(high, 1.0 - probability, probability)[here]
    tickets = pd.factorize(rows["ticket"].to_numpy()[here])[0]
    return _gap("sure", "rows", (expected, against, tickets, days_of(rows)[here]))


def _gap(
    dimension: str, value: str, rows: tuple[Floats, Floats, NDArray[np.int64], NDArray[np.int64]]
) -> Gap:
    """``rows``: probability, truth, ticket and day."""
    probability, truth, tickets, days = rows
    return Gap(
        dimension,
        value,
        n=len(truth),
        n_tickets=int(np.unique(tickets).size),
        expected=float(probability.sum()),
        observed=float(truth.sum()),
        error=error_of_sum(probability - truth, tickets, days),
    )
