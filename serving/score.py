"""One scoring run: from a history and a model to scores, queue and customer flags.

Pure: the same history, configuration, model, instant, turns and shown order give the same run.
A model that cannot be used never stops the queue: the order is then by rule, and says why.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pandas as pd
import sqlalchemy as sa

from features.catalogue import declared_features
from features.history import History
from forewarn.config import Config
from forewarn.errors import ModelError
from forewarn.tables import Tables
from models.bundle import ModelBundle
from serving.capacity import plan_today, read_roster
from serving.customers import read_customers
from serving.desk import Desk, read_desk
from serving.flags import flag_customers
from serving.former import FormerOrder
from serving.messages import flag_messages
from serving.predict import breach_probabilities, degraded_because, expected_breach_at
from serving.rank import rank_tickets
from serving.run import FlagMemory, ScoredRun, Turn
from serving.said import said_of
from serving.schema.shown import CAPACITY, QUEUE, ROSTER, SCORES
from serving.telling import reason_features

__all__ = ["ScoredRun", "degraded_because", "score"]


def score(
    history: History,
    config: Config,
    bundle: ModelBundle | None,
    *,
    as_of: dt.datetime,
    turns: Iterable[Turn] = (),
    memory: FlagMemory | None = None,
    former: FormerOrder | None = None,
    run_id: int = 0,
    tables: Tables | None = None,
    degraded: str | None = None,
    shadow: ModelBundle | None = None,
) -> ScoredRun:
    """Score every open clock as known before ``as_of`` and order the open tickets.

    ``bundle``: None where there is no model. ``turns``: the guard's count as the last
    published run left it; ``memory``: the customers' flags as it left them; ``former``: the order
    that is shown now; ``run_id``: under which lotteries are drawn. ``tables``: the canonical
    ones, for subjects, who looks after which customer, and who is at work. ``degraded``: why the
    model must not be used, where the caller knows. ``shadow``: the challenger, whose scores are
    logged and change nothing.
    """
    instant = pd.Timestamp(as_of).tz_convert("UTC").as_unit("us")
    why = degraded or degraded_because(history, config, bundle, as_of=instant)
    model = None if why else bundle
    beside = None if degraded_because(history, config, shadow, as_of=instant) else shadow
    names = _feature_names(history, model, beside)
    desk = read_desk(history, config, as_of=instant, feature_names=names, tables=tables)
    try:
        desk = _predicted(desk, model)
    except ModelError as error:
        model, why = None, str(error)
        desk = _predicted(desk, None)
    said = said_of(desk, config, champion=model, challenger=beside)
    ranking = rank_tickets(
        history, config, model, desk, as_of=instant, turns=turns, former=former, run_id=run_id
    )
    roster = read_roster(history, config, tables, as_of=instant)
    capacity, queue = plan_today(ranking.queue, roster)
    customers = read_customers(history, config, model, desk, as_of=instant)
    flags, remembered = flag_customers(
        customers,
        k=config.queue.customer_flags,
        as_of=instant.to_pydatetime(),
        time_zone=config.report.time_zone,
        memory=memory,
    )
    digests = {} if model is None else dict(model.digests)
    return ScoredRun(
        as_of=instant.to_pydatetime(),
        scores=desk.clocks[_columns(SCORES)],
        queue=queue[_columns(QUEUE)],
        flags=flags,
        roster=roster[_columns(ROSTER)],
        capacity=capacity[_columns(CAPACITY)],
        model_version=None if model is None else model.version,
        degraded=why,
        policy_version=config.sla.version,
        tightening=ranking.tightening,
        digests={**digests, "history": history.digest},
        turns=ranking.turns,
        memory=remembered,
        messages=flag_messages(instant.to_pydatetime(), flags=flags),
        said=said.merge(
            queue[["ticket_id", "position", "arm", "propensity"]], on="ticket_id", how="left"
        ),
    )


def _feature_names(history: History, *models: ModelBundle | None) -> list[str]:
    """What the models ask for, and what reasons speak of as far as this history has it."""
    declared = {feature.name for feature in declared_features(history)}
    asked = [name for model in models if model is not None for name in model.feature_names]
    asked += [n for model in models if model is not None for n in model.work.feature_names]
    return [*asked, *(name for name in reason_features() if name in declared)]


def _predicted(desk: Desk, model: ModelBundle | None) -> Desk:
    """The desk with P(breach) and what follows on its clocks; null everywhere without a model."""
    found = np.nan if model is None else breach_probabilities(model, desk)
    told = replace(desk, clocks=desk.clocks.assign(breach_probability=found))
    late = pd.Series(pd.NaT, index=desk.clocks.index, dtype=desk.clocks["due_at"].dtype)
    if model is not None:
        late = expected_breach_at(model, told)
    return replace(told, clocks=told.clocks.assign(expected_breach_at=late))


def _columns(table: sa.Table) -> list[str]:
    """Columns of a published table that a run fills in."""
    return [column.name for column in table.c if column.name != "run_id"]
