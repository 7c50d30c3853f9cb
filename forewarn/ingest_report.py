"""What an ingest did, as values; kept in the manifest, so that it can be told again."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from forewarn.config import Source
from forewarn.quarantine import count_reasons, count_rows, examples
from forewarn.sources.assembly import Assembled, Assembly
from forewarn.sources.parts import Part


@dataclass(frozen=True)
class SourceReport:
    """What one source gave: files or queries (and how many of them are new), and rows."""

    name: str
    n_inputs: int
    n_new: int
    n_read: int
    n_refused: int


@dataclass(frozen=True)
class IngestReport:
    """What an ingest did.

    ``rows``: by canonical table. ``reasons``: refused values by reason. ``is_changed``: false
    where nothing was new and the tables stayed as they were. ``n_blank``: rows with nothing in
    any column that is mapped. ``n_repeated``: rows that said
    again what another row says; ``n_superseded``: rows that a later file replaces;
    ``n_known_early``: facts known before they occurred, taken as known when they occurred.
    """

    sources: tuple[SourceReport, ...]
    rows: dict[str, int]
    reasons: dict[str, int]
    examples: tuple[str, ...]
    n_blank: int
    n_repeated: int
    n_superseded: int
    n_known_early: int
    is_changed: bool
    digest: str
    watermark: pd.Timestamp

    @property
    def n_read(self) -> int:
        return sum(s.n_read for s in self.sources)

    @property
    def n_refused(self) -> int:
        return sum(s.n_refused for s in self.sources)


def summarise(made_of: Assembly, made: Assembled, is_new: Mapping[str, bool]) -> dict[str, Any]:
    """What the manifest remembers of an ingest; ``is_new`` by the key of a part."""
    reports = [_source_report(s, made_of.parts, is_new, made.refused) for s in made_of.sources]
    return {
        "sources": [asdict(r) for r in reports],
        "reasons": count_reasons(made.refused),
        "examples": examples(made.refused),
        "n_blank": sum(int(p.extra["n_blank"]) for p in made_of.parts),
        "n_repeated": made.ledger.n_repeated,
        "n_superseded": made.ledger.n_superseded,
        "n_known_early": made.ledger.n_known_early,
    }


def report_of(manifest: Mapping[str, Any], *, is_changed: bool) -> IngestReport:
    """The report of the ingest that wrote a manifest."""
    summary = dict(manifest["state"]["summary"])
    return IngestReport(
        sources=tuple(SourceReport(**s) for s in summary.pop("sources")),
        rows={name: entry["rows"] for name, entry in manifest["tables"].items()},
        examples=tuple(summary.pop("examples")),
        is_changed=is_changed,
        digest=manifest["digest"],
        watermark=pd.Timestamp(manifest["watermark"]),
        **summary,
    )


def n_refused(source: Source, mine: Sequence[Part], refused: pa.Table) -> int:
    """Rows refused when read, which may be more than are listed, or also when put together."""
    listed = count_rows(refused.filter(pc.equal(refused["source"], source.name)))
    return max(listed, sum(p.n_refused for p in mine))


def _source_report(
    source: Source, parts: Sequence[Part], is_new: Mapping[str, bool], refused: pa.Table
) -> SourceReport:
    mine = [p for p in parts if p.source == source.name]
    return SourceReport(
        name=source.name,
        n_inputs=len({p.label for p in mine}),
        n_new=sum(is_new[p.key] for p in mine),
        n_read=sum(p.n_read for p in mine),
        n_refused=n_refused(source, mine, refused),
    )
