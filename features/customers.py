"""What was known of customers at an instant: the same streams and measures as for tickets.

One row per customer and ``as_of``; no ticket is asked about. Declarations are those of the
catalogue that are keyed by customer, and a few more that only make sense for a whole customer.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from features.catalogue_customer import CUSTOMER, component_features
from features.history import History
from features.measures import MEASURED
from features.sight import Sight
from features.spec import Feature
from features.streams import Int64
from forewarn.config import METRICS
from forewarn.errors import DataError
from forewarn.sla.events import microseconds

_NONE = "the history does not know the customer"
_LOAD = "customer_load"
_BROKEN = ("7d", "28d", "90d")


class CustomerSight(Sight):
    """Customers at instants; ``metric`` is the position of the one that streams are asked for."""

    def __init__(self, history: History, customer: Int64, as_of: Int64, metric: int) -> None:
        super().__init__(history, np.empty(0, np.int64), as_of)
        self.customer = customer
        self._metric = metric

    def _find_key(self, name: str) -> Int64:
        if name == "customer":
            return self.customer
        if name == "customer+metric":
            return np.where(
                self.customer < 0, -1, len(METRICS) * self.customer + self._metric
            ).astype(np.int64)
        if name == "all":
            return np.zeros(self.customer.size, np.int64)
        raise DataError(f"a customer has no {name!r}: only its own facts can be asked for")


def _count(name: str, window: str, column: str, why: str) -> Feature:
    return Feature(
        name, "customer", _LOAD, "count", "tickets", _NONE, why,
        key="customer", column=column, window=window,
    )  # fmt: skip


_WHOLE = (
    _count("customer_tickets_56d", "56d", "n_arrived", "How much they write as a rule."),
    _count("customer_tickets_90d", "90d", "n_arrived", "The same, of a quarter."),
    Feature(
        "customer_tickets_ratio_7d", "customer", _LOAD, "ratio", "ratio", _NONE,
        "Whether they write more than usual.",
        key="customer", column="n_arrived", window="7d", trailing="90d",
    ),
    _count("customer_solved_7d", "7d", "n_solved", "What was done for them."),
    Feature(
        "customer_escalations_28d", "customer", "customer_escalated", "count", "facts", _NONE,
        "They have complained lately.", key="customer", window="28d",
    ),
    Feature(
        "customer_escalations_7d", "customer", "customer_escalated", "count", "facts", _NONE,
        "They complain now.", key="customer", window="7d",
    ),
    Feature(
        "customer_replies_28d", "customer", "customer_customer_reply", "count", "facts", _NONE,
        "How much they press.", key="customer", window="28d",
    ),
    Feature(
        "health_change_7d", "health", "health", "change", "points",
        "no score now, or none a window ago", "What the last week did to it.",
        key="customer", column="score", window="7d",
    ),
)  # fmt: skip


def declared_of_customers(history: History, *, metrics: Sequence[str]) -> tuple[Feature, ...]:
    """Every feature of a customer; those per metric carry its name at the end."""
    of_customer = [f for f in CUSTOMER if f.key == "customer"]
    broken = [
        Feature(
            f"customer_broken_{window}_{metric}", "customer", "broken/customer", "count",
            "clocks", _NONE, f"Promises on {metric} that were found broken.",
            key="customer+metric", window=window,
        )
        for metric in metrics for window in _BROKEN
    ]  # fmt: skip
    return (*of_customer, *_WHOLE, *component_features(history.components), *broken)


def build_customer_features(
    history: History, asked: pd.DataFrame, *, metrics: Sequence[str]
) -> pd.DataFrame:
    """One row per row of ``asked`` (customer: code, -1 unknown; as_of), on its index.

    Numbers are float64, texts categories. Only facts visible before ``as_of`` count.
    """
    customer = asked["customer"].to_numpy(np.int64)
    as_of = microseconds(asked["as_of"])
    sights: dict[int, CustomerSight] = {}
    columns: dict[str, object] = {}
    for feature in declared_of_customers(history, metrics=metrics):
        place = _metric_of(feature, metrics)
        sight = sights.setdefault(place, CustomerSight(history, customer, as_of, place))
        values = MEASURED[feature.measure](sight, feature)
        columns[feature.name] = values
        if feature.is_category:
            columns[feature.name] = pd.Categorical.from_codes(
                np.asarray(values, np.int32), dtype=history.category_dtypes[feature.column]
            )
    return pd.DataFrame(columns, index=asked.index)


def _metric_of(feature: Feature, metrics: Sequence[str]) -> int:
    """Position of the metric at the end of the name; 0 where the feature has none."""
    if feature.key != "customer+metric":
        return 0
    names: Sequence[str] = METRICS
    return next(names.index(m) for m in metrics if feature.name.endswith(f"_{m}"))


def known_customers(history: History, *, as_of: int) -> Int64:
    """Codes of the customers of whom a contract, a score or a ticket was known before (µs)."""
    customer = history.arrays["ticket/customer"][history.ticket_known_at < as_of]
    found = np.zeros(len(history.texts["word/customer"]), bool)
    found[customer[customer >= 0]] = True
    every = np.arange(found.size)
    instants = np.full(found.size, as_of, np.int64)
    for name in ("profile", "health"):
        stream = history.streams[name]
        found |= stream.last_before(every, instants) > stream.root(every)
    return np.flatnonzero(found)
