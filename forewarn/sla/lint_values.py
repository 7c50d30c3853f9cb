"""Values that policies name and that no ticket or customer of the history ever had."""

import difflib
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from forewarn.config import CalendarChoice, Comparison, PolicyConfig, SlaConfig
from forewarn.config.policies import Condition, in_words
from forewarn.sla.lint_findings import Finding, tickets
from forewarn.sla.policy import Column, match_policies

_SHOWN = 3


def absent_values(columns: Mapping[str, Column], sla: SlaConfig) -> Iterator[Finding]:
    """Values of conditions, calendars and targets that never occur, with the nearest that do.

    ``columns``: as ``read_situations`` gives them, with every text that ever occurred.
    """
    for policy in sla.policies:
        for name, condition in policy.when.items():
            yield from _absent(columns[name], name, condition, policy)
        if isinstance(policy.calendar, CalendarChoice):
            for value in policy.calendar.use:
                yield from _absent(columns[policy.calendar.by], policy.calendar.by,
                                   (value,), policy)  # fmt: skip
        for value in dict.fromkeys(p for named in policy.targets.values() for p in named):
            if value != "default" and value not in columns["priority"].texts:
                yield _never(columns["priority"], "priority", value, policy)


def _absent(
    column: Column, name: str, condition: Condition, policy: PolicyConfig
) -> Iterator[Finding]:
    named = condition.none_of if isinstance(condition, Comparison) else condition
    for value in named:
        if not _occurs(column, name, (value,), policy):
            yield _never(column, name, value, policy)
    if isinstance(condition, Comparison) and not _occurs(column, name, condition, policy):
        yield Finding(
            "warning", "never-so", policy.name, f"no {name} is {in_words(condition)}",
            f"In the history {_range(column)}.",
            "Correct the limits, unless such tickets are still to come.",
        )  # fmt: skip


def _occurs(column: Column, name: str, condition: Condition, policy: PolicyConfig) -> bool:
    """Whether any value that occurred fulfils the condition."""
    values = Column(np.arange(len(column.texts), dtype=np.int32), column.texts)
    alone = {"when": {name: condition}, "valid_from": None, "valid_until": None}
    at = np.zeros(values.codes.size, np.int64)
    return bool((match_policies({name: values}, (policy.model_copy(update=alone),), at=at)
                 >= 0).any())  # fmt: skip


def _never(column: Column, name: str, value: str, policy: PolicyConfig) -> Finding:
    return Finding(
        "warning", "never-occurs", policy.name, f"{name} {value!r} never occurs",
        f"In the history {_nearest(column, value)}.",
        "Correct the spelling, unless such tickets are still to come.",
        priority=value if name == "priority" else None,
    )  # fmt: skip


def _nearest(column: Column, value: str) -> str:
    """The values that are spelled most alike, else the most frequent ones."""
    counts = np.bincount(column.codes[column.codes >= 0], minlength=len(column.texts))
    by_count = [column.texts[i] for i in np.argsort(-counts, kind="stable")]
    if not by_count:
        return "nothing stands in this column"
    folded = {text.casefold(): text for text in reversed(by_count)}
    alike = difflib.get_close_matches(value.casefold(), list(folded), n=_SHOWN, cutoff=0.6)
    said = "the nearest are" if alike else "there are"
    shown = [folded[text] for text in alike] or by_count[:_SHOWN]
    more = len(by_count) - len(shown)
    rest = f" and {more} more" if more and not alike else ""
    of_text = dict(zip(column.texts, counts, strict=True))
    return f"{said} {', '.join(f'{t!r} ({tickets(of_text[t])})' for t in shown)}{rest}"


def _range(column: Column) -> str:
    numbers = pd.to_numeric(pd.Series(column.texts, dtype=object), errors="coerce").dropna()
    if not len(column.texts):
        return "nothing stands in this column"
    if numbers.empty:
        return f"the values are no numbers, such as {column.texts[0]!r}"
    return f"the values lie between {numbers.min():g} and {numbers.max():g}"
