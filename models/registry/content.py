"""What is logged of a training, as plain values: parameters, figures, requirements."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from models.bundle import ModelBundle

REQUIREMENTS = ("numpy", "pandas", "scikit-learn", "lightgbm")
"""What a reader of the bundle needs; given, so that MLflow need not guess for nine seconds."""
_MOST_CHARACTERS = 500


def parameters(bundle: ModelBundle) -> dict[str, str]:
    """What the training was set to, and what it was made with."""
    values = {
        "cutoff": bundle.cutoff.isoformat(),
        "policy_version": bundle.policy_version,
        "n_features": str(len(bundle.feature_names)),
        "seed": _seeds(bundle),
        **{f"version.{name}": value for name, value in bundle.versions.items()},
        **{f"setting.{name}": value for name, value in bundle.settings.items()},
        **{f"refused.{metric}": why for metric, why in bundle.refused.items()},
        "work": bundle.work.note,
    }
    return {name: value[:_MOST_CHARACTERS] for name, value in values.items()}


def documents(bundle: ModelBundle) -> dict[str, dict[str, Any]]:
    """Files of a run: the features, and per metric how the fit went and what weighs most."""
    found: dict[str, dict[str, Any]] = {"features.json": {"features": list(bundle.feature_names)}}
    for metric, model in bundle.models.items():
        found[f"importance_{metric}.json"] = model.importance()
        found[f"fit_{metric}.json"] = asdict(model.report)
    return found


def fit_figures(bundle: ModelBundle) -> dict[str, float]:
    """``<metric>.fit.<figure>`` of every model."""
    values: dict[str, float] = {}
    for metric, model in bundle.models.items():
        for name, value in asdict(model.report).items():
            if isinstance(value, int | float):
                values[f"{metric}.fit.{name}"] = float(value)
        values[f"{metric}.fit.is_calibrated"] = float(model.calibrator is not None)
    return values


def headline_figures(evaluation: Mapping[str, Any]) -> dict[str, float]:
    """``<metric>.<landmark>.<model>.<figure>`` and the same with ``.low`` and ``.high``."""
    values: dict[str, float] = {}
    for metric, found in evaluation.get("metrics", {}).items():
        headline = found.get("headline") or {}
        parts = {
            **headline.get("landmarks", {}),
            **{k: headline[k] for k in ("macro", "all_observations") if headline.get(k)},
        }
        for landmark, part in parts.items():
            for model, figures in part.get("models", {}).items():
                for figure, interval in figures.items():
                    values |= _ends(f"{metric}.{landmark}.{_plain(model)}.{figure}", interval)
    return values


def pip_requirements(bundle: ModelBundle) -> list[str]:
    """The exact versions that the model was fitted with."""
    return [f"{n}=={bundle.versions[n]}" for n in REQUIREMENTS if n in bundle.versions]


def signature_inputs(bundle: ModelBundle) -> dict[str, str]:
    """Feature: ``string`` or ``double``."""
    texts = {name for model in bundle.models.values() for name in model.encoder.categories}
    return {name: "string" if name in texts else "double" for name in bundle.feature_names}


def _seeds(bundle: ModelBundle) -> str:
    """The seed of the fits; one, unless somebody changes how metrics are fitted."""
    return ", ".join(sorted({str(m.report.seed) for m in bundle.models.values()}))


def _ends(key: str, interval: Mapping[str, float | None]) -> dict[str, float]:
    named = {"value": key, "low": f"{key}.low", "high": f"{key}.high"}
    found = {named[end]: interval.get(end) for end in named}
    return {name: float(value) for name, value in found.items() if value is not None}


def _plain(model: str) -> str:
    """A model's name with what MLflow's metric names may hold."""
    return "".join(c if c.isalnum() or c in "_-./ " else "_" for c in model)
