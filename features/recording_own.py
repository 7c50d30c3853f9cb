"""Streams behind the features that ``forewarn.yaml`` declares."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.arranging import build_stream
from features.facts import Facts
from features.rated import rated_stream
from features.recording_tickets import WRITTEN
from features.spec import STATE_KEYS
from features.streams import Int64, Stream
from forewarn.config.own_features import OwnFeature
from forewarn.errors import ConfigError
from forewarn.schema import ACTOR_KINDS, EVENT_KINDS
from forewarn.sla.events import text_codes


def own_streams(facts: Facts, path: Stream, features: Iterable[OwnFeature]) -> dict[str, Stream]:
    """One stream per feature, ``own/NAME``; what a mean is taken of is its column ``value``.

    Raises ConfigError where one asks by something that tickets do not have.
    """
    return {f"own/{f.name}": _stream(facts, path, f) for f in features}


def _stream(facts: Facts, path: Stream, feature: OwnFeature) -> Stream:
    rows = np.flatnonzero(_counts(facts, feature))
    if feature.measure != "mean":
        keys, n_keys = _keys(facts, path, rows, feature)
        return build_stream(keys, facts.events.known_at[rows], n_keys=n_keys)
    text = facts.tables.ticket_events["to_value"].iloc[facts.events.row[rows]]
    value = pd.to_numeric(text, errors="coerce").to_numpy(np.float64)
    rows, value = rows[np.isfinite(value)], value[np.isfinite(value)]
    keys, n_keys = _keys(facts, path, rows, feature)
    return rated_stream(keys, facts.events.known_at[rows], value, n_keys=n_keys, column="value")


def _counts(facts: Facts, feature: OwnFeature) -> NDArray[np.bool_]:
    """Which events count."""
    events, log = facts.events, facts.tables.ticket_events
    counts = np.isin(events.kind, [EVENT_KINDS.index(kind) for kind in feature.events])
    if feature.actors:
        actor = text_codes(log["actor_kind"], ACTOR_KINDS)[events.row]
        counts &= np.isin(actor, [ACTOR_KINDS.index(name) for name in feature.actors])
    else:
        written = np.isin(events.kind, [EVENT_KINDS.index(kind) for kind in WRITTEN])
        counts &= ~(written & events.is_automatic)
    if feature.is_public is not None:
        counts &= log["is_public"].to_numpy(bool)[events.row] == feature.is_public
    return counts


def _keys(facts: Facts, path: Stream, rows: Int64, feature: OwnFeature) -> tuple[Int64, int]:
    """Whose each event is: what its ticket was once the event could be seen."""
    by, ticket = feature.by, facts.events.ticket[rows]
    if by == "ticket":
        return ticket, facts.known_at.size
    if by == "desk":
        return np.zeros(rows.size, np.int64), 1
    if by in STATE_KEYS:
        seen = path.last_before(ticket, facts.events.known_at[rows] + 1)
        return path.take(by, seen).astype(np.int64), len(facts.words[by])
    if by == "customer":
        return facts.customer[ticket].astype(np.int64), len(facts.words["customer"])
    if by in facts.codes:
        return facts.codes[by][ticket].astype(np.int64), len(facts.words[by])
    known = ["ticket", "customer", "desk", *STATE_KEYS, *(n for n in facts.codes)]
    raise ConfigError(
        f"forewarn.yaml: features: own: {feature.name!r} asks by {by!r}, which tickets do not "
        f"have; expected {', '.join(dict.fromkeys(known))}"
    )
