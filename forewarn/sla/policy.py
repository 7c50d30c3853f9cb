"""Which policy holds for a ticket, and what it promises: first match wins, for whole columns."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from forewarn.config import METRICS, Metric, PenaltyConfig, PolicyConfig, SlaConfig
from forewarn.errors import ConfigError
from forewarn.sla.events import as_arrow
from forewarn.sla.openings import NAT
from forewarn.tables import CUSTOMERS, TICKETS, Tables

Codes = NDArray[np.int32]
_NUMBER = re.compile(r"[-+]?\d+(\.\d*)?([eE][-+]?\d+)?")


@dataclass(frozen=True)
class Column:
    """A column as codes into ``texts``; -1 stands for null."""

    codes: Codes
    texts: tuple[str, ...]


def condition_columns(tables: Tables, sla: SlaConfig) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Columns of tickets and of customers that policies look at; a ticket's column goes first.

    Raises ConfigError where a policy names a column that neither table has.
    """
    named = sorted({name for policy in sla.policies for name in policy.when} | {"priority"})
    of_tickets = {c.name for c in TICKETS.columns if c.kind == "text"} | set(tables.attributes)
    of_customers = {c.name for c in CUSTOMERS.columns if c.kind in ("text", "number")}
    unknown = [name for name in named if name not in of_tickets | of_customers]
    if unknown:
        policy = next(p.name for p in sla.policies if unknown[0] in p.when)
        raise ConfigError(
            f"policy {policy!r} looks at {unknown[0]!r}, a column that neither tickets nor "
            f"customers have; they have {', '.join(sorted(of_tickets | of_customers))}"
        )
    tickets = tuple(name for name in named if name in of_tickets)
    return tickets, tuple(name for name in named if name not in of_tickets)


def encode(series: pd.Series, *more: pd.Series) -> tuple[Column, ...]:
    """Several columns as codes into the same texts; numbers become their shortest text."""
    arrays = [as_arrow(_as_text(s)) for s in (series, *more)]
    encoded = pa.chunked_array(arrays).combine_chunks().dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    texts = tuple(encoded.dictionary.to_pylist())
    splits = np.split(codes, np.cumsum([len(a) for a in arrays])[:-1])
    return tuple(Column(part, texts) for part in splits)


def match_policies(columns: Mapping[str, Column], policies: tuple[PolicyConfig, ...]) -> Codes:
    """For each row the position of the first policy whose conditions all hold; -1: none."""
    n_rows = next(iter(columns.values())).codes.size
    found = np.full(n_rows, -1, np.int32)
    for position, policy in enumerate(policies):
        holds = found < 0
        for name, accepted in policy.when.items():
            holds &= _is_one_of(columns[name], accepted)
        found[holds] = position
    return found


def targets_of(
    policy: Codes, priority: Column, *, metric: Metric, policies: tuple[PolicyConfig, ...]
) -> NDArray[np.int64]:
    """For each row the promised microseconds; NAT where the policy promises nothing for it."""
    table = np.full((len(policies) + 1, len(priority.texts) + 1), NAT, np.int64)
    for row, config in enumerate(policies):
        durations = config.targets.get(metric, {})
        for column, value in enumerate((*priority.texts, None)):
            duration = durations.get(value or "default", durations.get("default"))
            if duration is not None:
                table[row, column] = round(duration.total_seconds() * 1_000_000)
    return table[policy, priority.codes]


def penalties(
    sla: SlaConfig,
    *,
    policy: pd.Series,
    metric: pd.Series,
    tier: pd.Series,
    priority: pd.Series,
) -> pd.Series:
    """What a breach of each clock costs, in the currency of its policy.

    One row per clock: the name of its policy (null for an imported deadline), the name of its
    metric, tier and priority as they were at the instant in question. 1 where nothing is said.
    """
    by_name = {p.name: p.penalties for p in sla.policies}
    frame = pd.DataFrame({"policy": policy, "metric": metric, "tier": tier, "priority": priority})
    group = frame.groupby(list(frame.columns), dropna=False, sort=False).ngroup().to_numpy()
    _, first, number = np.unique(group, return_index=True, return_inverse=True)
    kinds = frame.iloc[first].astype(object)
    amounts = [
        by_name.get(p, PenaltyConfig()).amount(m, t, u)
        for p, m, t, u in kinds.where(kinds.notna(), None).itertuples(index=False)
    ]
    return pd.Series(np.array(amounts, float)[number], frame.index, name="penalty")


def without_promise(tables: Tables, sla: SlaConfig) -> pd.DataFrame:
    """Tickets that get no clock: one row per metric, policy (null: none matched) and priority.

    Columns metric, policy, priority, n_tickets; as the tickets were at creation. A policy that
    does not promise the metric at all is meant so and not listed.
    """
    of_tickets, of_customers = condition_columns(tables, sla)
    columns = {name: encode(tables.tickets[name])[0] for name in of_tickets}
    first = tables.customers.drop_duplicates("customer_id").set_index("customer_id")
    for name in of_customers:
        columns[name] = encode(tables.tickets["customer_id"].map(first[name]))[0]
    policy = match_policies(columns, sla.policies)
    names = np.array([p.name for p in sla.policies] + [None], object)
    parts = []
    for metric in sla.metrics:
        due = tables.tickets[f"{metric}_due_at"].isna().to_numpy()
        target = targets_of(policy, columns["priority"], metric=metric, policies=sla.policies)
        promises = np.array([metric in p.targets for p in sla.policies] + [True])
        lost = due & (target == NAT) & promises[policy]
        parts.append(
            pd.DataFrame(
                {
                    "metric": metric,
                    "policy": names[policy[lost]],
                    "priority": tables.tickets["priority"].to_numpy()[lost],
                }
            )
        )
    table = pd.concat(parts, ignore_index=True)
    return table.groupby(list(table.columns), dropna=False).size().reset_index(name="n_tickets")


def metric_codes(metrics: pd.Series) -> NDArray[np.int8]:
    """Names of metrics as codes, by their position in METRICS."""
    return pd.Categorical(metrics, categories=METRICS).codes


def _is_one_of(column: Column, accepted: tuple[str, ...]) -> NDArray[np.bool_]:
    wanted = {_normal(value) for value in accepted}
    table = np.array([_normal(value) in wanted for value in column.texts] + [False])
    return table[column.codes]


def _normal(text: str) -> str:
    """1, 1.0 and 1.00 are one value; so are they in a column of numbers."""
    return repr(float(text)) if _NUMBER.fullmatch(text) else text


def _as_text(series: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(series):
        return pd.Series(pc.cast(pa.array(series, from_pandas=True), pa.string()).to_pandas())
    return series
