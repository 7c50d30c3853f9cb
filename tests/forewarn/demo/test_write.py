"""The demo's files."""

from pathlib import Path

import pyarrow.parquet as pq

from forewarn.demo import write_demo
from forewarn.tables import SPECS, arrow_schema


def test_equal_seeds_write_equal_bytes(tmp_path: Path) -> None:
    """Whoever runs the demo gets the same files; the truth lies aside."""
    write_demo(tmp_path / "a", seed=3, weeks=2)
    write_demo(tmp_path / "b", seed=3, weeks=2)
    files = sorted(p.relative_to(tmp_path / "a") for p in (tmp_path / "a").rglob("*.parquet"))
    assert [str(f) for f in files] == [
        "agents.parquet", "customer_health.parquet", "customers.parquet", "groups.parquet",
        "ticket_events.parquet", "tickets.parquet", "truth/customers.parquet",
        "truth/work.parquet",
    ]  # fmt: skip
    for file in files:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_the_files_have_the_canonical_schema(tmp_path: Path) -> None:
    """They can be ingested without a mapping of columns."""
    write_demo(tmp_path, seed=3, weeks=1)
    for name, spec in SPECS.items():
        assert pq.read_schema(tmp_path / f"{name}.parquet").equals(arrow_schema(spec, {}))


def test_progress_is_told(tmp_path: Path) -> None:
    """What is being done, and the share that is done."""
    told: list[float] = []
    write_demo(tmp_path, weeks=1, progress=lambda _, done: told.append(done))
    assert told == sorted(told)
    assert told[-1] == 1.0
