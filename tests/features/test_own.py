"""Features that a user declares, in ``forewarn.yaml`` and in Python.

That they look ahead no more than others, and equal their naive reading, is proved with all
features: the small world declares some (see ``test_poisoning``, ``test_oracle``).
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from features.build import build_features
from features.catalogue import declared_features, feature_names
from features.history import History
from features.observations import open_observations
from features.python import python_features
from forewarn.config import Config, parse_config
from forewarn.errors import ConfigError, DataError
from forewarn.tables import Tables

ROUND_THE_CLOCK = """
sources:
  - {name: tickets, shape: tickets, path: tickets.csv}
sla:
  metrics: [resolution]
  policies:
    - {name: all, targets: {resolution: 100h}}
queue:
  priorities: [high, normal]
"""


def config_with(*lines: str) -> Config:
    """A hundred hours around the clock, and these lines of ``features``."""
    return parse_config("\n".join([ROUND_THE_CLOCK, "features:", *(f"  {x}" for x in lines)]))


def own(text: str) -> Config:
    """One feature of our own."""
    return config_with("own:", f"  - {{name: mine, {text}}}")


@pytest.fixture
def tables(desk: Callable[..., Tables]) -> Tables:
    """Two tickets; the first moves to another group between its two notes."""
    return desk(
        [("T1", 0, {"group_id": "a", "customer_id": "C1"}),
         ("T2", 0, {"group_id": "b", "customer_id": "C1"})],
        [("T1", 1, "internal_note"), ("T1", 2, "group_changed", {"to_value": "b"}),
         ("T1", 3, "internal_note"), ("T2", 4, "csat", {"to_value": "3"}),
         ("T2", 5, "internal_note", {"actor_kind": "bot"}),
         ("T2", 6, "csat", {"to_value": "4", "known": 8}),
         ("T2", 6, "csat", {"to_value": "none"})],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("events: internal_note, measure: count", [2, 0]),
        ("events: internal_note, measure: count, actors: [bot]", [0, 1]),
        ("events: internal_note, by: group, measure: count", [1, 1]),
        ("events: internal_note, by: desk, measure: count, window: 5h", [1, 1]),
        ("events: internal_note, by: customer, measure: age", [4, 4]),
        ("events: csat, by: desk, measure: mean", [3, 3]),
        ("events: csat, measure: mean", [None, 3]),
        ("events: [internal_note, csat], measure: count, is_public: false", [0, 0]),
    ],
)
def test_each_measure(
    tables: Tables, history_of: Callable[..., History], at: Any, text: str, expected: list[Any]
) -> None:
    """At hour 7: a note counts for the group that had the ticket, a late rating not yet."""
    history = history_of(tables, own(text))
    asked = open_observations(history, as_of=at(7))
    found = build_features(history, asked, names=["mine"])["mine"]
    assert [None if pd.isna(v) else v for v in found] == expected


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("events: reopend, measure: count", "'reopend' is no kind of event; expected reopened"),
        ("events: reopened, measure: age, window: 4h", "an age has no window"),
        ("events: reopened, measure: ratio, window: 4h", "needs a trailing window"),
        ("events: csat, measure: ratio, window: 4d, trailing: 4h", "trailing must be longer"),
        ("events: csat, measure: count, window: a week", "window"),
        ("events: csat, measure: median", "measure"),
    ],
)
def test_bad_declarations_are_refused(text: str, complaint: str) -> None:
    """With the line and what was expected."""
    with pytest.raises(ConfigError, match=complaint):
        own(text)


def test_two_of_one_name_are_refused(tables: Tables, history_of: Callable[..., History]) -> None:
    """Whether both are the user's, or one is ours."""
    line = "- {name: mine, events: csat, measure: count}"
    with pytest.raises(ConfigError, match="two have the name 'mine'"):
        config_with("own:", f"  {line}", f"  {line}")
    ours = config_with("own:", "  - {name: ticket_events, events: csat, measure: count}")
    with pytest.raises(ConfigError, match="'ticket_events' is declared already"):
        declared_features(history_of(tables, ours))


def test_a_key_that_tickets_do_not_have(tables: Tables, history_of: Callable[..., History]) -> None:
    """The message lists those that they have."""
    with pytest.raises(ConfigError, match=r"asks by 'planet'.*ticket, customer, desk, group"):
        history_of(tables, own("events: csat, by: planet, measure: count"))


def test_models_see_them(tables: Tables, history_of: Callable[..., History]) -> None:
    """Those with a fact behind them, unless they are excluded."""
    config = own("events: internal_note, measure: count")
    assert "mine" in feature_names(history_of(tables, config), config)
    nothing = own("events: spam, measure: count")
    assert "mine" not in feature_names(history_of(tables, nothing), nothing)


def test_a_function_is_told_apart_when_it_changes(
    tables: Tables,
    history_of: Callable[..., History],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A history knows the text of the module that it was built with."""
    monkeypatch.syspath_prepend(tmp_path)
    found = []
    for number in (1, 2):
        write_module(tmp_path, f"return {number} * of('ticket_events')")
        history = history_of(tables, config_with("python: [desk_features]"))
        found.append(history.digest)
        sys.modules.pop("desk_features")
    assert found[0] != found[1]


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ("return of('tickets_event')", "asks for 'tickets_event'"),
        ("return of('ticket_status')", "no number is so named"),
        ("return of('ticket_events').sum()", r"expected one value for each of 2 observations"),
        ("return of('ticket_events') / of('ticket_events').sum()", r"at its own row only"),
    ],
)
def test_functions_that_cannot_be_used(  # noqa: PLR0917
    tables: Tables,
    history_of: Callable[..., History],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    at: Any,
    body: str,
    complaint: str,
) -> None:
    """The message names the feature and what it did."""
    monkeypatch.syspath_prepend(tmp_path)
    write_module(tmp_path, body)
    history = history_of(tables, config_with("python: [desk_features]"))
    with pytest.raises(DataError, match=f"'coded'.*{complaint}|{complaint}"):
        build_features(history, open_observations(history, as_of=at(7)), names=["coded"])
    sys.modules.pop("desk_features")


def test_modules_that_cannot_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Missing, broken, or without a feature."""
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigError, match="'nowhere_at_all' cannot be imported"):
        python_features(["nowhere_at_all"])
    (tmp_path / "broken_features.py").write_text("1 / 0\n")
    with pytest.raises(ConfigError, match="division by zero"):
        python_features(["broken_features"])
    with pytest.raises(ConfigError, match="'json' declares no feature"):
        python_features(["json"])


def write_module(folder: Path, body: str) -> None:
    """A module with one feature."""
    (folder / "desk_features.py").write_text(
        "from features.python import feature\n"
        "@feature('ticket', unit='facts', null='never null', why='A test.')\n"
        f"def coded(of):\n    {body}\n"
    )
