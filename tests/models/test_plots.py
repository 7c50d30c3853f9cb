"""Plots are drawn from the JSON alone, and what is missing is left out."""

import struct
import sys
from pathlib import Path
from typing import Any

from models.plots import draw_auc, draw_reliability, write_plots


def figure(value: float | None) -> dict[str, Any]:
    """An AUC with an interval, or one that could not be given."""
    low, high = (None, None) if value is None else (value - 0.02, value + 0.02)
    return {"auc": {"value": value, "low": low, "high": high}}


def headline(*, ours: bool = True) -> dict[str, Any]:
    """Two landmarks, ours (or none) and two baselines; one figure is missing."""
    models = {"prior": figure(0.5), "time_left": figure(0.7)} | (
        {"forewarn": figure(0.85)} if ours else {}
    )
    rows = [{"n": 10, "mean_probability": p, "breach_share": p} for p in (0.1, 0.9)]
    late = models | {"time_left": figure(None)}
    return {
        "landmarks": {
            "opening": {"models": models, "reliability": rows},
            "0.5": {"models": late, "reliability": []},
        },
        "macro": {"models": models},
    }


def test_a_plot_of_each_kind_is_written_per_metric(tmp_path: Path) -> None:
    """PNG files of a readable size; a metric without a headline has none."""
    evaluation = {"metrics": {"resolution": {"headline": headline()}, "x": {"headline": None}}}
    paths = write_plots(evaluation, tmp_path / "plots")
    assert [p.name for p in paths] == ["resolution_auc.png", "resolution_reliability.png"]
    for path in paths:
        content = path.read_bytes()
        assert content[:8] == b"\x89PNG\r\n\x1a\n"
        assert struct.unpack(">II", content[16:24]) == (704, 462)


def test_the_lines_are_the_figures_of_the_json() -> None:
    """Ours has its two points; the missing one of time left is left out."""
    (axes,) = draw_auc(headline(), title="resolution").axes
    lines = [
        line.get_ydata()
        for line in axes.lines
        if len(line.get_ydata()) and line.get_marker() in "o."
    ]
    assert [list(y) for y in lines] == [[0.5, 0.5], [0.7], [0.85, 0.85]]
    assert axes.get_legend().get_texts()[0].get_text() == "forewarn"


def test_a_refused_model_leaves_the_baselines() -> None:
    """Without ours the plot is still drawn, without a legend of nothing."""
    (axes,) = draw_auc(headline(ours=False), title="resolution").axes
    assert axes.get_legend() is None
    (axes,) = draw_reliability(headline(ours=False), title="resolution").axes
    assert [t.get_text() for t in axes.get_legend().get_texts()] == ["opening", "50% used"]


def test_drawing_leaves_no_global_state() -> None:
    """Pyplot is never imported: it would keep figures alive and look for a display."""
    draw_auc(headline(), title="resolution")
    assert "matplotlib.pyplot" not in sys.modules
