"""Part ``gate``: how often the promotion gate refuses what it must, and what it must not.

Worlds of the demo desk, a year each, of which half is learned from. In each a champion is
trained, then retrained every week on clean data, as a desk does: what the gate refuses there
is refused falsely. Then a challenger learns from altered labels: a share of all flipped at
random, or a share of one group's breaches hidden. The gate judges it by clean labels (somebody
altered the training only), and by the same altered ones (the source lies).

``python -m benchmarks.gate 101`` retrains whole models instead, as the example has them, clean.
"""

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.record import Goal, Measured
from features.history import History, build_history
from features.observations import landmark_observations
from forewarn.config import Config, parse_config
from forewarn.demo import write_demo
from forewarn.ingest import ingest
from forewarn.tables import Tables, read_tables
from forewarn.workspace import Workspace
from models.bundle import ModelBundle
from models.checks import Verdict
from models.exam_sitting import Label
from models.gate import judge
from models.golden_set import GoldenSet, freeze
from models.lineage import policy_digest
from models.splits import history_end, training_outcomes
from models.train import train

GOALS = {
    "flips_refused": Goal(">=", 1.0),
    "hidden_refused": Goal(">=", 1.0),
    "false_refusals": Goal("<=", 0.05),
}
WORLDS = (102, 101, 103)
WEEKS = 52
FIRST_WEEK, OPENED_WEEK = 42, 24
TREES = 50
"""Fewer than usual, at twice the usual rate, and nothing else in the model: it is the gate that
is measured."""
FLIPPED, HIDDEN = 0.03, 0.3
GROUPS = ("billing", "platform")
FLIP_SEEDS = (1, 2)


@dataclass(frozen=True)
class World:
    """A desk with its history, and what is frozen of it."""

    ws: Workspace
    config: Config
    history: History
    tables: Tables


def measure(worlds: Sequence[int] = WORLDS) -> Measured:
    """Shares of refusals by kind, and of those that labels alone did not give away."""
    rows: list[dict[str, Any]] = []
    for seed in worlds:
        with tempfile.TemporaryDirectory() as folder:
            rows += measure_world(make_world(Path(folder), seed=seed, trees=TREES), seed=seed)
    return Measured(summarise(rows), {"rows": rows})


def make_world(
    folder: Path, *, seed: int, trees: int, weeks: int = WEEKS, learned: int = WEEKS - OPENED_WEEK
) -> World:
    """A simulated desk; the last ``learned`` of its ``weeks`` are learned from."""
    (folder / "data").mkdir(parents=True)
    write_demo(folder / "data", seed=seed, weeks=weeks)
    text = files("forewarn").joinpath("examples", "demo.yaml").read_text("utf-8")
    (folder / "forewarn.yaml").write_text(text, "utf-8")
    ws = Workspace(folder)
    ingest(ws)
    config, tables = parse_config(text), read_tables(ws.tables)
    opened_from = tables.tickets["created_at"].min() + pd.Timedelta(weeks=weeks - learned)
    update = {
        "trees": trees, "learning_rate": 0.2, "parts": ("trees",), "opened_from": opened_from,
    }  # fmt: skip
    training = config.training.model_copy(update=update)
    config = config.model_copy(update={"training": training})
    return World(ws, config, build_history(tables, config, folder=ws.history), tables)


def measure_world(world: World, *, seed: int) -> list[dict[str, Any]]:
    """The clean retrainings of a world, then the altered ones at its end."""
    rows = retrain_weekly(world, seed=seed)
    end = history_end(world.history)
    before = end - pd.Timedelta(weeks=2)
    golden = freeze_golden(world, before)
    witness = fit(world, before, number=90, golden=golden)
    for name, label in alterations(world):
        challenger = fit(world, end, number=91, golden=golden, champion=witness, label=label)
        for judged, by in (("clean labels", training_outcomes), ("altered labels", label)):
            verdict = gate(world, witness, challenger, golden, as_of=end, label=by)
            rows.append(_row(seed, name.split()[0], name, judged, verdict))
    return rows


def retrain_weekly(world: World, *, seed: int) -> list[dict[str, Any]]:
    """A champion, and week after week a challenger, which serves from then on if it passes."""
    end = history_end(world.history)
    cutoffs = [end - pd.Timedelta(weeks=w) for w in range(WEEKS - FIRST_WEEK, -1, -1)]
    golden = freeze_golden(world, cutoffs[0])
    champion = fit(world, cutoffs[0], number=0, golden=golden)
    rows = []
    for number, cutoff in enumerate(cutoffs[1:], 1):
        challenger = fit(world, cutoff, number=number, golden=golden, champion=champion)
        verdict = gate(world, champion, challenger, golden, as_of=cutoff)
        rows.append(_row(seed, "clean", f"week {FIRST_WEEK + number}", "", verdict))
        champion = challenger if verdict.passed else champion
    return rows


