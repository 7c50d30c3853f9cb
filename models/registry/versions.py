"""Every version that the registry holds, with what it was made of, and its files when asked for."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from forewarn.errors import ModelError
from forewarn.workspace import Workspace
from models.bundle import ModelBundle
from models.registry.client import (
    CHALLENGER,
    CHAMPION,
    NAME,
    PREVIOUS,
    aliases_of,
    refuse_empty,
    registry_client,
)
from models.registry.fetch import fetch_version

ALIASES = (CHAMPION, CHALLENGER, PREVIOUS)
_MILLISECONDS = "ms"


@dataclass(frozen=True)
class Version:
    """A registered model. ``briers``: by metric, on the windows before its cutoff.
    ``card``: Markdown.

    ``verdict``: the gate's last word on it, as JSON values; null where it was never judged.
    """

    version: str
    aliases: tuple[str, ...]
    created_at: pd.Timestamp
    digest: str
    parameters: Mapping[str, str]
    briers: Mapping[str, float]
    card: str
    verdict: Mapping[str, Any] | None

    @property
    def cutoff(self) -> str | None:
        return self.parameters.get("cutoff")

    @property
    def commit(self) -> str | None:
        return self.parameters.get("version.commit")

    @property
    def seed(self) -> str | None:
        return self.parameters.get("seed")


def list_versions(ws: Workspace) -> list[Version]:
    """All versions, newest first; empty where nothing was registered yet.

    Raises ModelError where the registry is away.
    """
    try:
        refuse_empty(ws)
    except ModelError:
        return []
    with registry_client(ws) as client:
        aliases = aliases_of(client)
        found = client.search_model_versions(f"name = '{NAME}'")
        rows = [_version(client, row, aliases) for row in found]
    return sorted(rows, key=lambda v: int(v.version), reverse=True)


def find_version(ws: Workspace, named: str | None, *, alias: str = CHALLENGER) -> Version:
    """A version by its number or alias, or that of ``alias`` where none is named.

    Raises ModelError that names what there is.
    """
    versions = list_versions(ws)
    if not versions:
        raise ModelError("no model was registered yet: run 'forewarn train'")
    wanted = named or alias
    for version in versions:
        if wanted == version.version or wanted in version.aliases:
            return version
    there = ", ".join(
        v.version + (f" ({', '.join(v.aliases)})" if v.aliases else "") for v in versions
    )
    if wanted in ALIASES:
        raise ModelError(f"no version is {wanted}; there are: {there}")
    raise ModelError(f"there is no version {wanted!r}; there are: {there}")


def load_version(ws: Workspace, version: str) -> ModelBundle:
    """A version's bundle: fetched, every byte checked, rehearsed."""
    with registry_client(ws) as client:
        return fetch_version(client, ws, version)


def keep_verdict(ws: Workspace, version: str, verdict: Mapping[str, Any]) -> None:
    """Keep the gate's word with the version's run; the last one is what a list shows."""
    text = json.dumps(verdict, sort_keys=True)
    with registry_client(ws) as client:
        found = client.get_model_version(NAME, version)
        client.log_dict(found.run_id, json.loads(text), "verdict.json")
        client.set_model_version_tag(
            NAME, version, "gate", "passed" if verdict["passed"] else "refused"
        )
        client.set_model_version_tag(NAME, version, "gate_reasons", _short(verdict["reasons"]))


def _short(reasons: list[str]) -> str:
    return json.dumps([reason[:400] for reason in reasons][:10])


def _version(client: Any, row: Any, aliases: Mapping[str, str]) -> Version:
    data = client.get_run(row.run_id).data
    suffix = ".fit.brier"
    gate = row.tags.get("gate")
    return Version(
        version=str(row.version),
        aliases=tuple(a for a in ALIASES if aliases.get(a) == str(row.version)),
        created_at=pd.Timestamp(row.creation_timestamp, unit=_MILLISECONDS, tz="UTC"),
        digest=row.tags.get("manifest", ""),
        parameters=dict(data.params),
        briers={
            name.removesuffix(suffix): float(value)
            for name, value in data.metrics.items()
            if name.endswith(suffix)
        },
        card=row.description or "",
        verdict=None
        if gate is None
        else {"passed": gate == "passed", "reasons": json.loads(row.tags["gate_reasons"])},
    )
