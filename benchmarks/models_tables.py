"""The results as tables: short ones for a terminal, all figures with intervals as Markdown."""

import re
from collections.abc import Iterable, Sequence

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table as Rich

from benchmarks.models_answers import gives_probabilities
from benchmarks.models_cells import Cell
from benchmarks.models_figures import Result, read
from models.bootstrap import interval
from models.evaluation_scored import OURS
from models.evaluation_tables import base_rate, macro
from models.metrics import STATISTICS

TITLES = {"auc": "AUC", "average_precision": "AP", "brier": "Brier", "ece": "ECE"}
RATES_SHOWN = 3
"""As-of rates on a terminal; Markdown has all of them."""
_RATE = re.compile(r"_rate_(known|matured)$")


def landmarks_of(result: Result) -> list[str]:
    """Opening, then by time: shares of the budget or hours."""
    names = [name for name in result.table if name != "all"]
    return sorted(names, key=lambda n: -1.0 if n == "opening" else float(n.rstrip("h")))


def ranked(result: Result) -> list[str]:
    """Models by macro AUC, best first; ours stays first."""
    means = macro(result.table)
    aucs = {m: float(np.nan_to_num(rows[0, 0], nan=-1.0)) for m, rows in means.items()}
    return sorted(means, key=lambda m: (m != OURS, -aucs[m], m))


def print_result(result: Result, *, console: Console) -> None:
    """One table per data set, best macro AUC first.

    AUC and AP at opening, and as the mean over landmarks; Brier over all observations; ECE at the
    worst landmark with enough of them.
    """
    table = Rich(
        title=f"{result.name}: {about_line(result)}", title_justify="left", box=SIMPLE_HEAD,
        pad_edge=False, collapse_padding=True,
    )  # fmt: skip
    table.add_column("model", no_wrap=True, max_width=24)
    first = "opening"
    for name in ("AUC open", "AUC macro", "AP open", "AP macro", "Brier", "ECE", "fit s"):
        table.add_column(name, justify="right", min_width=11 if name == "AUC macro" else 4)
    means, rates = macro(result.table), 0
    for model in ranked(result):
        rates += bool(_RATE.search(model))
        if _RATE.search(model) and rates > RATES_SHOWN:
            continue
        seconds = result.answers.seconds.get(model)
        table.add_row(
            label(model),
            short(read(result.table, first, "auc", model=model)),
            about(interval(means[model][:, 0])),
            short(read(result.table, first, "average_precision", model=model)),
            short(float(means[model][0, 1])),
            short(read(result.table, "all", "brier", model=model)),
            short(_worst(result, model)),
            "" if seconds is None else f"{seconds:.0f}",
            style="bold" if model == OURS else None,
        )
    console.print(table)
    for line in notes(result):
        console.print(f"  {line}", highlight=False)
    console.print()


