"""Putting the lives of all metrics together, and numbering the cycles that are clocks."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from forewarn.config import SlaConfig
from forewarn.sla.actions import Block
from forewarn.sla.cycles import count_cycles, was_promised
from forewarn.sla.events import Int64
from forewarn.sla.intervals import join_openings
from forewarn.sla.lives import Lives, Terms
from forewarn.sla.metrics import Action, rule_table
from forewarn.sla.openings import NAT, Openings
from forewarn.sla.parts import in_parts
from forewarn.sla.record import new_record
from forewarn.sla.spans import compile_calendars, watermark_of
from forewarn.sla.timelines import Timelines
from forewarn.tables import Tables


def assemble(blocks: Sequence[Block], tables: Tables, sla: SlaConfig) -> Timelines:
    """The timelines: clocks in the order (ticket, metric, cycle), lives block by block."""
    first, value, table = _number_terms(blocks)
    sizes = [b.ticket.size for b in blocks]
    n_before = np.cumsum([0, *(b.at.size for b in blocks)])
    starts = [b.start[:-1] + n for b, n in zip(blocks, n_before, strict=False)]
    calendars = compile_calendars(tables, sla)
    action_at = np.concatenate([b.at for b in blocks])
    known_at = np.concatenate([b.action_known_at for b in blocks])
    lives = Lives(
        clock_life=np.empty(0, np.int64),
        clock_cycle=np.empty(0, np.int16),
        metric=np.repeat(np.array([b.metric for b in blocks], np.int8), sizes),
        known_at=np.concatenate([b.known_at for b in blocks]),
        terms=first,
        start=np.concatenate([*starts, n_before[-1:]]),
        action_at=action_at,
        action_known_at=action_at if np.array_equal(action_at, known_at) else known_at,
        action_kind=np.concatenate([b.kind for b in blocks]),
        action_value=value,
        rules=rule_table(sla),
    )
    terms = Terms(
        target=np.ascontiguousarray(table[:, 1]),
        calendar=table[:, 2].astype(np.int16),
        is_imported=table[:, 0] < 0,
        versions=calendars.versions,
        valid_from=calendars.valid_from,
    )
    ticket = np.concatenate([b.ticket for b in blocks])
    hours = join_openings(calendars.compiled)
    life, cycle = _clocks(lives, terms, hours, ticket)
    return Timelines(
        clock_ticket=ticket[life],
        clock_metric=lives.metric[life],
        clock_cycle=cycle,
        clock_life=life,
        life_metric=lives.metric,
        life_known_at=lives.known_at,
        life_terms=lives.terms,
        life_start=lives.start,
        action_at=lives.action_at,
        action_known_at=lives.action_known_at,
        action_kind=lives.action_kind,
        action_value=lives.action_value,
        terms_policy=table[:, 0].astype(np.int16),
        terms_target=terms.target,
        terms_calendar=terms.calendar,
        terms_imported=terms.is_imported,
        calendar_versions=terms.versions,
        version_from=terms.valid_from,
        rules=lives.rules,
        policies=tuple(p.name for p in sla.policies),
        calendars=calendars.compiled,
        watermark=watermark_of(tables),
    )


def _clocks(
    lives: Lives, terms: Terms, hours: Openings, ticket: Int64
) -> tuple[Int64, NDArray[np.int16]]:
    """Life and cycle of each clock that is ever promised anything."""
    n_cycles = np.empty(lives.metric.size, np.int64)

    def count_part(part: slice) -> None:
        count_cycles(lives, terms, hours, part.start, new_record(), n_cycles[part])

    in_parts(count_part, n_cycles.size)
    life = np.repeat(np.arange(ticket.size), n_cycles)
    order = np.argsort(ticket[life], kind="stable")  # blocks come by metric, each by cycle
    before = np.repeat(np.cumsum(n_cycles) - n_cycles, n_cycles)
    cycle = (np.arange(life.size) - before + 1).astype(np.int16)
    life, cycle = life[order], cycle[order]
    keep = np.ones(life.size, bool)
    doubtful = np.flatnonzero(_is_bare(lives)[life])
    found = np.empty(doubtful.size, bool)
    asked = lives._replace(clock_life=life[doubtful], clock_cycle=cycle[doubtful])
    was_promised(asked, terms, hours, new_record(), found)
    keep[doubtful] = found
    return life[keep], cycle[keep]


def _is_bare(lives: Lives) -> NDArray[np.bool_]:
    """Lives in which nothing is promised at some time, so that a cycle may have no promise."""
    bare = lives.terms < 0
    taken = np.flatnonzero((lives.action_kind == Action.TARGET) & (lives.action_value < 0))
    bare[np.searchsorted(lives.start, taken, side="right") - 1] = True
    return bare


def _number_terms(blocks: Sequence[Block]) -> tuple[NDArray[np.int32], NDArray[np.int32], Int64]:
    """The terms of each life at creation, the value of each action, and the distinct terms.

    These as rows (policy, target, calendar).
    """
    columns = [
        np.concatenate([getattr(b.promises, name) for b in blocks]).astype(np.int64)
        for name in ("policy", "target", "calendar")
    ]
    promised = np.flatnonzero(columns[1] != NAT)
    order = promised[np.lexsort([c[promised] for c in reversed(columns)])]
    fresh = np.ones(order.size, bool)
    fresh[1:] = np.any([np.diff(c[order]) != 0 for c in columns], axis=0)
    number = np.full(columns[0].size, -1, np.int32)
    number[order] = np.cumsum(fresh) - 1
    table = np.column_stack([c[order][fresh] for c in columns])
    parts = np.split(number, np.cumsum([b.promises.target.size for b in blocks])[:-1])
    first = [part[b.first] for part, b in zip(parts, blocks, strict=True)]
    values = [_values(part, b) for part, b in zip(parts, blocks, strict=True)]
    return np.concatenate(first), np.concatenate(values), table


def _values(number: NDArray[np.int32], block: Block) -> NDArray[np.int32]:
    """What a TARGET puts in force as a row of the distinct terms; owners stay as they are."""
    value = block.value
    targets = np.flatnonzero(block.kind == Action.TARGET)
    value[targets] = number[block.value[targets]]
    return value