def fit(
    world: World,
    cutoff: pd.Timestamp,
    *,
    number: int,
    golden: GoldenSet,
    champion: ModelBundle | None = None,
    label: Label = training_outcomes,
) -> ModelBundle:
    """A training as the command does it."""
    bundle = train(
        world.ws, world.history, world.config, cutoff=cutoff, champion=champion, label=label,
        held_out=golden.ticket_ids,
    )  # fmt: skip
    return replace(bundle, version=str(number))


def freeze_golden(world: World, frozen_at: pd.Timestamp) -> GoldenSet:
    """The golden set of a day."""
    landmarks = world.config.training.landmarks
    observations = landmark_observations(
        world.history, landmarks=landmarks, opened_from=world.config.training.opened_from
    )
    return freeze(
        training_outcomes(world.history, observations, cutoff=frozen_at),
        tickets=world.config.promotion.golden_tickets, seed=1, frozen_at=frozen_at,
        reason="benchmark", policy=policy_digest(world.config),
    )  # fmt: skip


def gate(
    world: World,
    champion: ModelBundle,
    challenger: ModelBundle,
    golden: GoldenSet,
    *,
    as_of: pd.Timestamp,
    label: Label = training_outcomes,
) -> Verdict:
    """The gate's word."""
    return judge(
        world.history, world.config, champion=champion, challenger=challenger, golden=golden,
        as_of=as_of, label=label,
    )  # fmt: skip


def alterations(world: World) -> list[tuple[str, Label]]:
    """Name and labelling of every way in which labels are altered."""
    flips = [(f"flips {seed}", flipping(world, FLIPPED, seed=seed)) for seed in FLIP_SEEDS]
    return flips + [(f"hidden {g}", hiding(world, HIDDEN, group=g, seed=7)) for g in GROUPS]


def flipping(world: World, share: float, *, seed: int) -> Label:
    """A labelling that gives a share of the clocks the opposite label."""
    drawn = np.random.default_rng(seed).uniform(0, 1, len(world.history.timelines))

    def label(history: History, rows: pd.DataFrame, *, cutoff: pd.Timestamp) -> pd.DataFrame:
        found = training_outcomes(history, rows, cutoff=cutoff)
        truth = found["is_breached"].to_numpy(float)
        hit = drawn[found["clock"].to_numpy()] < share
        return found.assign(is_breached=np.where(hit, 1.0 - truth, truth))

    return label


def hiding(world: World, share: float, *, group: str, seed: int) -> Label:
    """A labelling that calls a share of one group's breached clocks met."""
    drawn = np.random.default_rng(seed).uniform(0, 1, len(world.history.timelines))
    of_group = (world.tables.tickets["group_id"] == group).to_numpy()

    def label(history: History, rows: pd.DataFrame, *, cutoff: pd.Timestamp) -> pd.DataFrame:
        found = training_outcomes(history, rows, cutoff=cutoff)
        truth = found["is_breached"].to_numpy(float)
        hit = (drawn[found["clock"].to_numpy()] < share) & of_group[found["ticket"].to_numpy()]
        return found.assign(is_breached=np.where(hit & (truth == 1.0), 0.0, truth))

    return label


def summarise(rows: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Shares of refusals; ``_by_scores``: without the checks of labels."""
    table = pd.DataFrame(rows)
    found: dict[str, float] = {}
    for kind, name in (("flips", "flips_refused"), ("hidden", "hidden_refused")):
        mine = table[table["kind"] == kind]
        found[name] = float(mine["is_refused"].mean())
        found[f"{name}_by_scores"] = float(mine["is_refused_by_scores"].mean())
    clean = table[table["kind"] == "clean"]
    found["false_refusals"] = float(clean["is_refused"].mean())
    return found | {f"n_{k}": float(n) for k, n in table["kind"].value_counts().items()}


def _row(seed: int, kind: str, name: str, judged: str, verdict: Verdict) -> dict[str, Any]:
    failed = [check for check in verdict.checks if check.passed is False]
    row = {
        "world": seed, "kind": kind, "name": name, "judged_by": judged,
        "is_refused": not verdict.passed,
        "is_refused_by_scores": any("tell" not in c.name and "label" not in c.name for c in failed),
        "reasons": [check.reason for check in failed],
        "checks": [check.to_json() for check in verdict.checks],
    }  # fmt: skip
    words = "; ".join(row["reasons"]) or "passed"
    print(f"{seed} {name} {judged}: {words}", file=sys.stderr, flush=True)
    return row


def main() -> None:
    """Weekly retrainings of whole breach models, as the example has them; arguments: worlds."""
    for seed in map(int, sys.argv[1:] or map(str, WORLDS)):
        with tempfile.TemporaryDirectory() as folder:
            world = make_world(Path(folder), seed=seed, trees=TREES)
            retrain_weekly(replace(world, config=world.ws.config), seed=seed)


if __name__ == "__main__":
    main()
