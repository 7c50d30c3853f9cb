"""From raw columns to typed rows: every value read, every refused row named."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from forewarn.config import Source
from forewarn.errors import SourceError
from forewarn.quarantine import merge, place, refusals
from forewarn.schema import ARROW, EVENT_KINDS, STATUS_CATEGORIES, Column
from forewarn.sources.batch import Batch
from forewarn.sources.instants import NaiveTimeError, parse_instants
from forewarn.sources.mapping import Plan
from forewarn.sources.parsed import Parsed, found, mask, without
from forewarn.sources.served import parse_also_serves
from forewarn.sources.shapes import INPUTS
from forewarn.sources.values import bare, parse_count, parse_flag, parse_number, parse_text

ROW = "__row"
"""Name of the column that keeps each row's number beside its values."""

_STATUS_KINDS = ("created", "status_changed", "solved", "closed", "reopened")


@dataclass(frozen=True)
class Rows:
    """``table``: typed, good rows only. ``refused``: quarantine. ``n_read``, ``n_refused``."""

    table: pa.Table
    refused: pa.Table
    n_read: int
    n_refused: int


def rows_schema(source: Source) -> pa.Schema:
    """Of typed rows: the row number, the shape's columns, source words, attributes as text."""
    fields = [pa.field(ROW, pa.int64())]
    fields += [pa.field(c.name, ARROW[c.kind]) for c in INPUTS[source.shape]]
    if source.shape == "change_log":
        fields.append(pa.field("detail", pa.string()))
    return pa.schema(fields + [pa.field(a, pa.string()) for a in source.attributes])


def parse_rows(batch: Batch, plan: Plan, *, source: Source, file: str) -> Rows:
    """Type the columns of a batch; a row with any refused value is refused as a whole.

    Raises SourceError for a time without offset where the source names no time zone.
    """
    n = len(batch.rows)
    typed: dict[str, pa.Array] = {ROW: pa.array(batch.rows)}
    bad = np.zeros(n, dtype=np.bool_)
    refused = [_skipped(batch, source, file)]
    attributes = ((Column(name, "text"), wanted) for name, wanted in plan.attributes)
    for column, wanted in (*plan.columns, *attributes):
        raw = bare(batch.columns[wanted].combine_chunks(), source.null_values)
        try:
            parsed = _parse(raw, column, source, typed)
        except NaiveTimeError as error:
            raise SourceError(
                _no_zone(error, batch, source=source, file=file, column=wanted)
            ) from None
        if source.shape == "change_log" and column.name == "status":
            typed["detail"] = parsed.values
        parsed = _required(_translated(parsed, column, typed, source), column)
        typed[column.name] = parsed.values
        for which, reason in parsed.problems:
            bad |= which
            values, rows = raw.filter(pa.array(which)), batch.rows[which]
            refused.append(
                refusals(rows, reason, source=source.name, file=file, column=wanted, values=values)
            )
    schema = rows_schema(source)
    columns = [typed[f.name] if f.name in typed else pa.nulls(n, f.type) for f in schema]
    good = pa.table(columns, schema=schema).filter(pa.array(~bad))
    n_skipped = sum(len(s.rows) for s in batch.skipped)
    return Rows(good, merge(refused), n + n_skipped, int(bad.sum()) + n_skipped)


def _parse(raw: pa.Array, column: Column, source: Source, typed: Mapping[str, pa.Array]) -> Parsed:
    if column.kind == "instant":
        return parse_instants(raw, time_zone=source.time_zone, time_format=source.time_format)
    if column.kind == "number":
        return parse_number(raw, column=column)
    if column.kind == "count":
        return parse_count(raw, column=column)
    if source.shape == "agents" and column.name == "also_serves":
        return parse_also_serves(raw, own=typed.get("group_id"))
    return parse_flag(raw) if column.kind == "flag" else parse_text(raw, name=column.name)


def _required(parsed: Parsed, column: Column) -> Parsed:
    if not column.required:
        return parsed
    told = np.zeros(len(parsed.values), dtype=np.bool_)
    for which, _ in parsed.problems:
        told |= which
    empty = mask(pc.is_null(parsed.values)) & ~told
    return Parsed(
        parsed.values, (*parsed.problems, *found((empty, "nothing where a value must be")))
    )


def _translated(
    parsed: Parsed, column: Column, typed: Mapping[str, pa.Array], source: Source
) -> Parsed:
    """The source's words for kinds and statuses as canonical ones; unknown words are refused."""
    every = np.ones(len(parsed.values), dtype=np.bool_)
    if column.name == "kind":
        return _words(parsed, source.kinds, EVENT_KINDS, every, "kind of event", key="kinds")
    if source.shape == "change_log" and column.name == "status":
        return _words(parsed, source.statuses, STATUS_CATEGORIES, every, "status", key="statuses")
    if source.shape == "event_log" and column.name in ("from_value", "to_value"):
        status = mask(pc.is_in(typed["kind"], value_set=pa.array(_STATUS_KINDS)))
        return _words(parsed, source.statuses, STATUS_CATEGORIES, status, "status", key="statuses")
    if column.values is not None:
        return _words(parsed, {}, column.values, every, column.name, key="")
    return parsed


def _words(
    parsed: Parsed,
    given: Mapping[str, str],
    allowed: tuple[str, ...],
    where: np.ndarray[tuple[int], np.dtype[np.bool_]],
    what: str,
    *,
    key: str,
) -> Parsed:
    words = {**{w: w for w in allowed}, **given}
    at = pc.index_in(parsed.values, value_set=pa.array(list(words), pa.string()))
    canonical = pa.array(list(words.values()), pa.string()).take(at)
    unknown = mask(pc.is_valid(parsed.values)) & mask(pc.is_null(at)) & where
    hint = f"map it under '{key}'" if key else f"expected one of {', '.join(allowed)}"
    values = pc.if_else(pa.array(where), canonical, parsed.values)
    problem = found((unknown, f"unknown {what}: {hint}"))
    return Parsed(without(values, unknown), (*parsed.problems, *problem))


def _skipped(batch: Batch, source: Source, file: str) -> pa.Table:
    return merge(
        [
            refusals(s.rows, s.reason, source=source.name, file=file, values=s.values)
            for s in batch.skipped
        ]
    )


def _no_zone(error: NaiveTimeError, batch: Batch, source: Source, file: str, column: str) -> str:
    value, at = str(error).rsplit("|", 1)
    entry = {"file": file, "row": int(batch.rows[int(at)]), "column": column, "value": value}
    return (
        f"{place(entry)}: this time carries no offset, and source {source.name!r} names no time "
        f"zone; add 'time_zone: UTC' (or an IANA name such as Europe/Berlin) to it"
    )
