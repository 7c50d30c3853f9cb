"""Plots of an evaluation, drawn from its JSON: drawing computes nothing.

Matplotlib's object interface with the Agg canvas: no global state, no display needed.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models.evaluation_scored import OURS

INK, OTHER, GRID = "#1b4f72", "#9aa5ad", "#d9dee2"
SHOWN = 5
"""Baselines drawn beside ours, the best by macro AUC."""


def write_plots(evaluation: Mapping[str, Any], folder: Path) -> list[Path]:
    """``<metric>_auc.png`` and ``<metric>_reliability.png`` of every metric that has figures."""
    folder.mkdir(parents=True, exist_ok=True)
    paths: list[Path] = []
    for metric, found in evaluation["metrics"].items():
        headline = found["headline"]
        if headline and headline["landmarks"]:
            for name, draw in (("auc", draw_auc), ("reliability", draw_reliability)):
                path = folder / f"{metric}_{name}.png"
                draw(headline, title=metric.replace("_", " ")).savefig(path, dpi=110)
                paths.append(path)
    return paths


def draw_auc(headline: Mapping[str, Any], *, title: str) -> Any:
    """AUC per landmark: ours with its interval, and the best baselines."""
    figure, axes = _canvas(f"{title}: ROC-AUC at each landmark")
    names = list(headline["landmarks"])
    for model in [*reversed(_best(headline)), OURS]:
        found = [headline["landmarks"][n]["models"].get(model, {}).get("auc") for n in names]
        known = [(i, f) for i, f in enumerate(found) if f and f["value"] is not None]
        if known:
            _line(axes, known, model)
    axes.axhline(0.5, color=GRID, zorder=0)
    axes.set_xticks(range(len(names)), [_label(n) for n in names])
    axes.set_ylabel("ROC-AUC (0.5 is chance)")
    if OURS in headline["macro"]["models"]:
        axes.legend(frameon=False, fontsize=8)
    return figure


def draw_reliability(headline: Mapping[str, Any], *, title: str) -> Any:
    """Breach share against predicted probability, one line per landmark."""
    figure, axes = _canvas(f"{title}: predicted and actual breaches")
    axes.plot([0, 1], [0, 1], color=GRID, zorder=0)
    shades = ("#1b4f72", "#2e86c1", "#148f77", "#b9770e", "#943126", "#6c3483")
    for i, (name, found) in enumerate(headline["landmarks"].items()):
        rows = found["reliability"]
        x, y = ([r[c] for r in rows] for c in ("mean_probability", "breach_share"))
        axes.plot(x, y, marker="o", ms=3, color=shades[i % len(shades)], label=_label(name))
    axes.set_xlabel("mean predicted probability of a bin")
    axes.set_ylabel("share that breached")
    if headline["landmarks"]:
        axes.legend(frameon=False, fontsize=8)
    return figure


def _canvas(title: str) -> tuple[Any, Any]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4.2), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.set_title(title, fontsize=10, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _best(headline: Mapping[str, Any]) -> list[str]:
    """The best baselines by macro AUC, best first."""
    values = {m: f["auc"]["value"] for m, f in headline["macro"]["models"].items() if m != OURS}
    known = [m for m, v in values.items() if v is not None]
    return sorted(known, key=lambda m: (-values[m], m))[:SHOWN]


def _line(axes: Any, points: list[tuple[int, Mapping[str, float]]], model: str) -> None:
    x, y = [i for i, _ in points], [f["value"] for _, f in points]
    ours = model == OURS
    axes.plot(
        x,
        y,
        marker="o" if ours else ".",
        color=INK if ours else OTHER,
        lw=2.2 if ours else 1.0,
        label=model if ours else None,
        zorder=3 if ours else 1,
    )
    if ours:
        axes.fill_between(
            x, [f["low"] for _, f in points], [f["high"] for _, f in points], color=INK, alpha=0.15
        )
    else:
        axes.annotate(
            model.replace("_", " "), (x[-1], y[-1]), xytext=(4, 0),
            textcoords="offset points", fontsize=7, color="#5d6d75", va="center",
        )  # fmt: skip


def _label(landmark: str) -> str:
    return landmark if landmark == "opening" else f"{float(landmark):.0%} used"
