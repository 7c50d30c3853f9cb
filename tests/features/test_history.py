"""Built histories: one per content, found again, small and empty ones included."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from features.history import History, build_history, history_digest, open_history
from features.observations import landmark_observations, open_observations
from forewarn.config import Config
from forewarn.errors import DataError
from forewarn.tables import Tables


def test_a_second_build_finds_the_first(
    small_tables: Tables, small_config: Config, tmp_path: Path
) -> None:
    """Nothing is written where the same content is there already."""
    first = build_history(small_tables, small_config, folder=tmp_path)
    written = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    second = build_history(small_tables, small_config, folder=tmp_path)
    assert second.digest == first.digest
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == written


def test_the_same_content_gives_the_same_bytes(
    small_tables: Tables, small_config: Config, tmp_path: Path
) -> None:
    """Building twice in two places writes equal files."""
    parts = []
    for name in ("one", "two"):
        history = build_history(small_tables, small_config, folder=tmp_path / name)
        files = sorted((tmp_path / name / history.digest).iterdir())
        parts.append({path.name: path.read_bytes() for path in files})
    assert parts[0] == parts[1]


def test_other_content_or_settings_replace_it(
    small_tables: Tables, small_config: Config, tmp_path: Path
) -> None:
    """The folder holds one history: that of the latest content and configuration."""
    build_history(small_tables, small_config, folder=tmp_path)
    sla = small_config.sla.model_copy(update={"version": "2"})
    other = small_config.model_copy(update={"sla": sla})
    history = build_history(small_tables, other, folder=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [history.digest]


def test_the_digest_depends_on_content_not_on_how_models_are_trained(
    small_tables: Tables, small_config: Config
) -> None:
    """Another seed leaves the history alone; another digest of the tables does not."""
    digest = history_digest(small_tables, small_config)
    training = small_config.training.model_copy(update={"seeds": (9,)})
    trained = small_config.model_copy(update={"training": training})
    assert history_digest(small_tables, trained) == digest
    assert history_digest(dataclasses.replace(small_tables, digest="x"), small_config) != digest


def test_the_order_of_calendars_makes_another_history(
    small_tables: Tables, small_config: Config
) -> None:
    """Whoever asks a history for a calendar's hours counts its place in the configuration."""
    one = next(iter(small_config.sla.calendars.values()))
    digests = set()
    for names in (("a", "b"), ("b", "a")):
        calendars = dict.fromkeys(names, one)
        sla = small_config.sla.model_copy(update={"calendars": calendars})
        digests.add(history_digest(small_tables, small_config.model_copy(update={"sla": sla})))
    assert len(digests) == 2


def test_a_history_opens_from_its_folder(
    small_tables: Tables, small_config: Config, tmp_path: Path
) -> None:
    """What scoring runs open is what was built."""
    built = build_history(small_tables, small_config, folder=tmp_path)
    opened = open_history(tmp_path / built.digest)
    assert opened.watermark == small_tables.watermark
    assert opened.ticket_ids.to_pylist() == small_tables.tickets["ticket_id"].tolist()
    assert len(opened) == 250
    assert opened.attributes == ("seats", "site")


def test_a_damaged_history_is_refused(
    small_tables: Tables, small_config: Config, tmp_path: Path
) -> None:
    """Features of half an array would be wrong without a sign."""
    history = build_history(small_tables, small_config, folder=tmp_path)
    (tmp_path / history.digest / "stream.event.at.npy").unlink()
    with pytest.raises(DataError, match="is damaged"):
        build_history(small_tables, small_config, folder=tmp_path)


def test_tables_without_a_ticket_give_an_empty_history(
    as_tables: Callable[..., Tables], small_config: Config, history_of: Callable[..., History]
) -> None:
    """No tickets, no clocks, no observations: and no error."""
    some = pd.DataFrame({"ticket_id": ["T"], "created_at": [pd.Timestamp("2026-03-02T00:00Z")]})
    one = as_tables({"tickets": some.assign(known_at=some["created_at"])})
    none = dataclasses.replace(one, tickets=one.tickets.iloc[:0], digest="none")
    history = history_of(none, small_config)
    assert len(history) == 0
    assert landmark_observations(history, landmarks=(0.5,)).empty
    assert open_observations(history, as_of=pd.Timestamp("2026-03-03T00:00Z")).empty
