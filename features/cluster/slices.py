"""A slice puts the facts of all parts together and answers what the parts ask of it."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.cluster.array_files import ArrayReader, ArrayWriter, reading_arrays, writing_arrays
from features.cluster.cuts import Cuts, hash_words
from features.cluster.facts import KINDS, RANK, StreamFacts, carry_of, join_facts, merge_facts
from features.cluster.job import Job
from features.cluster.medians import Spans, answer_spans, since
from features.cluster.plan import keys_each
from features.streams import Int64, Stream


@dataclass(frozen=True)
class Carried:
    """What one slice hands to the next: by stream, of the word (or words) that the cut parts.

    ``words``: what the keys are positions in, metric by metric.
    """

    words: pa.Array
    facts: Mapping[str, StreamFacts]


@dataclass(frozen=True)
class _Words:
    """All words of a slice, and where each part's words are among them."""

    words: pa.Array
    codes: tuple[Int64, ...]  # of each part, by position in its list, -1 where it has none
    back: tuple[Int64, ...]  # of each part: the codes of all words in its own list

    def inside(self, part: int, keys: Int64, *, each: int) -> Int64:
        """A part's keys as keys of the slice."""
        found: Int64 = each * self.codes[part].take(keys // each) + keys % each
        return found

    def outside(self, part: int, keys: Int64, *, each: int) -> Int64:
        """Keys of the slice as keys of a part."""
        found: Int64 = each * self.back[part].take(keys // each) + keys % each
        return found


def merge_slice(
    job: Job, base: str, cuts: Cuts, number: int, before: Carried | None
) -> Carried | None:
    """Answer every part's questions; gives what the next slice has to know, if anything."""
    streams = job.plan.streams_of(base)
    carried = {}
    with ExitStack() as stack:
        files = [
            stack.enter_context(reading_arrays(job.message(part, base, number)))
            for part in range(job.n_parts)
        ]
        answers = stack.enter_context(writing_arrays(job.answers(base, number)))
        words = _read_words(files, before)
        for name in streams:
            each = keys_each(job.plan.keys[name])
            facts = [_read_facts(f, name, words, p, each=each) for p, f in enumerate(files)]
            first = _carried_in(before, name, words, facts[0], each=each)
            stream = merge_facts(join_facts(facts), first, n_keys=each * len(words.words))
            for part, file in enumerate(files):
                _answer(stream, name, file, answers, words, part=part, each=each)
                if name in job.plan.tails:
                    _answer_spans(stream, name, file, answers, words, part=part, each=each)
            if number < cuts.word.size:
                keys = _cut_keys(words, cuts.word[number], each=each)
                tail = job.plan.tails.get(name)
                begin = None if tail is None else since(int(cuts.at[number]), tail)
                carried[name] = carry_of(stream, first, keys, since=begin)
    return Carried(words.words, carried) if carried else None


def _read_words(files: list[ArrayReader], before: Carried | None) -> _Words:
    lists = [(file.read("words/code"), file.read_texts("words/text")) for file in files]
    more = [] if before is None else [before.words]
    every = pc.unique(pa.concat_arrays([*(texts for _, texts in lists), *more]))
    codes, back = [], []
    for own, texts in lists:
        place = pc.index_in(texts, value_set=every).to_numpy(zero_copy_only=False).astype(np.int64)
        code = np.full(int(own.max()) + 1 if own.size else 1, -1, np.int64)
        code[own] = place
        mine = np.full(len(every), -1, np.int64)
        mine[place] = own
        codes.append(code)
        back.append(mine)
    return _Words(every, tuple(codes), tuple(back))


def _read_facts(
    file: ArrayReader, name: str, words: _Words, part: int, *, each: int
) -> StreamFacts:
    key = file.read(f"{name}/fact/key").astype(np.int64)
    return StreamFacts(
        words.inside(part, key, each=each),
        file.read(f"{name}/fact/at"),
        *(file.below(f"{name}/{kind}") for kind in KINDS),
    )


def _carried_in(
    before: Carried | None, name: str, words: _Words, like: StreamFacts, *, each: int
) -> StreamFacts:
    """What the slice before has handed over, in the keys of this one."""
    if before is None:
        return like.take(np.empty(0, np.int64))
    facts = before.facts[name]
    place = pc.index_in(before.words, value_set=words.words).to_numpy(zero_copy_only=False)
    key = each * place.astype(np.int64).take(facts.key // each) + facts.key % each
    return replace(facts, key=key)


def _answer(
    stream: Stream,
    name: str,
    questions: ArrayReader,
    answers: ArrayWriter,
    words: _Words,
    *,
    part: int,
    each: int,
) -> None:
    """Write the rows that a part asks for, each once, in the part's own keys."""
    asked = questions.read(f"{name}/ask/key").astype(np.int64)
    keys = words.inside(part, asked, each=each)
    rows = np.unique(stream.last_before(keys, questions.read(f"{name}/ask/at")))
    rows = rows[stream.whole(RANK, rows) > 0]  # a root is the same everywhere
    of_row = np.searchsorted(stream.start, rows, side="right") - 1
    answers.write(f"{part}/{name}/key", words.outside(part, of_row, each=each))
    answers.write(f"{part}/{name}/at", stream.at[rows])
    for column, values in stream.columns.items():
        answers.write(f"{part}/{name}/column/{column}", values[rows])


def _answer_spans(
    stream: Stream,
    name: str,
    questions: ArrayReader,
    answers: ArrayWriter,
    words: _Words,
    *,
    part: int,
    each: int,
) -> None:
    """Write the medians of the windows that a part asks for, each once."""
    key, then, now = (questions.read(f"{name}/span/{column}") for column in Spans._fields)
    inside = words.inside(part, key.astype(np.int64), each=each)
    found = answer_spans(stream, Spans(inside, then, now))
    found = found._replace(key=words.outside(part, found.key, each=each))
    for column, values in found._asdict().items():
        answers.write(f"{part}/{name}/median/{column}", values)


def _cut_keys(words: _Words, cut: int, *, each: int) -> Int64:
    """Keys of the words at which the next slice begins."""
    is_cut = np.flatnonzero(hash_words(words.words) == cut)
    found: Int64 = (each * is_cut[:, np.newaxis] + np.arange(each)).ravel()
    return found
