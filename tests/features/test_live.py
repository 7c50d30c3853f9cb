"""News appended to a built history: everything reads as if it had been built with them."""

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

import features.live.built as module
from features.build import build_features
from features.history import History, build_history
from features.live.built import (
    Built,
    append,
    build,
    compact,
    compact_in_background,
    open_built,
)
from features.observations import open_observations
from forewarn.config import Config
from forewarn.config.load import parse_config
from forewarn.errors import DataError
from forewarn.tables import Tables
from tests.small_world import CONFIG, as_tables, small_world

Frames = dict[str, pd.DataFrame]
WORLDS = [(seed, share) for seed in (3, 4, 5) for share in (0.3, 0.8, 0.97)]


@pytest.fixture(scope="module")
def config() -> Config:
    """Every feature, own ones included; two calendars, policies by tier."""
    return parse_config(CONFIG)


def come_at(tables: Tables) -> dict[str, pd.Series]:
    """By table when each row came in: once known, and an event not before its ticket."""
    found = {name: getattr(tables, name)["known_at"] for name in small_world(seed=1, n_tickets=1)}
    of_ticket = tables.tickets.set_index("ticket_id")["known_at"]
    owner = tables.ticket_events["ticket_id"].map(of_ticket)
    found["ticket_events"] = found["ticket_events"].where(found["ticket_events"] > owner, owner)
    return found


def batches(tables: Tables, *shares: float) -> list[Frames]:
    """The rows by when they came in, cut at shares of all events."""
    came = come_at(tables)
    cuts = [came["ticket_events"].quantile(share) for share in shares]
    edges = [pd.Timestamp.min.tz_localize("UTC"), *cuts, pd.Timestamp.max.tz_localize("UTC")]
    frames = {name: getattr(tables, name) for name in came}
    return [
        {n: f[(came[n] > a) & (came[n] <= b)].reset_index(drop=True) for n, f in frames.items()}
        for a, b in pairwise(edges)
    ]


def tables_of(frames: Mapping[str, pd.DataFrame]) -> Tables:
    """Tables of the rows that came first."""
    return as_tables(frames)


def assert_same(ours: History, theirs: History) -> None:
    """Every feature of every open clock is the same to the last bit."""
    as_of = theirs.watermark + pd.Timedelta(microseconds=1)
    assert ours.watermark == theirs.watermark
    keys = ["ticket_id", "metric", "cycle"]
    mine, other = (
        open_observations(h, as_of=as_of).sort_values(keys, ignore_index=True)
        for h in (ours, theirs)
    )
    assert len(other) > 0
    pd.testing.assert_frame_equal(mine[[*keys, "due_at"]], other[[*keys, "due_at"]])
    found, expected = build_features(ours, mine), build_features(theirs, other)
    assert list(found) == list(expected)
    for name in expected:
        pd.testing.assert_series_equal(
            found[name].astype(object), expected[name].astype(object), check_exact=True, obj=name
        )


@pytest.mark.parametrize(("seed", "share"), WORLDS)
def test_appended_news_read_as_if_built_with_them(
    seed: int, share: float, config: Config, tmp_path: Path
) -> None:
    """Facts that are late, of new customers and agents, of solved tickets that come back."""
    tables = as_tables(small_world(seed=seed, n_tickets=120))
    first, *news = batches(tables, share, (1 + share) / 2)
    built = build(tables_of(first), config, folder=tmp_path / "live")
    for batch in news:
        built = append(built, batch)
    whole = build_history(tables, config, folder=tmp_path / "whole")
    assert_same(built.live(config), whole)
    assert_same(open_built(tmp_path / "live").live(config), whole)


@pytest.fixture
def two_batches(config: Config, tmp_path: Path) -> tuple[Built, Frames, Tables]:
    """A base with one batch of news, the next batch, and all of it."""
    tables = as_tables(small_world(seed=6, n_tickets=80))
    first, second, third = batches(tables, 0.6, 0.8)
    built = append(build(tables_of(first), config, folder=tmp_path / "live"), second)
    return built, third, tables


TwoBatches = tuple[Built, Frames, Tables]


def test_the_same_news_twice_count_once(two_batches: TwoBatches) -> None:
    """Also after the history was opened anew; other news make another digest."""
    built, third, _ = two_batches
    once = append(built, third)
    again = append(open_built(built.folder), third)
    assert again.batches == once.batches
    assert len({built.digest, once.digest}) == 2
    assert again.digest == once.digest