def print_cells(found: Sequence[Cell], *, console: Console) -> None:
    """The cells in which ours is behind."""
    behind = [cell for cell in found if cell.verdict == "behind"]
    title = f"behind in {len(behind)} of {len(found)} cells"
    table = Rich(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for name in ("data set", "landmark", "figure", "ours", "best on validation", "", "difference"):
        table.add_column(name)
    for cell in behind:
        table.add_row(
            cell.name, cell.landmark, TITLES[cell.figure], short(cell.ours), label(cell.peer),
            short(cell.theirs), signed(cell.difference),
        )  # fmt: skip
    console.print(table)


def markdown(results: Iterable[Result]) -> str:
    """Every figure of every model, and all cells."""
    every = list(results)
    parts = [_section(result) for result in every]
    return "\n".join([*parts, _cells_section([c for result in every for c in result.cells])])


def notes(result: Result) -> list[str]:
    """What stands below a table: the split by chance, the rules, who is missing and why."""
    found = [f"{label(name)}: {note}" for name, note in result.answers.notes.items()]
    if result.has_ours and result.chance_auc is not None:
        honest = read(result.table, "macro", "auc")
        found.append(
            f"a split by chance would have claimed a macro AUC of {short(result.chance_auc)} for "
            f"ours ({result.chance_auc - honest:+.3f})"
        )
    for rule in result.rules:
        early, own = rule["early"], rule["rule"]
        found.append(
            f"the rule at {rule['share']:.0%} of the budget: {rule['volume']:,} alerts, precision "
            f"{span(own['precision'])}; as many of ours by 25 %: {span(early['precision'])}, "
            f"ratio {span(rule['early_precision_over_rule'])}, "
            f"lead time {times(rule['early_lead_over_rule'])} times as long"
        )
    return found


def about_line(result: Result) -> str:
    """The window and its sizes."""
    facts = result.about
    return (
        f"opened {facts['cutoff'][:10]} to {facts['until'][:10]}, {facts['n']:,} observations of "
        f"{facts['n_tickets']:,} tickets; {facts['n_train']:,} to learn from"
    )


def _section(result: Result) -> str:
    lines = [f"### {result.name}", "", f"{about_line(result)[0].upper()}{about_line(result)[1:]}."]
    lines += ["", *(f"- {note}" for note in notes(result)), ""]
    for i, figure in enumerate(STATISTICS):
        lines += _figure_table(result, i, figure)
    lines += ["**Seconds to choose settings and to fit once**", "", "| model | s | settings |"]
    lines += ["|---|--:|---|"]
    for name, seconds in result.answers.seconds.items():
        settings = ", ".join(f"{k} {v:g}" for k, v in result.answers.settings.get(name, {}).items())
        lines.append(f"| {label(name)} | {seconds:.1f} | {settings} |")
    return "\n".join([*lines, ""])


def _figure_table(result: Result, i: int, figure: str) -> list[str]:
    columns = landmarks_of(result)
    every = "macro" if figure in ("auc", "average_precision") else "all"
    means = macro(result.table) if every == "macro" else result.table["all"]
    models = [m for m in ranked(result) if np.isfinite(means[m][0, i])]
    if not models:
        return []
    lines = [f"**{TITLES[figure]}**", "", f"| model | {' | '.join([*columns, every])} |"]
    lines += [f"|---|{'--:|' * (len(columns) + 1)}"]
    rates = [short(base_rate(result.test, result.test.mask(c))["value"]) for c in columns]
    lines += [f"| base rate | {' | '.join([*rates, ''])} |"]
    for model in models:
        row = [span(interval(result.table[c][model][:, i])) for c in columns]
        text = " | ".join([label(model), *row, span(interval(means[model][:, i]))])
        lines.append(f"| {text} |")
    return [*lines, ""]


def _cells_section(found: Sequence[Cell]) -> str:
    held = sum(cell.verdict != "behind" for cell in found)
    lines = [f"### Cells: first or within noise in {held} of {len(found)}", ""]
    columns = (
        "data set", "landmark", "figure", "ours", "best on validation", "its figure",
        "difference", "verdict", "best on the test",
    )  # fmt: skip
    lines += [f"| {' | '.join(columns)} |", "|---|---|---|--:|---|--:|---|---|---|"]
    for cell in found:
        verdict = f"**{cell.verdict}**" if cell.verdict == "behind" else cell.verdict
        row = [
            cell.name, cell.landmark, TITLES[cell.figure], short(cell.ours), label(cell.peer),
            short(cell.theirs), signed(cell.difference), verdict,
            f"{label(cell.best)} {short(cell.best_value)}",
        ]  # fmt: skip
        lines.append(f"| {' | '.join(row)} |")
    return "\n".join([*lines, ""])


def label(model: str) -> str:
    """A model's name as people read it.

    >>> label("group_rate_known"), label("time_left"), label("forewarn")
    ('rate of group, known', 'time left', 'forewarn')
    """
    found = _RATE.search(model)
    if found:
        return f"rate of {model[: found.start()]}, {found[1]}"
    return model.replace("_", " ")


def short(value: float | None) -> str:
    """Three digits behind the point, empty where there is none.

    >>> short(0.8537), short(None), short(1.0)
    ('.854', '', '1.000')
    """
    if value is None or not np.isfinite(value):
        return ""
    return f"{value:.3f}".removeprefix("0")


def about(found: dict[str, float | None]) -> str:
    """A figure with half of its interval's width.

    >>> about({"value": 0.85, "low": 0.84, "high": 0.862})
    '.850 ± .011'
    """
    value, low, high = (found[k] for k in ("value", "low", "high"))
    if value is None or low is None or high is None:
        return short(value)
    return f"{short(value)} ± {short((high - low) / 2)}"


def span(found: dict[str, float | None]) -> str:
    """A figure with its interval.

    >>> span({"value": 0.85, "low": 0.84, "high": 0.861})
    '.850 (.840 to .861)'
    """
    value, low, high = (found[k] for k in ("value", "low", "high"))
    if value is None or low is None or high is None:
        return short(value)
    return f"{short(value)} ({short(low)} to {short(high)})"


def signed(found: dict[str, float | None]) -> str:
    """A difference with its interval.

    >>> signed({"value": -0.01, "low": -0.02, "high": 0.001})
    '-0.010 (-0.020 to +0.001)'
    """
    value, low, high = (found[k] or 0.0 for k in ("value", "low", "high"))
    return f"{value:+.3f} ({low:+.3f} to {high:+.3f})"


def times(ratio: float | None) -> str:
    """A ratio, or that there is none."""
    return "?" if ratio is None else f"{ratio:.1f}"


def _worst(result: Result, model: str) -> float | None:
    if not gives_probabilities(model):
        return None
    errors = [read(result.table, name, "ece", model=model) for name in landmarks_of(result)]
    return float(np.nanmax(errors)) if np.isfinite(errors).any() else None
