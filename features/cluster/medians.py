"""Medians of windows: answered where all facts of the key are, looked up where they were asked."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from features.cluster.plan import ALWAYS, MEDIAN
from features.medians import Medians
from features.recording_medians import medians_of, n_values
from features.sight import Sight
from features.spec import Feature, span
from features.streams import Floats, Int64, Stream
from forewarn.errors import DataError
from forewarn.sla.openings import NAT

COUNT = "n_solved"
"""The column that tells how many values there are up to a row."""


class Spans(NamedTuple):
    """Windows of keys: facts from ``then`` to before ``now``."""

    key: Int64
    then: Int64
    now: Int64


class Answers(NamedTuple):
    """Per key, and number of its values before and at the end of a window, the median."""

    key: Int64
    before: Int64
    end: Int64
    median: Floats


def spans_of(sight: Sight, features: list[Feature], stream: str) -> list[Spans]:
    """The windows of which these features ask medians of a stream."""
    found = []
    for feature in features:
        if feature.measure == MEDIAN and feature.stream == stream:
            back = span(feature.window)
            then = np.full(sight.as_of.size, NAT) if back is None else sight.as_of - back
            found.append(Spans(sight.key(feature.key), then, sight.as_of))
    return found


def since(cut_at: int, tail: int) -> int:
    """From when on a slice after the cut needs facts one by one."""
    return NAT if tail >= ALWAYS or cut_at == NAT else cut_at - tail


def answer_spans(stream: Stream, spans: Spans) -> Answers:
    """The medians of windows, each once."""
    medians, n = medians_of(stream), n_values(stream)
    then, now = (stream.last_before(spans.key, at) for at in (spans.then, spans.now))
    counts = [stream.whole(COUNT, rows) for rows in (then, now)]
    _, first = np.unique(np.stack([spans.key, *counts]), axis=1, return_index=True)
    found = medians.between(spans.key[first], n[then[first]], n[now[first]])
    return Answers(spans.key[first], counts[0][first], counts[1][first], found)


@dataclass(frozen=True)
class AnsweredMedians(Medians):
    """Medians that were answered elsewhere. ``first``: per key where its counts begin.

    ``codes``: of a window's two places, ascending; ``found``: its median.
    """

    begins: Int64
    width: int
    codes: Int64
    found: Floats

    def between(self, keys: Int64, begin: Int64, end: Int64) -> Floats:
        """Null where there is no key; DataError for a window that nobody asked about."""
        out = np.full(begin.size, np.nan)
        rows = np.flatnonzero(keys >= 0)
        first = self.first[keys[rows]]
        codes = _code(self.begins, self.width, first + begin[rows], first + end[rows])
        place = np.searchsorted(self.codes, codes)
        if (self.codes.take(place, mode="clip") != codes).any() if codes.size else False:
            raise DataError("a median was asked that no slice has answered: run the command again")
        out[rows] = self.found[place]
        return out


def build_answered(answers: Answers, *, n_keys: int) -> AnsweredMedians:
    """The answers of all slices, ready to be looked up."""
    most = np.zeros(n_keys, np.int64)
    np.maximum.at(most, answers.key, answers.end)
    first = np.concatenate([[0], np.cumsum(most + 1)])
    begin, end = (first[answers.key] + n for n in (answers.before, answers.end))
    begins, width = np.unique(begin), int(first[-1]) + 1
    codes = _code(begins, width, begin, end)
    order = np.argsort(codes)
    nothing = (np.empty(0), np.zeros(first.size, np.int64), np.empty(0, np.int64))
    return AnsweredMedians(first, *nothing, begins, width, codes[order], answers.median[order])


def _code(begins: Int64, width: int, begin: Int64, end: Int64) -> Int64:
    found: Int64 = np.searchsorted(begins, begin).astype(np.int64) * width + end
    return found
