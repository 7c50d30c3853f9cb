"""What every reader yields: some rows of one input, as they stand there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa


@dataclass(frozen=True)
class Skipped:
    """Rows that could not even be cut into columns, for one reason."""

    rows: npt.NDArray[np.int64]
    values: pa.Array
    reason: str


@dataclass(frozen=True)
class Batch:
    """``rows``: number of each row as a spreadsheet counts. ``columns``: only those asked for.

    ``n_blank``: rows left out because every column asked for is empty.
    """

    rows: npt.NDArray[np.int64]
    columns: pa.Table
    skipped: tuple[Skipped, ...] = ()
    n_blank: int = 0


Choose = Callable[[Sequence[str]], tuple[str, ...]]
"""Given the header, the columns to read."""
