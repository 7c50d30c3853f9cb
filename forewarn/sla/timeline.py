"""Building the timelines of a whole history, without a loop over tickets or events."""

from forewarn.config import METRICS, SlaConfig
from forewarn.config.settings import HealthConfig
from forewarn.progress import Progress, silent
from forewarn.sla.actions import build_metric
from forewarn.sla.assemble import assemble
from forewarn.sla.events import read_events
from forewarn.sla.metrics import metric_rule
from forewarn.sla.promises import read_tickets
from forewarn.sla.situations import read_attributes
from forewarn.sla.spans import compile_calendars
from forewarn.sla.timelines import Timelines
from forewarn.tables import Tables

__all__ = ["Timelines", "build_timelines", "compile_calendars"]


def build_timelines(
    tables: Tables,
    sla: SlaConfig,
    *,
    health: HealthConfig = HealthConfig(),  # noqa: B008  # immutable
    progress: Progress = silent,
) -> Timelines:
    """Every clock that the tables and the policies give rise to.

    A ticket gets clocks of a metric where a deadline was imported for it, or a policy matches
    and promises something for its priority (at any time of its life). ``health``: thresholds
    of the segments, where a policy looks at them. Raises ConfigError where a policy looks at a
    column that is not there.
    """
    progress("Clocks: reading events", 0.0)
    events = read_events(tables)
    attributes = read_attributes(tables, events, sla, health)
    blocks = []
    for i, metric in enumerate(sorted(sla.metrics, key=METRICS.index)):
        progress(f"Clocks: {metric}", 0.3 + 0.5 * i / len(sla.metrics))
        rule = metric_rule(metric, sla)
        tickets = read_tickets(tables, events, rule)
        blocks.append(build_metric(rule, tickets, events, attributes, sla))
    progress("Clocks: putting together", 0.8)
    timelines = assemble(blocks, tables, sla)
    progress("Clocks", 1.0)
    return timelines
