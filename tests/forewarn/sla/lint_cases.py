"""Small histories and policies, and what looking them over finds."""

from collections.abc import Mapping, Sequence
from typing import Any

from sla_tables import make_tables

from forewarn.config import Config
from forewarn.sla.lint import Lint, lint_policies

HOUR = 3_600_000_000
REST = {"name": "rest", "targets": {"resolution": "8h"}}


def config(*policies: Mapping[str, Any], **settings: Any) -> Config:
    """A configuration of resolution only."""
    sla = {"metrics": ["resolution"], "policies": policies, **settings}
    source = {"name": "t", "shape": "tickets", "path": "t.csv"}
    return Config.model_validate({"sources": [source], "sla": sla})


def ticket(name: str, hour: int = 0, **values: Any) -> dict[str, Any]:
    """A ticket created so many hours after 1970 began."""
    return {"ticket_id": name, "created_at": hour * HOUR, **values}


def looked_over(
    settings: Config,
    tickets: Sequence[Mapping[str, Any]],
    events: Sequence[Mapping[str, Any]] = (),
    customers: Sequence[Mapping[str, Any]] = (),
) -> Lint:
    """What is found beside these tickets."""
    return lint_policies(settings, make_tables(tickets, events, customers))


def told(found: Lint, *codes: str) -> list[tuple[str, str | None, str]]:
    """Severity, policy and what, of findings with these codes."""
    return [(f.severity, f.policy, f.what) for f in found.findings if f.code in codes]
