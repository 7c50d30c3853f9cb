"""The feature page, written from the declarations."""

from collections.abc import Iterator

from features.catalogue import FEW_WORDS, fixed_features
from features.catalogue_customer import component_features
from features.catalogue_rates import rate_features
from features.catalogue_ticket import attribute_features
from features.rates import SMOOTHING
from features.spec import MEASURES, NO_STREAM, Feature

FAMILIES = {
    "clock": "The clock",
    "time": "Wall time",
    "ticket": "The ticket",
    "customer": "The customer",
    "health": "Customer health",
    "group": "The group",
    "agent": "Whoever has it",
    "load": "The desk, and what comes in",
}
"""Per entity its title, in the order in which people read."""
_INTRODUCTION = f"""# Features

What forewarn knows of an open clock at an instant `as_of`. This page is written from the
declarations in `features/catalogue*.py`; a test holds it to them.

**No feature looks ahead.** A fact counts once it is known *and* has happened, strictly before
`as_of`; one that becomes known late counts from then on. Facts lie in *streams*, sorted by key
and by the instant from which they are visible, with running sums: every window is a difference
of two positions before `as_of`. Training, a scoring run and a single call compute the same
columns with the same function. The tests poison the future of every ticket, customer, group and
agent, and cut it off, and compare every feature with plain loops over the tables.

| | |
|---|---|
| window | how far back facts count, from `as_of`; *all*: from the beginning |
| ratio | against the trailing mean; 1 is added above and below, so 1.0 is as usual |
| breach rate | mixed with {SMOOTHING:.0f} clocks of the overall rate of the metric as of then |
| breach lift | the rate less that overall rate |

**Rates and lifts.** Over *all* a clock counts once its deadline has passed (rates of what is
merely known flatter long promises at first); over 28 days it counts once it is decided, which is
fresher. By default models see the lifts over 28 days: levels drift with the desk, and codes
drift too. On the last windows before the test months (macro AUC, Brier; UCI, then Boston):

| models see | UCI | Boston |
|---|---|---|
| lifts, all | .726, .118 | .840, .127 |
| lifts, 28 days | .735, .120 | .851, .124 |
| both | .720, .121 | .852, .123 |

A text with fewer than {FEW_WORDS} values needs no lift: trees tell those apart by the text.

**On and off.** Marked *off*: not seen by models unless `features.include` names it; *agents*:
tells single agents apart, only with `features.agent_identity: true`. `features.exclude` takes
out any other. Features without a single fact behind them in your data are left out by themselves.
[ablation.md](ablation.md) has the figures by which families are on or off.

```yaml
features:
  exclude: [time_weekday]
  include: [desk_breach_rate_28d]
  agent_identity: false
```

**Texts.** `ticket_text_0` to `ticket_text_7` and `ticket_sentiment` are made of subject and
description only where `features.include` names them (one of the eight turns all of them on),
since nothing shows yet that they earn their place. The eight are the words, hashed: each word adds
eight fixed numbers, so that texts that share words lie close together; nothing is learnt, so
nothing leaks. The sentiment, -1 to 1, is TextBlob's, in English
(`pip install 'forewarn[sentiment]'`): MIT, kept (0.20.1 in July 2026), its lexicon lies in the
package, 0.2 ms a text. Looked at and left: vaderSentiment (last release May 2020), afinn
(November 2016), asent (November 2023), nltk-vader-sentiment (1.0.0 of August 2026 is its first),
and what loads a model at run time (pysentimiento, flair, stanza). Your own is better: a
column `sentiment` of the tickets, listed under `attributes` of their source, is
`ticket_sentiment` at once.

**Looking at them.** `forewarn features list` shows the features of your data and whether models
see each; `explain NAME` tells one in words, with its values; `preview TICKET` gives all values of
a ticket's clocks at an instant; `audit` looks for features that say nothing, say the same, drift,
or know the outcome too well ([how](cli.md#forewarn-features-audit)).

## Features of your own

**Without code**, over events. Whose they are is `by`: the ticket's, its customer's, its group's or
agent's (the one that had the ticket once the event could be seen), all of the desk, all of a
product or of any other text column of tickets. They run on streams like all others, so they
cannot look ahead either, and models see them at once.

```yaml
features:
  own:
    - name: customer_notes_14d
      events: internal_note            # one kind of event, or several
      by: customer
      measure: count                   # count, age (hours since the latest), mean, ratio
      window: 14d
      why: They make us talk.
    - {{name: product_reopened_ratio_1d, events: reopened, by: product, measure: ratio,
       window: 1d, trailing: 28d}}      # against the usual: 1 is as usual
    - {{name: desk_rating_7d, events: csat, by: desk, measure: mean, window: 7d}}
    - {{name: ticket_bot_replies, events: agent_reply, actors: [bot], measure: count}}
```

**In Python**, as a short function over other features. It is given their values as of each
observation, so it too cannot look ahead; a value that is not made of its own row alone is
refused. The
module must be installed or lie on `PYTHONPATH`; when its text changes, the history is built anew.

```python
# desk_features.py
from features.python import feature

@feature("ticket", unit="share", null="nobody has written", why="Who does the talking.")
def ticket_reply_share(of):
    ours, theirs = of("ticket_agent_replies"), of("ticket_customer_replies")
    return ours / (ours + theirs)
```

```yaml
features:
  python: [desk_features]
```
"""


def document_features() -> str:
    """Markdown: every declared feature, by what it is about; ``<name>`` stands for a column."""
    declared = (
        *fixed_features(),
        *attribute_features(("<name>",), ()),
        *component_features(("<component>",)),
        *(f for f in rate_features(("<name>",)) if "<name>" in f.name),
    )
    sections = [
        "\n".join(_section(title, [f for f in declared if f.entity == entity]))
        for entity, title in FAMILIES.items()
    ]
    return "\n".join([_INTRODUCTION, *sections, *_measures()])


def _section(title: str, features: list[Feature]) -> Iterator[str]:
    yield f"## {title}\n"
    yield "| feature | what | window | unit | null | why |"
    yield "|---|---|---|---|---|---|"
    for feature in features:
        yield f"| {' | '.join(_cells(feature))} |"
    yield ""


def _cells(feature: Feature) -> tuple[str, ...]:
    marks = [*(["off"] * (not feature.is_default)), *(["agents"] * feature.is_identity)]
    name = f"`{feature.name}`{''.join(f' *{mark}*' for mark in marks)}"
    source = feature.stream + (f", `{feature.column}`" if feature.column else "")
    what, window = f"{feature.measure} of {source}", window_in_words(feature)
    return name, what, window, feature.unit, feature.null, feature.why


def window_in_words(feature: Feature) -> str:
    """How far back facts count: ``now``, ``all``, ``7d``, ``4h against 28d``."""
    if feature.trailing:
        return f"{feature.window} against {feature.trailing}"
    return "now" if feature.stream in NO_STREAM else feature.window or "all"


def _measures() -> Iterator[str]:
    yield "## Measures\n"
    yield "| measure | meaning |"
    yield "|---|---|"
    for name, meaning in MEASURES.items():
        yield f"| {name} | {meaning} |"
    yield ""
