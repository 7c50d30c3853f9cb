"""One scoring run: from a history and a model to scores, queue and customer flags.

Pure: the same history, configuration, model, instant, turns and shown order give the same run.
A model that cannot be used never stops the queue: the order is then by rule, and says why.
"""

import datetime as dt
from collections.abc import Iterable

import pandas as pd
import sqlalchemy as sa

from features.history import History
from forewarn.config import Config
from forewarn.tables import Tables
from models.bundle import ModelBundle
from serving.capacity import plan_today, read_roster
from serving.customers import read_customers
from serving.flags import flag_customers
from serving.foretold import Foretold, foretell
from serving.former import FormerOrder
from serving.messages import flag_messages
from serving.rank import rank_tickets
from serving.run import FlagMemory, ScoredRun, Turn
from serving.schema.shown import CAPACITY, QUEUE, ROSTER, SCORES


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
    told = foretell(
        history, config, bundle, shadow, as_of=instant, tables=tables, degraded=degraded
    )
    desk, model = told.desk, told.model
    ranking = rank_tickets(
        history, config, model, desk, as_of=instant, turns=turns, former=former, run_id=run_id
    )
    roster = read_roster(history, config, tables, as_of=instant)
    capacity, queue = plan_today(ranking.queue, roster)
    flags, remembered = _flagged(history, config, told, as_of=instant, memory=memory)
    digests = {} if model is None else dict(model.digests)
    return ScoredRun(
        as_of=instant.to_pydatetime(),
        scores=desk.clocks[_columns(SCORES)],
        queue=queue[_columns(QUEUE)],
        flags=flags,
        roster=roster[_columns(ROSTER)],
        capacity=capacity[_columns(CAPACITY)],
        model_version=None if model is None else model.version,
        degraded=told.degraded,
        policy_version=config.sla.version,
        tightening=ranking.tightening,
        digests={**digests, "history": history.digest},
        turns=ranking.turns,
        memory=remembered,
        messages=flag_messages(
            instant.to_pydatetime(), flags=flags, time_zone=config.report.time_zone
        ),
        said=_in_places(told.said, queue),
    )


def _flagged(
    history: History,
    config: Config,
    told: Foretold,
    *,
    as_of: pd.Timestamp,
    memory: FlagMemory | None,
) -> tuple[pd.DataFrame, FlagMemory]:
    """The customers' flags of this week, and what to remember of them."""
    return flag_customers(
        read_customers(history, config, told.model, told.desk, as_of=as_of),
        k=config.queue.customer_flags,
        as_of=as_of.to_pydatetime(),
        time_zone=config.report.time_zone,
        memory=memory,
    )


def _in_places(said: pd.DataFrame, queue: pd.DataFrame) -> pd.DataFrame:
    """What was said of each clock, with where its ticket stands, and by which lottery."""
    places = queue[["ticket_id", "position", "arm", "propensity"]]
    return said.merge(places, on="ticket_id", how="left")


def _columns(table: sa.Table) -> list[str]:
    """Columns of a published table that a run fills in."""
    return [column.name for column in table.c if column.name != "run_id"]
