"""The golden set: drawn once, signed, refused when altered."""

import json
from pathlib import Path

import pandas as pd
import pytest

from forewarn.errors import ModelError
from models.golden_set import GoldenSet, freeze, read_golden, write_golden

SECRET = b"0123456789abcdef" * 2
END = pd.Timestamp("2026-03-05", tz="UTC")


def outcomes_of(n: int) -> pd.DataFrame:
    """Two observations per ticket; the last tenth of the tickets is undecided."""
    ticket = [i // 2 for i in range(2 * n)]
    return pd.DataFrame(
        {
            "ticket": ticket,
            "ticket_id": [f"T{t}" for t in ticket],
            "metric": "resolution",
            "cycle": 1,
            "landmark": ["opening", "0.5"] * n,
            "is_breached": [float(t % 4 == 0) for t in ticket],
            "is_censored": [t >= 0.9 * n for t in ticket],
        }
    )


@pytest.fixture
def golden() -> GoldenSet:
    """Of 1,000 tickets, 900 of them decided."""
    return freeze(
        outcomes_of(1000), tickets=100, seed=1, frozen_at=END, reason="the first", policy="p1"
    )


def test_whole_tickets_are_drawn_and_few_of_them(golden: GoldenSet) -> None:
    """At most a twentieth of the 900 decided ones, with both of their observations."""
    assert len(golden.ticket_ids) == 45
    assert len(golden.rows) == 90
    assert golden.rows.groupby("ticket_id").size().eq(2).all()


def test_the_same_seed_draws_the_same(golden: GoldenSet) -> None:
    """Frozen again from the same outcomes it holds the same tickets; another seed draws others."""
    same, other = (
        freeze(outcomes_of(1000), tickets=100, seed=s, frozen_at=END, reason="", policy="p1")
        for s in (1, 2)
    )
    assert same.ticket_ids == golden.ticket_ids != other.ticket_ids


def test_what_was_written_is_read(golden: GoldenSet, tmp_path: Path) -> None:
    """Every row, the day, the reason and the promises' digest come back."""
    path = tmp_path / "golden.json"
    assert read_golden(path, secret=SECRET) is None
    write_golden(path, golden, secret=SECRET)
    read = read_golden(path, secret=SECRET)
    assert read is not None
    assert (read.frozen_at, read.reason, read.policy) == (END, "the first", "p1")
    pd.testing.assert_frame_equal(read.rows, golden.rows, check_dtype=False)


def test_an_altered_set_is_refused(golden: GoldenSet, tmp_path: Path) -> None:
    """A single label turned round, another secret, or no JSON: each stops the gate."""
    path = tmp_path / "golden.json"
    write_golden(path, golden, secret=SECRET)
    signed = json.loads(path.read_text("utf-8"))
    content = json.loads(signed["content"])
    content["is_breached"][0] = 1 - content["is_breached"][0]
    altered = {**signed, "content": json.dumps(content, separators=(",", ":"), sort_keys=True)}
    path.write_text(json.dumps(altered), "utf-8")
    with pytest.raises(ModelError, match="does not have the signature of this workspace"):
        read_golden(path, secret=SECRET)
    write_golden(path, golden, secret=SECRET)
    with pytest.raises(ModelError, match="or the secret was changed"):
        read_golden(path, secret=b"another secret of thirty-two characters")
    path.write_text("golden", "utf-8")
    with pytest.raises(ModelError, match="cannot be read"):
        read_golden(path, secret=SECRET)
