"""Names in ``forewarn.yaml`` that point at nothing: what each part alone cannot see."""

import difflib
from collections.abc import Iterator, Sequence

from forewarn.config.policies import PolicyConfig
from forewarn.config.settings import Config
from forewarn.config.tightening import TighteningRule
from forewarn.schema import CUSTOMERS, TICKETS

Mistake = tuple[tuple[int | str, ...], str]
"""Where it is, as keys and positions, and what is wrong."""
HEALTH_COLUMNS = ("health_score", "health_segment")
"""Columns of the customer's health, beside those of the canonical tables."""


def dangling(config: Config) -> list[Mistake]:
    """Conditions on columns that nobody has, and working hours without a calendar."""
    return [*_conditions(config), *_working_hours(config)]


def _conditions(config: Config) -> Iterator[Mistake]:
    known = known_columns(config)
    asked: dict[tuple[str, ...], Sequence[PolicyConfig | TighteningRule]] = {
        ("sla", "policies"): config.sla.policies,
        ("sla", "tighten", "rules"): config.sla.tighten.rules,
    }
    for part, rules in asked.items():
        for place, rule in enumerate(rules):
            for name in rule.when:
                if name not in known:
                    yield (*part, place, "when", name), _unknown(rule.name, name, known)


def _unknown(rule: str, name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    meant = f"did you mean {close[0]!r}? " if close else ""
    return (
        f"{rule!r} looks at {name!r}, a column that neither tickets nor customers have; {meant}"
        f"they have {', '.join(known)}; further columns of tickets are listed under "
        "'attributes' of their source"
    )


def known_columns(config: Config) -> list[str]:
    """What a condition can look at: texts of tickets, attributes, customers and their health."""
    of_tickets = [column.name for column in TICKETS.columns if column.kind == "text"]
    of_customers = [c.name for c in CUSTOMERS.columns if c.kind in ("text", "number")]
    passed = [name for source in config.sources for name in source.attributes]
    return sorted({*of_tickets, *of_customers, *passed, *HEALTH_COLUMNS})


def _working_hours(config: Config) -> Iterator[Mistake]:
    name = config.queue.working_hours
    if name is not None and name not in config.sla.calendars:
        known = ", ".join(sorted(config.sla.calendars)) or "none"
        yield ("queue", "working_hours"), f"calendar {name!r} is not defined (defined: {known})"
