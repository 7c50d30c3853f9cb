"""What reading a column gives: typed values, and which of them were refused and why."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

NOT_TEXT = "\ufdd0"
"""Stands for bytes that an encoding does not know; never a character of any text."""

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Parsed:
    """``values``: typed, null where refused. ``problems``: (which values, reason in words)."""

    values: pa.Array
    problems: tuple[tuple[Mask, str], ...] = ()


def mask(condition: Any) -> Mask:
    """An Arrow truth array as NumPy; null counts as false."""
    filled = pc.fill_null(condition, False)  # noqa: FBT003  # Arrow's own signature
    plain = filled.combine_chunks() if isinstance(filled, pa.ChunkedArray) else filled
    result: Mask = plain.to_numpy(zero_copy_only=False)
    return result


def without(values: pa.Array, refused: Mask) -> pa.Array:
    """The values with null where refused."""
    if not refused.any():
        return values
    return pc.if_else(pa.array(refused), pa.scalar(None, values.type), values)


def found(*problems: tuple[Mask, str]) -> tuple[tuple[Mask, str], ...]:
    """Only the problems that occur."""
    return tuple((which, reason) for which, reason in problems if which.any())


def as_text(values: pa.Array) -> pa.Array:
    """Any column as text: integers without a point, truth as true and false."""
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    if pa.types.is_floating(values.type):
        return _float_text(values)
    if pa.types.is_binary(values.type) or pa.types.is_large_binary(values.type):
        return pa.array(
            [None if v is None else _decoded(v) for v in values.to_pylist()], pa.string()
        )
    try:
        return values.cast(pa.string())
    except pa.ArrowException:  # nested values, durations: as Python shows them
        return pa.array([None if v is None else str(v) for v in values.to_pylist()], pa.string())


def _decoded(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("utf-8", "replace").replace("\ufffd", NOT_TEXT)


def _float_text(values: pa.Array) -> pa.Array:
    """Whole numbers (a column with gaps is often floating) lose their '.0'."""
    numbers = values.cast(pa.float64()).to_numpy(zero_copy_only=False)
    whole = np.isfinite(numbers) & (np.floor(numbers) == numbers) & (np.abs(numbers) < 2**53)
    integers = np.where(whole, numbers, 0).astype(np.int64)
    text = pc.if_else(
        pa.array(whole), pa.array(integers).cast(pa.string()), values.cast(pa.string())
    )
    missing = pc.or_kleene(pc.is_null(values), pc.fill_null(pc.is_nan(values), True))  # noqa: FBT003  # Arrow's own signature
    return pc.if_else(missing, pa.scalar(None, pa.string()), text)
