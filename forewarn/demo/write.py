"""Write the demo's history as Parquet files, ready to be ingested."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from forewarn.demo.desk import simulate_desk
from forewarn.files import replacing
from forewarn.progress import Progress, silent
from forewarn.tables import SPECS, arrow_schema


def write_demo(
    folder: Path, *, seed: int = 7, weeks: int = 52, progress: Progress = silent
) -> None:
    """Write the canonical tables into ``folder``, and the truth into ``folder/truth``.

    The truth (hands-on minutes per piece of work, hidden strain per customer) is kept for
    evaluation and is never read by ``forewarn ingest``. Equal arguments, equal bytes.
    """
    progress("simulating the support desk (its first run compiles it: half a minute)", 0.0)
    tables = simulate_desk(seed=seed, weeks=weeks)
    progress("writing its history", 0.8)
    for name, spec in SPECS.items():
        _write(folder / f"{name}.parquet", tables[name], arrow_schema(spec, {}))
    for name in ("work", "customers"):
        _write(folder / "truth" / f"{name}.parquet", tables[f"truth_{name}"], None)
    progress("demo data written", 1.0)


def _write(path: Path, frame: pd.DataFrame, schema: pa.Schema | None) -> None:
    table = pa.table({str(name): _column(frame[name]) for name in frame.columns})
    with replacing(path) as temporary:
        pq.write_table(table if schema is None else table.cast(schema), temporary)


def _column(values: pd.Series) -> pa.Array:
    """Aware instants go by way of UTC: pandas 3.1 warns where pyarrow takes them directly."""
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        plain = pa.array(values.dt.tz_convert(None).to_numpy(), pa.timestamp("us"))
        return plain.cast(pa.timestamp("us", tz="UTC"))
    return pa.array(values, from_pandas=True)
