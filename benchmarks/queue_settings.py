"""What the table of policies is run with; fixed before its first run, and not tuned since.

The desk is fitted to the demo's own log (seed 7, 52 weeks): arrivals, routes, waits, presence
and pace come from it, targets and penalties from the demo's ``forewarn.yaml``. The constants of
the index are the defaults of ``forewarn.yaml`` (mean waits of 120 and 60 minutes, double weight
of first response), the guards those of the served queue.
"""

SEEDS = tuple(range(101, 113))
LOAD, OVERLOAD = 0.95, 1.02
HALF = 0.5
GRID: tuple[tuple[str, str, tuple[float, ...]], ...] = (
    ("load", "load", (0.85, 0.9, 0.95, 1.0, 1.05)),
    ("spread of work (times the log's own)", "spread", (0.5, 1.0, 1.5)),
    ("targets (times those promised)", "targets", (0.5, 1.0, 2.0)),
    ("share of picks that follow", "compliance", (0.25, 0.5, 0.75, 1.0)),
    ("minutes between scorings", "interval_minutes", (0.0, 5.0, 60.0, 240.0)),
    ("bias of predicted work (times)", "bias", (0.5, 0.75, 1.0, 1.5, 2.0)),
)
"""Title, field of `Setting`, values; the others stand as in the table."""
GRID_SEEDS = SEEDS[:6]
