"""The customers of one run: what they have open, how they are, and what is to be expected."""

import numpy as np
import pandas as pd

from features.customers import build_customer_features, known_customers
from features.history import History
from features.observations import micros
from features.texts import decode
from forewarn.config import Config
from models.bundle import ModelBundle
from models.customer_fit import BREACHES, ESCALATION
from models.customer_weeks import OPEN_COLUMNS, sum_open
from serving.desk import Desk

_TOLD = {
    "health_change_28d": "health_change",
    "customer_renewal_hours": "renewal_hours",
    "customer_contract_value": "contract_value",
    "customer_escalations_28d": "n_escalations_28d",
    "customer_tickets_28d": "volume_28d",
    "customer_tickets_ratio_7d": "volume_ratio_7d",
    "health_score": "health_score",
    "health_segment": "segment",
    "customer_tier": "tier",
}
"""Features that reasons speak of, and the column that each becomes."""


def read_customers(
    history: History,
    config: Config,
    bundle: ModelBundle | None,
    desk: Desk,
    *,
    as_of: pd.Timestamp,
) -> pd.DataFrame:
    """One row per customer known before ``as_of``, by id. ``desk``: with breach_probability.

    customer_id, n_open (tickets), n_breached_open, expected_breaches (null where no model
    tells), trouble_probability and escalation_probability (null without a customer model),
    volume_rank (1: most tickets in 28 days), and the columns of _TOLD.
    """
    codes = known_customers(history, as_of=micros(as_of))
    words = history.texts["word/customer"]
    rows = pd.DataFrame({"customer": codes, "as_of": as_of})
    features = build_customer_features(history, rows, metrics=config.sla.metrics)
    clocks = _clocks(desk, words.to_pylist())
    still = sum_open(clocks, as_of=as_of).droplevel("as_of").reindex(codes)
    for name in OPEN_COLUMNS:
        features[name] = still[name].fillna(0.0).to_numpy(np.float64)
    found = pd.DataFrame({"customer_id": decode(words, codes)})
    for feature, column in _TOLD.items():
        found[column] = features[feature].to_numpy()
    for column in ("tier", "segment"):
        found[column] = found[column].astype("str")
    found["volume_28d"] = found["volume_28d"].fillna(0).astype("int64")
    for event, column in (
        (BREACHES, "trouble_probability"),
        (ESCALATION, "escalation_probability"),
    ):
        model = None if bundle is None else bundle.customers.get(event)
        found[column] = np.nan if model is None else model.probabilities(features)
    return _with_open(found, clocks, desk)


def _clocks(desk: Desk, words: list[str]) -> pd.DataFrame:
    """The open clocks as customer models see them."""
    place = {name: i for i, name in enumerate(words)}
    of_ticket = desk.tickets.set_index("ticket_id")["customer_id"]
    customer = desk.clocks["ticket_id"].map(of_ticket)
    return desk.clocks.assign(
        customer=customer.map(place).fillna(-1).astype("int64"),
        customer_id=customer,
        chance=desk.clocks["breach_probability"],
    )


def _with_open(found: pd.DataFrame, clocks: pd.DataFrame, desk: Desk) -> pd.DataFrame:
    """What people read of the open tickets, and the volume's opinion."""
    ids = found["customer_id"]
    n_open = desk.tickets["customer_id"].value_counts()
    late = clocks[clocks["is_breached"]].groupby("customer_id")["ticket_id"].nunique()
    expected = clocks.groupby("customer_id")["chance"].sum(min_count=1)
    rank = found["volume_28d"].rank(method="first", ascending=False)
    return found.assign(
        n_open=ids.map(n_open).fillna(0).astype("int64"),
        n_breached_open=ids.map(late).fillna(0).astype("int64"),
        expected_breaches=ids.map(expected).astype("float64"),
        volume_rank=rank.astype("int64"),
    )
