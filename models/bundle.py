"""Everything that scoring needs of a training, as text and JSON in one folder."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from forewarn.errors import ModelError
from models.breach_model import BreachModel
from models.bundle_files import from_json_text, read_bundle, to_json_text, write_bundle
from models.checks import Check
from models.conformal import Conformal
from models.customer_model import CustomerModel
from models.exam import Exam
from models.golden import GoldenRows, work_answers
from models.label_record import Record
from models.rehearsal import rehearse_in_child
from models.work import WorkModel

SCHEMA_VERSION = 2


@dataclass(frozen=True)
class ModelBundle:
    """The models of one training and what they were made of.

    ``models``: by metric; a metric that was refused is in ``refused`` with the reason.
    ``digests``: of data, features, configuration, policy and calendars, lock.
    ``golden``: by metric, rows whose probabilities must come out the same, to the bit.
    ``golden_work``: the same of the work's estimates; null where averages alone tell them.
    ``customers``: by event, with golden rows; one without a model is in ``customers_refused``.
    ``versions``: of libraries and source; ``settings``: of the training, as texts.
    ``exam``: what the recipe foretold of the latest tickets; null in models of before there
    were exams. ``conformal``: by metric. ``labels``: what it was told, by
    segment; ``checks`` of that.
    ``version`` and ``note``: of the registry; null before the bundle is registered.
    """

    models: Mapping[str, BreachModel]
    refused: Mapping[str, str]
    work: WorkModel
    cutoff: pd.Timestamp
    feature_names: tuple[str, ...]
    digests: Mapping[str, str]
    policy_version: str
    golden: Mapping[str, GoldenRows]
    versions: Mapping[str, str]
    settings: Mapping[str, str]
    exam: Exam | None = None
    conformal: Mapping[str, Conformal] = field(default_factory=dict)
    labels: Record = field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    golden_work: GoldenRows | None = None
    customers: Mapping[str, CustomerModel] = field(default_factory=dict)
    golden_customers: Mapping[str, GoldenRows] = field(default_factory=dict)
    customers_refused: Mapping[str, str] = field(default_factory=dict)
    version: str | None = None
    note: str | None = None

    def probabilities(self, features: pd.DataFrame, *, metric: str) -> np.ndarray[Any, Any]:
        """P(breach) per row; NaN for a metric without a model."""
        model = self.models.get(metric)
        if model is None:
            return np.full(len(features), np.nan)
        return model.probabilities(features)


def save_bundle(bundle: ModelBundle, folder: Path) -> str:
    """Write the folder, manifest last; the manifest's digest names the content."""
    return write_bundle(folder, bundle_files(bundle))


def load_bundle(folder: Path, *, digest: str | None = None, rehearse: bool = True) -> ModelBundle:
    """Check every byte, rehearse in a child process, replay the golden rows.

    ``digest``: of the manifest, where it is known. ``rehearse=False`` is for folders that
    this workspace has rehearsed before. Raises ModelError with the reason.
    """
    files = read_bundle(folder, digest=digest)
    if rehearse:
        rehearse_in_child(files)
    bundle = bundle_from_files(files)
    replay_golden(bundle)
    return bundle


def bundle_files(bundle: ModelBundle) -> dict[str, str]:
    """File name: text. LightGBM's own texts per metric, JSON for all else."""
    files = {
        "bundle.json": to_json_text(
            {
                "schema_version": SCHEMA_VERSION,
                "metrics": sorted(bundle.models),
                "customers": sorted(bundle.customers),
                "customers_refused": dict(bundle.customers_refused),
                "refused": dict(bundle.refused),
                "cutoff": bundle.cutoff.isoformat(),
                "feature_names": list(bundle.feature_names),
                "digests": dict(bundle.digests),
                "policy_version": bundle.policy_version,
                "versions": dict(bundle.versions),
                "settings": dict(bundle.settings),
                "conformal": {m: c.to_json() for m, c in bundle.conformal.items()},
                "labels": dict(bundle.labels),
                "checks": [check.to_json() for check in bundle.checks],
            }
        ),
        "work.json": to_json_text(bundle.work.to_json()),
        **bundle.work.texts(),
    }
    if bundle.exam is not None:
        files["exam.json"] = bundle.exam.to_text()
    for event, customer_model in sorted(bundle.customers.items()):
        files[f"customers_{event}.json"] = to_json_text(customer_model.to_json())
        files[f"customers_{event}.txt"] = customer_model.trees
        files[f"golden_customers_{event}.json"] = to_json_text(
            bundle.golden_customers[event].to_json()
        )
    if bundle.golden_work is not None:
        files["golden_work.json"] = to_json_text(bundle.golden_work.to_json())
    for metric, model in sorted(bundle.models.items()):
        for part, text in model.texts().items():
            files[f"breach_{metric}_{part}.txt"] = text
        files[f"breach_{metric}.json"] = to_json_text(model.to_json())
        files[f"golden_{metric}.json"] = to_json_text(bundle.golden[metric].to_json())
    return files


