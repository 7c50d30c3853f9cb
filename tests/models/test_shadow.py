"""What two models said of the same clocks, and how it turned out."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.history import History, build_history
from forewarn.config import Config
from forewarn.tables import Tables
from models.matured import matured
from models.shadow import compare_shadow
from models.splits import history_end


@pytest.fixture(scope="module")
def history(
    small_tables: Tables, small_config: Config, tmp_path_factory: pytest.TempPathFactory
) -> History:
    """The small world's history."""
    folder: Path = tmp_path_factory.mktemp("history")
    return build_history(small_tables, small_config, folder=folder)


def said_of(history: History, *, run: int = 1) -> pd.DataFrame:
    """Champion "1" always says .2, challenger "2" says .8, of every first resolution clock."""
    ids = [str(i) for i in history.ticket_ids.to_pylist()]
    base = pd.DataFrame(
        {
            "ticket_id": ids, "metric": "resolution", "cycle": 1, "stage": "opening",
            "run_id": run, "as_of": history.watermark - pd.Timedelta(days=50),
            "due_at": history.watermark - pd.Timedelta(days=40),
        }
    )  # fmt: skip
    alone = base.assign(model_version="1", probability=0.2, beside_version=None)
    beside = base.assign(model_version="2", probability=0.8, beside_version="1")
    parts = [alone.assign(beside_probability=np.nan), beside.assign(beside_probability=0.2)]
    return pd.concat(parts, ignore_index=True)


def test_agreement_difference_and_realised_figures(history: History) -> None:
    """They never agree, differ by .6, and the Brier scores follow from the breach share."""
    found = compare_shadow(
        history, said_of(history), champion="1", challenger="2", warned_from=0.5
    )["resolution"]
    assert (found["n"], found["agreement"]) == (250, 0.0)
    assert found["mean_difference"] == pytest.approx(0.6)
    share = found["n_breached"] / found["n_matured"]
    assert 0 < share < 1
    assert found["brier_champion"] == pytest.approx(share * 0.64 + (1 - share) * 0.04)
    assert found["brier_difference"]["value"] == pytest.approx(0.6 - 1.2 * share)
    assert found["auc_champion"] == 0.5


def test_only_what_has_matured_is_judged(history: History) -> None:
    """A deadline after the data's end, or none, is left out, however early it was met."""
    said = said_of(history)
    later = said.assign(due_at=history_end(history))
    assert matured(history, later).empty
    assert matured(history, said.assign(due_at=said["due_at"].where(said["cycle"] > 1))).empty
    assert len(matured(history, said)) > 100


def test_clocks_that_only_one_was_asked_about_do_not_count(history: History) -> None:
    """Nor do those that stood beside another champion."""
    said = said_of(history)
    alone = said[said["model_version"] == "1"]
    assert compare_shadow(history, alone, champion="1", challenger="2", warned_from=0.5) == {}
    assert compare_shadow(history, said, champion="3", challenger="2", warned_from=0.5) == {}