def test_compacting_keeps_all_and_what_comes_meanwhile(
    two_batches: TwoBatches, config: Config, tmp_path: Path
) -> None:
    """The third batch is appended after the compaction has read the second."""
    built, third, tables = two_batches
    append(built, third)
    compacted = compact(built, config)
    assert len(compacted.batches) == 1
    assert_same(compacted.live(config), build_history(tables, config, folder=tmp_path / "whole"))
    assert len([p for p in built.folder.iterdir() if p.is_dir()]) == 1


def test_news_come_in_while_it_compacts(
    two_batches: TwoBatches, config: Config, tmp_path: Path
) -> None:
    """Appended before or after the new base is named, they are there; the old one is refused."""
    built, third, tables = two_batches
    future = compact_in_background(built, config)
    append(built, third)
    compacted = open_built(future.result().folder)
    assert_same(compacted.live(config), build_history(tables, config, folder=tmp_path / "whole"))
    with pytest.raises(DataError, match="newer base: open it again"):
        append(built, {"ticket_events": third["ticket_events"].iloc[:1]})


def test_what_two_hands_appended_is_all_carried_over(
    two_batches: TwoBatches, config: Config, tmp_path: Path
) -> None:
    """Both begin from the same state; one compacts with its own batch, and loses neither."""
    built, third, tables = two_batches
    whole, half = third["ticket_events"], len(third["ticket_events"]) // 2
    first = {**third, "ticket_events": whole.iloc[:half]}
    second = {"ticket_events": whole.iloc[half:]}
    second["tickets"] = third["tickets"]  # told twice
    ours = append(built, second)
    append(built, first)
    compacted = compact(ours, config)
    assert len(compacted.batches) == 1
    assert_same(compacted.live(config), build_history(tables, config, folder=tmp_path / "whole"))


def test_a_compaction_that_dies_leaves_the_old_base(
    two_batches: TwoBatches, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new base is written whole, but never named."""
    built, third, _ = two_batches

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "write_text", die)
    with pytest.raises(KeyboardInterrupt):
        compact(built, config)
    monkeypatch.undo()
    found = open_built(built.folder)
    assert (found.digest, found.base.digest) == (built.digest, built.base.digest)
    assert len(append(found, third).batches) == 2
    assert compact(open_built(built.folder), config).batches == ()


def test_a_batch_that_was_never_finished_does_not_count(two_batches: TwoBatches) -> None:
    """What a killed writer leaves has a name of its own; a damaged batch is refused."""
    built, _, _ = two_batches
    news = built.folder / built.base.digest / "news"
    (news / ".new-dead").mkdir()
    (news / ".new-dead" / "tickets.table.arrow").write_bytes(b"half")
    assert open_built(built.folder).batches == built.batches
    (news / built.batches[0] / "ticket_events.table.arrow").write_bytes(b"half")
    with pytest.raises(DataError, match="damaged"):
        open_built(built.folder)


def test_news_that_do_not_fit_are_refused(two_batches: TwoBatches) -> None:
    """An unknown table, a missing column, an event without its ticket; nothing is written."""
    built, third, _ = two_batches
    events = third["ticket_events"]
    with pytest.raises(DataError, match="no table 'orders'"):
        append(built, {"orders": events})
    with pytest.raises(DataError, match="'known_at' is missing"):
        append(built, {"ticket_events": events.drop(columns="known_at")})
    with pytest.raises(DataError, match="ticket 'nobody' is unknown"):
        append(built, {"ticket_events": events.assign(ticket_id="nobody")})
    assert open_built(built.folder).batches == built.batches


def test_nothing_new_changes_nothing(two_batches: TwoBatches, config: Config) -> None:
    """Empty tables are no news; a history without news is not compacted."""
    built, _, _ = two_batches
    assert append(built, {"tickets": built.tables().tickets.iloc[:0]}).batches == built.batches
    compacted = compact(built, config)
    assert compact(compacted, config) is compacted


def test_a_history_that_was_never_built_is_told(tmp_path: Path) -> None:
    """With what to do."""
    with pytest.raises(DataError, match="build one first"):
        open_built(tmp_path)
