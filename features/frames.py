"""Frames as Arrow tables."""

import pandas as pd
import pyarrow as pa


def to_arrow(frame: pd.DataFrame, schema: pa.Schema | None = None) -> pa.Table:
    """The columns of a frame, by the types of the schema where one is given; null for missing.

    Instants keep their zone, texts become texts even where they are categories.
    """
    names = list(frame.columns) if schema is None else schema.names
    columns = [_column(frame[name]) for name in names]
    if schema is None:
        return pa.table(columns, names=names)
    return pa.table([c.cast(f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)


def _column(values: pd.Series) -> pa.Array:
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        wall = pa.array(values.dt.tz_convert(None).to_numpy("datetime64[us]"), from_pandas=True)
        return wall.cast(pa.timestamp("us", tz="UTC"))
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype("str")
    column = pa.array(values, from_pandas=True)
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