def bundle_from_files(files: Mapping[str, str]) -> ModelBundle:
    """The bundle of checked texts; LightGBM parses nothing yet."""
    about = from_json_text(files, "bundle.json")
    try:
        if about["schema_version"] != SCHEMA_VERSION:
            raise ModelError(
                f"the model was written with schema version {about['schema_version']}, this "
                f"forewarn reads {SCHEMA_VERSION}: train again"
            )
        metrics = about["metrics"]
        return ModelBundle(
            models={
                m: BreachModel.from_json(
                    from_json_text(files, f"breach_{m}.json"), texts=_texts(files, m)
                )
                for m in metrics
            },
            refused=about["refused"],
            work=WorkModel.from_json(from_json_text(files, "work.json"), texts=files),
            cutoff=pd.Timestamp(about["cutoff"]),
            feature_names=tuple(about["feature_names"]),
            digests=about["digests"],
            policy_version=about["policy_version"],
            golden={
                m: GoldenRows.from_json(from_json_text(files, f"golden_{m}.json")) for m in metrics
            },
            golden_work=(
                GoldenRows.from_json(from_json_text(files, "golden_work.json"))
                if "golden_work.json" in files
                else None
            ),
            customers={
                event: CustomerModel.from_json(
                    from_json_text(files, f"customers_{event}.json"),
                    trees=files[f"customers_{event}.txt"],
                )
                for event in about["customers"]
            },
            golden_customers={
                event: GoldenRows.from_json(from_json_text(files, f"golden_customers_{event}.json"))
                for event in about["customers"]
            },
            customers_refused=about["customers_refused"],
            versions=about["versions"],
            settings=about["settings"],
            exam=Exam.from_text(files["exam.json"]) if "exam.json" in files else None,
            conformal={m: Conformal(**c) for m, c in about.get("conformal", {}).items()},
            labels=about.get("labels", {}),
            checks=tuple(Check(**check) for check in about.get("checks", ())),
        )
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise ModelError(f"the model's description is not as expected: {error!r}") from error


def _texts(files: Mapping[str, str], metric: str) -> dict[str, str]:
    """LightGBM's texts of a metric by the name of their part."""
    begin, end = f"breach_{metric}_", ".txt"
    names = [n for n in files if n.startswith(begin) and n.endswith(end)]
    return {name.removeprefix(begin).removesuffix(end): files[name] for name in names}


def replay_golden(bundle: ModelBundle) -> None:
    """Raise ModelError where a golden row's answer differs by a single bit."""
    for metric, model in bundle.models.items():
        golden = bundle.golden[metric]
        _compare(metric, model.probabilities(golden.features()), golden.probabilities)
    for event, customer_model in bundle.customers.items():
        golden = bundle.golden_customers[event]
        given = customer_model.probabilities(golden.features())
        _compare(f"customers: {event}", given, golden.probabilities)
    if bundle.work.trees and bundle.golden_work is None:
        raise ModelError("refused: the model lacks golden_work.json")
    if bundle.golden_work is not None:
        given = work_answers(bundle.work, bundle.golden_work.features())
        _compare("work", given, bundle.golden_work.probabilities)


def _compare(name: str, given: np.ndarray[Any, Any], expected: np.ndarray[Any, Any]) -> None:
    if np.array_equal(given, expected):
        return
    same_shape = given.shape == expected.shape
    worst = float(np.nanmax(np.abs(given - expected))) if same_shape else float("inf")
    raise ModelError(
        f"{name}: refused, the model does not repeat its golden rows (largest difference "
        f"{worst:.3g}); it was altered or another LightGBM made it: train again"
    )
