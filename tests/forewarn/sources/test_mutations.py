"""Files with random damage: read, refused row by row or refused by name, nothing else."""

import contextlib
import io
import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forewarn.config import Source
from forewarn.errors import ForewarnError
from forewarn.sources.frames import PART
from forewarn.sources.ledger import Ledger
from forewarn.sources.parts import Part
from forewarn.sources.sample import take_sample
from forewarn.sources.tickets import build_tickets

NAMES = ("ticket_id", "updated_at", "status", "group_id", "seats")
ROWS = [
    (f"T{i // 3}", f"2026-03-{i % 28 + 1:02} 10:{i:02}", ("new", "open", "solved")[i % 3], "G1", i)
    for i in range(30)
]


def _csv() -> bytes:
    rows = "".join('{},{},{},"{}",{}\n'.format(*row) for row in ROWS)
    return f"{','.join(NAMES)}\n{rows}".encode()


def _json_lines() -> bytes:
    return "\n".join(json.dumps(dict(zip(NAMES, row, strict=True))) for row in ROWS).encode()


def _parquet() -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table({n: [row[i] for row in ROWS] for i, n in enumerate(NAMES)}), file)
    return file.getvalue()


TOKENS = (
    b'"', b",", b"\n", b"\r", b"\0", b"\xff", b"\xed\xa0\x80", b"9" * 400, b"-", b"1e999", b"{",
    b"[", b"\\ud800", b"}", b"\xe2\x80\xae", b"\x1b", b'""', b"+02:00", b" ",
)  # fmt: skip
MUTATION = st.tuples(
    st.integers(0, 10_000),
    st.one_of(
        st.sampled_from(TOKENS),
        st.binary(min_size=1, max_size=3),
        st.integers(1, 200).map(lambda n: -n),
    ),
)


def mutated(content: bytes, mutations: list[tuple[int, bytes | int]]) -> bytes:
    """Content with bytes put in, or, where a negative number stands, cut out."""
    for place, change in mutations:
        at = place % (len(content) + 1)
        inserted = change if isinstance(change, bytes) else b""
        skipped = 0 if isinstance(change, bytes) else -change
        content = content[:at] + inserted + content[at + skipped :]
    return content


@pytest.mark.parametrize(
    ("ending", "make"), [("csv", _csv), ("jsonl", _json_lines), ("parquet", _parquet)]
)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(mutations=st.lists(MUTATION, min_size=1, max_size=8))
def test_damaged_files(
    ending: str, make: Callable[[], bytes], mutations: list[tuple[int, bytes | int]], tmp_path: Path
) -> None:
    """Whatever the damage: typed rows of whole tickets, or a typed error."""
    source = Source(
        name="t", shape="change_log", path=f"t.{ending}", time_zone="Europe/Berlin",
        attributes=("seats",),
    )  # fmt: skip
    (tmp_path / f"t.{ending}").write_bytes(mutated(make(), mutations))
    with contextlib.suppress(ForewarnError):
        sample = take_sample(source, root=tmp_path, limit=1_000_000)
        numbers = pa.repeat(pa.scalar(0, pa.int32()), sample.rows.num_rows)
        ledger = Ledger([Part("k", "t", "t", 0, 0, {})], [source])
        rows = {"t": sample.rows.append_column(PART, numbers)}
        for table in build_tickets(rows, [source], {"seats": pa.string()}, ledger):
            table.validate(full=True)
        assert ledger.quarantine().num_rows <= 2 * sample.rows.num_rows
