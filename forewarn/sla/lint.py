"""Looking over the policies: what can never match, never be kept, or is promised too often."""

from dataclasses import dataclass, field
from itertools import chain

import pandas as pd

from forewarn.config import Config
from forewarn.progress import Progress, silent
from forewarn.schema import SPECS
from forewarn.sla.lint_conditions import repeated_names, unknown_columns, unreachable
from forewarn.sla.lint_findings import Finding, in_order
from forewarn.sla.lint_history import dates, overlaps, promised_nothing, read_situations
from forewarn.sla.lint_promises import broken_promises, promise_figures
from forewarn.sla.lint_targets import (
    calendars,
    crossed_metrics,
    crossed_priorities,
    impossible_budgets,
    pauses,
)
from forewarn.sla.lint_values import absent_values
from forewarn.sla.timeline import build_timelines
from forewarn.tables import Tables, empty_frame

THRESHOLD = 0.2


@dataclass(frozen=True)
class Lint:
    """``findings``: the worst first. ``figures``: as ``promise_figures``; empty without data.

    ``n_tickets``: of the history that was looked at, null where there was none.
    """

    findings: tuple[Finding, ...]
    figures: pd.DataFrame = field(default_factory=pd.DataFrame)
    n_tickets: int | None = None

    @property
    def has_errors(self) -> bool:
        return any(finding.severity == "error" for finding in self.findings)


def lint_policies(
    config: Config,
    tables: Tables | None,
    *,
    threshold: float = THRESHOLD,
    progress: Progress = silent,
) -> Lint:
    """Everything that looks wrong in ``config.sla``, and by the history where there is one.

    ``threshold``: a promise is warned of where a larger share of it was missed. Where a policy
    looks at a column that is not there, the history cannot be asked.
    """
    sla = config.sla
    unknown = tuple(unknown_columns(tables or _no_tables(config), sla))
    found = [*unknown, *of_configuration(config)]
    if tables is None or unknown:
        return Lint(in_order(found, sla.policies))
    figures, more = _of_history(config, tables, threshold, progress)
    return Lint(in_order([*found, *more], sla.policies), figures, len(tables.tickets))


def of_configuration(config: Config) -> tuple[Finding, ...]:
    """What the configuration alone shows."""
    sla = config.sla
    return tuple(
        chain(
            repeated_names(sla),
            unreachable(sla),
            pauses(sla),
            impossible_budgets(sla),
            crossed_metrics(sla),
            crossed_priorities(sla, config.queue.priorities),
            calendars(sla),
        )
    )


def _of_history(
    config: Config, tables: Tables, threshold: float, progress: Progress
) -> tuple[pd.DataFrame, list[Finding]]:
    sla, health = config.sla, config.health
    progress("matching tickets", 0.1)
    seen = read_situations(tables, sla, health=health)
    progress("running clocks", 0.3)
    timelines = build_timelines(tables, sla, health=health)
    progress("counting promises", 0.7)
    figures = promise_figures(tables, timelines, sla)
    return figures, [
        *absent_values(seen.columns, sla),
        *dates(seen, sla, watermark=timelines.watermark),
        *overlaps(seen, sla),
        *promised_nothing(tables, sla, health=health),
        *broken_promises(figures, threshold=threshold),
    ]


def _no_tables(config: Config) -> Tables:
    """Tables without a row, but with the attributes that the sources name."""
    attributes = dict.fromkeys(name for source in config.sources for name in source.attributes)
    return Tables(
        **{name: empty_frame(spec) for name, spec in SPECS.items()},
        watermark=pd.Timestamp(0, tz="UTC"),
        digest="",
        attributes=tuple(attributes),
    )
