"""What ``forewarn whatif`` prints: rows, columns, and the answer in words."""

from collections.abc import Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from pipelines.cli.rows import Column, Row

if TYPE_CHECKING:
    from forewarn.simulation.compare import Trials
    from models.simulated.staffing import Staffing

_FIGURES = {
    "resolution": ("resolutions broken", 100, " %"),
    "first_response": ("first responses broken", 100, " %"),
    "penalty": ("penalty per ticket", 1, ""),
    "mean_wait": ("mean wait for the first touch", 1, " h"),
    "low_wait": ("longest of 1,000 waits, lowest priority", 1, " h"),
    "busy": ("agents' time at work", 100, " %"),
}


def staff_rows(tried: "Sequence[Staffing]") -> list[dict[str, Any]]:
    """One row per number of agents that was tried, from the fewest on."""
    from models.simulated.staffing import smallest

    enough = smallest(tried)
    return [
        {
            "n": s.n, "kept": s.kept, "suffices": s.suffices, "is_smallest": s is enough,
            "broken": s.broken.mean, "broken_low": s.broken.low, "broken_high": s.broken.high,
        }
        for s in sorted(tried, key=lambda s: s.n)
    ]  # fmt: skip


def answer(rows: Sequence[Row]) -> str:
    """The smallest staff in words."""
    for row in rows:
        if row["is_smallest"]:
            words = f"{row['n']:+d} agents" if row["n"] else "the present staff"
            return f"The smallest staff that keeps it: {words}."
    return (
        f"Not even {rows[-1]['n']:+d} agents keep it: what is broken waits for other groups, for "
        "customers or third parties, or promises too much."
    )


def rows_of(trials: "Trials") -> list[dict[str, Any]]:
    """One row per figure: as it is, changed, and the difference with its interval."""
    from forewarn.simulation.compare import difference, interval, values_of
    from models.simulated.whatif import AS_IS, CHANGED

    rows = []
    for name in _FIGURES:
        sides = [
            interval(values_of(trials, side, attrgetter(name)), least=0.0)
            for side in (AS_IS, CHANGED)
        ]
        change = difference(trials, CHANGED, AS_IS, attrgetter(name))
        rows.append({
            "figure": name,
            "as_it_is": sides[0].mean, "as_it_is_low": sides[0].low, "as_it_is_high": sides[0].high,
            "changed": sides[1].mean, "changed_low": sides[1].low, "changed_high": sides[1].high,
            "difference": change.mean, "difference_low": change.low,
            "difference_high": change.high,
        })  # fmt: skip
    return rows


def _shown(row: Row, key: str) -> str:
    _, factor, unit = _FIGURES[row["figure"]]
    mean, low, high = (factor * row[key + side] for side in ("", "_low", "_high"))
    return f"{mean:,.2f}{unit} ({low:,.2f} to {high:,.2f})"


def _broken(row: Row) -> str:
    mean, low, high = (100 * row["broken" + side] for side in ("", "_low", "_high"))
    return f"{mean:.2f} % ({low:.2f} to {high:.2f})"


COLUMNS = (
    Column("", lambda row: _FIGURES[row["figure"]][0], style="bold"),
    Column("as it is (95 %)", lambda row: _shown(row, "as_it_is"), "right"),
    Column("changed", lambda row: _shown(row, "changed"), "right"),
    Column("difference", lambda row: _shown(row, "difference"), "right"),
)
STAFFING = (
    Column("agents", lambda row: f"{row['n']:+d}", "right", style="bold"),
    Column("promises broken (95 %)", _broken, "right"),
    Column("kept in", lambda row: f"{100 * row['kept']:.0f} % of the draws", "right"),
    Column("", lambda row: "smallest" if row["is_smallest"] else
           "enough" if row["suffices"] else ""),
)  # fmt: skip
