"""The simulated desk of a workspace's tables."""

from forewarn.config import Config, SlaConfig
from forewarn.config.settings import HealthConfig
from forewarn.sla.timeline import build_timelines
from forewarn.tables import Tables
from models.simulated.history import fit_desk
from models.simulated.whatif import Promised


def fit_promised(
    tables: Tables,
    config: Config,
    sla: SlaConfig | None = None,
    *,
    health: HealthConfig | None = None,
) -> Promised:
    """The desk of the tables under the workspace's policies, or under other ones."""
    rules = sla or config.sla
    segments = health or config.health
    timelines = build_timelines(tables, rules, health=segments)
    history = fit_desk(
        tables, timelines, rules, segments,
        priorities=config.queue.priorities, zone=config.report.time_zone,
    )  # fmt: skip
    return Promised(history, timelines.openings)
