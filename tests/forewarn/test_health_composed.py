"""Scores composed of components, and health as people read it at an instant."""

import pandas as pd
import pytest

from forewarn.config import parse_config
from forewarn.config.settings import HealthConfig
from forewarn.errors import ConfigError, DataError
from forewarn.health import composed_scores
from forewarn.health_components import compose
from forewarn.health_view import health_at, health_history
from forewarn.tables import CUSTOMER_HEALTH, empty_frame

COMPOSED = HealthConfig.model_validate(
    {
        "components": {
            "usage": {"weight": 0.5},
            "tickets": {"weight": 0.3, "worst": 20, "best": 0},
            "nps": {"weight": 0.2, "worst": -100, "best": 100},
        }
    }
)
CONFIG = """
sources: [{name: t, shape: tickets, path: t.csv}]
sla: {policies: [{name: all, targets: {resolution: 8h}}]}
health: {components: {usage: {weight: %s}, nps: {weight: 0.5, worst: %s, best: 100}}}
"""


def scores(*rows: dict[str, object]) -> pd.DataFrame:
    """Rows of the canonical table; ``day``: of March 2026, when it was measured and known."""
    made = []
    for row in rows:
        at = pd.Timestamp(f"2026-03-{row['day']:02d}", tz="UTC")
        made.append({"customer_id": "A", "occurred_at": at, "known_at": at, **row})
    frame = pd.DataFrame(made).drop(columns="day")
    empty = empty_frame(CUSTOMER_HEALTH)
    return frame.reindex(columns=list(empty.columns)).astype(dict(empty.dtypes))


def test_a_score_by_hand() -> None:
    """Usage 80, 5 of 20 tickets are 75 points, an NPS of 0 is 50: 40 + 22.5 + 10."""
    found = compose({"usage": 80.0, "tickets": 5.0, "nps": 0.0}, COMPOSED)
    assert found is not None
    assert found.score == pytest.approx(72.5)
    assert found.missing == ()


def test_what_is_missing_gives_its_weight_to_the_others() -> None:
    """Without the NPS: (.5 * 80 + .3 * 75) / .8; beyond worst and best counts as these."""
    found = compose({"usage": 80.0, "tickets": 5.0}, COMPOSED)
    assert found is not None
    assert found.score == pytest.approx(78.125)
    assert found.missing == ("nps",)
    beyond = compose({"tickets": 90.0}, COMPOSED)
    assert beyond is not None
    assert beyond.score == 0.0
    assert compose({"other": 3.0}, COMPOSED) is None


def test_rows_without_components_keep_their_score() -> None:
    """Composed where it can be, imported as it is where not; without a configuration all are."""
    rows = scores(
        {"day": 1, "score": 10.0, "components": '{"Usage": 60}'},
        {"day": 2, "score": 20.0, "components": None},
        {"day": 3, "score": 30.0, "components": "no JSON"},
    )
    assert composed_scores(rows, COMPOSED)["score"].tolist() == [60.0, 20.0, 30.0]
    assert composed_scores(rows, HealthConfig())["score"].tolist() == [10.0, 20.0, 30.0]


@pytest.mark.parametrize(
    ("weight", "worst", "message"),
    [
        ("0.4", "0", "the weights of components sum to 0.9, they must to 1: usage 0.4, nps 0.5"),
        ("0.5", "100", "worst and best are both 100"),
    ],
)
def test_wrong_components_are_told(weight: str, worst: str, message: str) -> None:
    """Weights that do not sum to 1, and components without a direction, name themselves."""
    with pytest.raises(ConfigError, match=message):
        parse_config(CONFIG % (weight, worst))


def test_health_at_an_instant() -> None:
    """On the 20th: 40 of the 15th under an override of 70 until the 30th; 60 a week before."""
    table = scores(
        {"day": 1, "score": 60.0},
        {"day": 15, "score": 40.0, "override_score": 70.0, "override_author": "kim",
         "override_expires_at": pd.Timestamp("2026-03-30", tz="UTC")},
        {"day": 2, "score": 30.0, "customer_id": "B"},
    )  # fmt: skip
    rows = health_at(table, HealthConfig(), as_of=pd.Timestamp("2026-03-20", tz="UTC"))
    assert [row["customer_id"] for row in rows] == ["B", "A"]
    b, a = rows
    assert (a["score"], a["segment"], a["change_7d"], a["change_28d"]) == (70, "healthy", 10, None)
    assert (a["override_author"], a["override_expires_at"].day) == ("kim", 30)
    assert (b["score"], b["segment"], b["change_7d"], b["is_overridden"]) == (
        30,
        "at_risk",
        0,
        False,
    )
    assert not b["is_stale"]
    later = health_at(table, HealthConfig(), as_of=pd.Timestamp("2026-05-01", tz="UTC"))
    assert [(row["score"], row["is_stale"]) for row in later] == [(30.0, True), (40.0, True)]
    assert later[1]["override_author"] is None


def test_nothing_is_told_before_it_was_known() -> None:
    """On the first itself the score is not known yet; the history says so by name."""
    table = scores({"day": 1, "score": 60.0}, {"day": 8, "score": 50.0})
    first = pd.Timestamp("2026-03-01", tz="UTC")
    assert health_at(table, HealthConfig(), as_of=first) == []
    with pytest.raises(DataError, match="no health score of customer 'A' was known before 2026"):
        health_history(table, HealthConfig(), "A", as_of=first)
    rows = health_history(table, HealthConfig(), "A", as_of=first + pd.Timedelta(days=30))
    assert [(row["score"], row["change"]) for row in rows] == [(50.0, -10.0), (60.0, None)]


def test_nobody_has_a_score() -> None:
    """An empty table is no error."""
    nobody = empty_frame(CUSTOMER_HEALTH)
    assert health_at(nobody, COMPOSED, as_of=pd.Timestamp("2026-03-01", tz="UTC")) == []
