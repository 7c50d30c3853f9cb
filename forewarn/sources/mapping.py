"""Which column of a source stands for which column of its shape."""

import difflib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from forewarn.config import Source
from forewarn.errors import SourceError
from forewarn.schema import Column
from forewarn.sources.shapes import INPUTS

_MOST_SHOWN = 12


@dataclass(frozen=True)
class Plan:
    """``columns``: (contract, column of the source). ``attributes``: (name, column)."""

    columns: tuple[tuple[Column, str], ...]
    attributes: tuple[tuple[str, str], ...]

    @property
    def used(self) -> tuple[str, ...]:
        """Columns of the source that are read, each once."""
        names = [source for _, source in (*self.columns, *self.attributes)]
        return tuple(dict.fromkeys(names))


def plan_columns(source: Source, header: Sequence[str], *, file: str) -> Plan:
    """Map a header; raises SourceError for a column that is missing or given twice.

    A column that the configuration does not map is taken where the source has one of its
    very name.
    """
    columns = []
    for column in INPUTS[source.shape]:
        wanted = source.columns.get(column.name, column.name)
        if wanted in header:
            columns.append((column, wanted))
        elif column.name in source.columns or column.required:
            raise SourceError(_missing(source, column.name, wanted, header, file=file))
    attributes = []
    for name in source.attributes:
        wanted = source.columns.get(name, name)
        if wanted not in header:
            raise SourceError(_missing(source, name, wanted, header, file=file))
        attributes.append((name, wanted))
    plan = Plan(tuple(columns), tuple(attributes))
    _refuse_repeated(plan.used, header, file=file)
    return plan


def _refuse_repeated(used: Sequence[str], header: Sequence[str], *, file: str) -> None:
    for name in used:
        at = [str(i + 1) for i, h in enumerate(header) if h == name]
        if len(at) > 1:
            raise SourceError(
                f"{file}: column {name!r} stands in the header {len(at)} times (columns "
                f"{', '.join(at)}); rename all but one"
            )


def _missing(source: Source, name: str, wanted: str, header: Sequence[str], *, file: str) -> str:
    says = "maps" if name in source.columns else "needs"
    text = f"{file}: no column {wanted!r}, which source {source.name!r} {says}"
    text += f" as {name!r}" if wanted != name else ""
    look_alike = next((h for h in header if _skeleton(h) == _skeleton(wanted)), None)
    close = difflib.get_close_matches(wanted, [h for h in header if len(h) < 200], n=1)
    if look_alike is not None:
        text += f"; {look_alike!a} looks like it but is written differently"
    elif len(header) == 1 and (other := _delimiter_in(header[0])):
        text += f"; the whole header is one column: is the delimiter {other!r}?"
    elif close:
        text += f"; did you mean {close[0]!r}?"
    shown = ", ".join(repr(h[:60]) for h in header[:_MOST_SHOWN])
    more = f" and {len(header) - _MOST_SHOWN:,} more" if len(header) > _MOST_SHOWN else ""
    return f"{text}. It has: {shown}{more}. Map it under 'columns' in forewarn.yaml"


def _delimiter_in(header: str) -> str | None:
    return next((d for d in (";", "\t", "|", ",") if d in header), None)


# Cyrillic and Greek letters that look Latin, escaped so that they can be told apart here.
_LATIN = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0410\u0412"
    "\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425\u0406\u03bf\u03b1",
    "aeopcyxiABEKMHOPCTXIoa",
)


def _skeleton(name: str) -> str:
    """What a name looks like: without marks, spaces, case, and Cyrillic or Greek doubles."""
    plain = unicodedata.normalize("NFKD", name).translate(_LATIN).casefold()
    return "".join(c for c in plain if c.isalnum())
