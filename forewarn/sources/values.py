"""Texts, numbers, counts and flags of a source, on whole columns."""

from collections.abc import Sequence
from typing import Any
from unicodedata import normalize

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from forewarn.schema import Column
from forewarn.sources.parsed import Mask, Parsed, as_text, found, mask, without

FREE_TEXT = ("subject", "description")
_CODE_LENGTH = 1_000
_FREE_LENGTH = 20_000
_CONTROL = r"[\x00-\x1f\x7f-\x{9f}\x{200e}\x{200f}\x{202a}-\x{202e}\x{2066}-\x{2069}\x{fdd0}]"
_UNPRINTED = (
    r"[\x00-\x08\x0b-\x1f\x7f-\x{9f}\x{200e}\x{200f}\x{202a}-\x{202e}\x{2066}-\x{2069}\x{fdd0}]"
)
_NUMBER = r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$"
_COMMA = r"^[+-]?[\d.]*,\d+$"
_COUNT = r"^[+-]?0*\d{1,15}(\.0*)?$"
_TRUE = ("true", "t", "yes", "y", "1")
_FALSE = ("false", "f", "no", "n", "0")


def bare(values: pa.Array, words: Sequence[str]) -> pa.Array:
    """Texts without blanks around them, null where they are a word for nothing.

    ``words``: those words. Columns of other types stay as they are.
    """
    if not (pa.types.is_string(values.type) or pa.types.is_large_string(values.type)):
        return values
    trimmed = pc.utf8_trim_whitespace(values)
    empty = pc.is_in(trimmed, value_set=pa.array(["", *words], values.type))
    return pc.if_else(empty, pa.scalar(None, values.type), trimmed)


def parse_text(values: pa.Array, *, name: str) -> Parsed:
    """Text in Unicode's composed form.

    Free text loses its control characters and what follows its first 20,000; anywhere else
    both are refused, because ids and codes that look alike must be alike.
    """
    text = as_text(values)
    text = _composed(text)
    if name in FREE_TEXT:
        cut = pc.utf8_slice_codeunits(text, 0, _FREE_LENGTH)
        return Parsed(pc.replace_substring_regex(cut, _UNPRINTED, " "))
    strange = mask(pc.match_substring_regex(text, _CONTROL))
    long = mask(pc.greater(pc.utf8_length(text), _CODE_LENGTH)) & ~strange
    return Parsed(
        without(text, strange | long),
        found(
            (strange, "holds an unprintable character"),
            (long, f"longer than {_CODE_LENGTH:,} characters"),
        ),
    )


def _composed(text: pa.Array) -> pa.Array:
    """Unicode's composed form (Arrow's own NFC leaves letters and marks apart)."""
    ascii_only = pc.string_is_ascii(text)
    if not mask(pc.invert(ascii_only)).any():
        return text
    foreign = without(text, mask(ascii_only)).dictionary_encode()
    composed = [None if t is None else normalize("NFC", t) for t in foreign.dictionary.to_pylist()]
    return pc.coalesce(pa.array(composed, pa.string()).take(foreign.indices), text)


def parse_number(values: pa.Array, *, column: Column) -> Parsed:
    """A finite number with a decimal point, within the column's bounds."""
    if pa.types.is_integer(values.type) or pa.types.is_floating(values.type):
        numbers = values.cast(pa.float64(), safe=False)
        return _bounded(numbers, column, np.zeros(len(values), dtype=np.bool_), ())
    text = as_text(values)
    good = mask(pc.match_substring_regex(text, _NUMBER))
    comma = mask(pc.match_substring_regex(text, _COMMA)) & ~good
    other = mask(pc.is_valid(text)) & ~good & ~comma
    numbers = without(text, ~good)
    numbers = pc.replace_substring_regex(numbers, r"^\+", "").cast(pa.float64())
    problems = found(
        (comma, "a number needs a decimal point, not a comma"), (other, "not a number")
    )
    return _bounded(numbers, column, comma | other, problems)


def parse_count(values: pa.Array, *, column: Column) -> Parsed:
    """A whole number."""
    text = as_text(values)
    good = mask(pc.match_substring_regex(text, _COUNT))
    other = mask(pc.is_valid(text)) & ~good
    plain = pc.replace_substring_regex(without(text, ~good), r"^\+|\.0*$", "")
    numbers = pc.replace_substring_regex(plain, r"^\+", "").cast(pa.int64())
    return _bounded(
        numbers, column, other, found((other, "not a whole number of at most 15 digits"))
    )


def parse_flag(values: pa.Array) -> Parsed:
    """True or false, however the source spells it."""
    if pa.types.is_boolean(values.type):
        return Parsed(values)
    text = pc.utf8_lower(as_text(values))
    true = pc.is_in(text, value_set=pa.array(_TRUE))
    known = pc.or_(true, pc.is_in(text, value_set=pa.array(_FALSE)))
    other = mask(pc.is_valid(text)) & ~mask(known)
    flags = pc.if_else(known, true, pa.scalar(None, pa.bool_()))
    return Parsed(flags, found((other, "neither true nor false")))


def _bounded(
    numbers: pa.Array, column: Column, refused: Mask, problems: tuple[tuple[Mask, str], ...]
) -> Parsed:
    """Within ``least`` and ``most``; infinite numbers never are."""
    infinite = np.zeros(len(numbers), dtype=np.bool_)
    if pa.types.is_floating(numbers.type):
        infinite = mask(pc.is_inf(numbers))
        numbers = pc.if_else(pc.is_nan(numbers), pa.scalar(None, numbers.type), numbers)
    low = _beyond(pc.less(numbers, _or(column.least, numbers)), infinite)
    high = _beyond(pc.greater(numbers, _or(column.most, numbers)), infinite)
    more = found(
        (infinite, "too large for a number"),
        (low, "negative" if column.least == 0 else f"below {column.least}"),
        (high, f"above {column.most}"),
    )
    return Parsed(without(numbers, refused | infinite | low | high), (*problems, *more))


def _or(bound: float | None, numbers: pa.Array) -> Any:
    return numbers if bound is None else bound


def _beyond(outside: Any, infinite: Mask) -> Mask:
    return mask(outside) & ~infinite
