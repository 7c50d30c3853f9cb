"""Times in a format of their own, rewritten as ISO 8601."""

import datetime as dt
import re

import pyarrow as pa
import pyarrow.compute as pc

from forewarn.sources.parsed import Mask, mask, without

_PARTS = {
    "%Y": (r"(?P<Y>\d{4})", "Y"), "%m": (r"(?P<m>\d{2})", "m"), "%d": (r"(?P<d>\d{2})", "d"),
    "%H": (r"(?P<H>\d{2})", "H"), "%M": (r"(?P<M>\d{2})", "M"), "%S": (r"(?P<S>\d{2})", "S"),
}  # fmt: skip


def to_iso(text: pa.Array, time_format: str) -> tuple[pa.Array, Mask]:
    """Values of a strptime format as ISO 8601, and which do not have that format."""
    pattern, order = _pattern(time_format)
    present = mask(pc.is_valid(text))
    if pattern is not None:
        fits = mask(pc.match_substring_regex(text, pattern))
        iso = pc.replace_substring_regex(without(text, ~fits), pattern, order)
        slow = present & ~fits
    else:
        iso, slow = pa.nulls(len(text), pa.string()), present
    if not slow.any():
        return iso, slow
    distinct = without(text, ~slow).dictionary_encode()
    read = [_by_python(t, time_format) for t in distinct.dictionary.to_pylist()]
    again = pa.array(read, pa.string()).take(distinct.indices)
    return pc.coalesce(iso, again), slow & mask(pc.is_null(again))


def _pattern(time_format: str) -> tuple[str | None, str]:
    """A regular expression for formats of plain numbers; None for the others."""
    pieces = re.split(r"(%.)", time_format)
    directives = [p for p in pieces if p.startswith("%")]
    if not {"%Y", "%m", "%d"} <= set(directives) <= set(_PARTS) or len(directives) != len(
        set(directives)
    ):
        return None, ""
    pattern = "".join(_PARTS[p][0] if p in _PARTS else re.escape(p) for p in pieces)
    place = {p[1]: str(n + 1) for n, p in enumerate(directives)}
    time = ":".join("\\" + place[k] if k in place else "00" for k in "HMS")
    return f"^{pattern}$", f"\\{place['Y']}-\\{place['m']}-\\{place['d']}T{time}"


def _by_python(text: str, time_format: str) -> str | None:
    if not text.isascii():
        return None
    try:
        return dt.datetime.strptime(text, time_format).isoformat()  # noqa: DTZ007  # zone comes later
    except (ValueError, OverflowError):
        return None
