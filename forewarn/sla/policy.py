"""Which policy holds for a ticket, and what it promises: first match wins, for whole columns."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from forewarn.config import (
    METRICS,
    CalendarChoice,
    Comparison,
    Metric,
    PenaltyConfig,
    PolicyConfig,
    SlaConfig,
)
from forewarn.config.policies import Condition
from forewarn.config.references import HEALTH_COLUMNS
from forewarn.errors import ConfigError
from forewarn.sla.events import as_arrow, instant_of
from forewarn.sla.openings import NAT
from forewarn.tables import CUSTOMERS, TICKETS, Tables

Codes = NDArray[np.int32]
_NUMBER = re.compile(r"[-+]?\d+(\.\d*)?([eE][-+]?\d+)?")


@dataclass(frozen=True)
class Column:
    """A column as codes into ``texts``; -1 stands for null."""

    codes: Codes
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Conditions:
    """Columns that policies look at, by the table they come from; a ticket's goes first."""

    tickets: tuple[str, ...]
    customers: tuple[str, ...]
    health: tuple[str, ...]


def condition_columns(tables: Tables, sla: SlaConfig) -> Conditions:
    """What the policies look at. Raises ConfigError where a policy names an unknown column."""
    named = sorted({name for policy in sla.policies for name in policy.columns} | {"priority"})
    of_tickets = {c.name for c in TICKETS.columns if c.kind == "text"} | set(tables.attributes)
    of_customers = {c.name for c in CUSTOMERS.columns if c.kind in ("text", "number")}
    every = of_tickets | of_customers | set(HEALTH_COLUMNS)
    unknown = [name for name in named if name not in every]
    if unknown:
        policy = next(p.name for p in sla.policies if unknown[0] in p.columns)
        raise ConfigError(
            f"policy {policy!r} looks at {unknown[0]!r}, a column that neither tickets nor "
            f"customers have; they have {', '.join(sorted(every))}"
        )
    later = [name for name in named if name not in of_tickets]
    return Conditions(
        tickets=tuple(name for name in named if name in of_tickets),
        customers=tuple(name for name in later if name in of_customers),
        health=tuple(name for name in later if name not in of_customers),
    )


def encode(series: pd.Series, *more: pd.Series) -> tuple[Column, ...]:
    """Several columns as codes into the same texts; numbers become their shortest text."""
    arrays = [as_arrow(_as_text(s)) for s in (series, *more)]
    encoded = pa.chunked_array(arrays).combine_chunks().dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    texts = tuple(encoded.dictionary.to_pylist())
    splits = np.split(codes, np.cumsum([len(a) for a in arrays])[:-1])
    return tuple(Column(part, texts) for part in splits)


def match_policies(
    columns: Mapping[str, Column], policies: tuple[PolicyConfig, ...], *, at: NDArray[np.int64]
) -> Codes:
    """For each row the position of the first policy whose conditions all hold; -1: none.

    ``at``: per row the instant, in microseconds, whose policies are asked.
    """
    found = np.full(at.size, -1, np.int32)
    for position, policy in enumerate(policies):
        holds = found < 0
        if policy.valid_from is not None:
            holds &= at >= instant_of(policy.valid_from)
        if policy.valid_until is not None:
            holds &= at < instant_of(policy.valid_until)
        for name, condition in policy.when.items():
            holds &= fulfils(columns[name], condition)
        found[holds] = position
    return found


def calendars_of(policy: Codes, columns: Mapping[str, Column], sla: SlaConfig) -> Codes:
    """For each row the calendar of its policy: 1 + its position among the configured; 0: 24x7."""
    names = list(sla.calendars)
    found = np.zeros(policy.size, np.int32)
    for position, config in enumerate(sla.policies):
        rows = np.flatnonzero(policy == position)
        if isinstance(config.calendar, CalendarChoice):
            column = columns[config.calendar.by]
            found[rows] = _chosen(config.calendar, column.texts, names)[column.codes[rows]]
        elif config.calendar is not None:
            found[rows] = 1 + names.index(config.calendar)
    return found


def _chosen(choice: CalendarChoice, texts: tuple[str, ...], names: list[str]) -> Codes:
    """For each text, and last for null, the calendar that is chosen by it."""
    use = {_normal(value): name for value, name in choice.use.items()}
    chosen = [use.get(_normal(text), choice.default) for text in texts] + [choice.default]
    return np.array([0 if name is None else 1 + names.index(name) for name in chosen], np.int32)


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
    amounts = _amounts(by_name, policy=policy, metric=metric, tier=tier, priority=priority)
    return amounts.rename("penalty")


def weights(
    sla: SlaConfig,
    *,
    policy: pd.Series,
    metric: pd.Series,
    tier: pd.Series,
    priority: pd.Series,
) -> pd.Series:
    """By what each clock's penalty is multiplied in the value index; rows as in ``penalties``."""
    by_name = {p.name: PenaltyConfig(amounts=p.weights) for p in sla.policies}
    factors = _amounts(by_name, policy=policy, metric=metric, tier=tier, priority=priority)
    return factors.rename("weight")


def _amounts(
    by_name: Mapping[str, PenaltyConfig],
    *,
    policy: pd.Series,
    metric: pd.Series,
    tier: pd.Series,
    priority: pd.Series,
) -> pd.Series:
    """Each kind of row is looked up once."""
    frame = pd.DataFrame({"policy": policy, "metric": metric, "tier": tier, "priority": priority})
    group = frame.groupby(list(frame.columns), dropna=False, sort=False).ngroup().to_numpy()
    _, first, number = np.unique(group, return_index=True, return_inverse=True)
    kinds = frame.iloc[first].astype(object)
    amounts = [
        by_name.get(p, PenaltyConfig()).amount(m, t, u)
        for p, m, t, u in kinds.where(kinds.notna(), None).itertuples(index=False)
    ]
    return pd.Series(np.array(amounts, float)[number], frame.index)


def metric_codes(metrics: pd.Series) -> NDArray[np.int8]:
    """Names of metrics as codes, by their position in METRICS."""
    return pd.Categorical(metrics, categories=METRICS).codes


def fulfils(column: Column, condition: Condition) -> NDArray[np.bool_]:
    """For each row whether its value is as the condition says; null fulfils none."""
    holds = _compares if isinstance(condition, Comparison) else _is_one_of
    table = np.array([*(holds(text, condition) for text in column.texts), False])  # type: ignore[arg-type]
    return table[column.codes]


def _is_one_of(text: str, accepted: tuple[str, ...]) -> bool:
    return _normal(text) in {_normal(value) for value in accepted}


def _compares(text: str, asked: Comparison) -> bool:
    if _is_one_of(text, asked.none_of):
        return False
    limits = (asked.at_least, asked.above, asked.at_most, asked.below)
    if all(limit is None for limit in limits):
        return True
    if not _NUMBER.fullmatch(text):
        return False
    value = float(text)
    return (
        (asked.at_least is None or value >= asked.at_least)
        and (asked.above is None or value > asked.above)
        and (asked.at_most is None or value <= asked.at_most)
        and (asked.below is None or value < asked.below)
    )


def _normal(text: str) -> str:
    """1, 1.0 and 1.00 are one value; so are they in a column of numbers."""
    return repr(float(text)) if _NUMBER.fullmatch(text) else text


def _as_text(series: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(series):
        return pd.Series(pc.cast(pa.array(series, from_pandas=True), pa.string()).to_pandas())
    return series
