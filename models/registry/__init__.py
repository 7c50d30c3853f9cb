"""The only package that knows MLflow: versions, aliases, figures, and fetching by file.

Files are fetched, checked and rehearsed; nothing that MLflow could load by running code is ever
loaded. Everything works offline with SQLite.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from forewarn.errors import ModelError
from forewarn.workspace import Workspace
from models.bundle import ModelBundle
from models.card import model_card
from models.champion import install, keep_bundle, load_champion, shadow
from models.registry.client import (
    CHALLENGER,
    CHAMPION,
    NAME,
    aliases_of,
    move_champion,
    refuse_empty,
    registry_client,
    version_of,
)
from models.registry.fetch import fetch_version
from models.registry.runs import log_bundle, log_figures

__all__ = [
    "Registered",
    "fetch_champion",
    "load_champion",
    "log_evaluation",
    "promote",
    "register",
]


@dataclass(frozen=True)
class Registered:
    """A version of the model. ``alias``: champion (it serves) or challenger; ``is_new``."""

    version: str
    alias: str
    digest: str
    is_new: bool


def register(
    ws: Workspace,
    bundle: ModelBundle,
    *,
    evaluation: Mapping[str, Any] | None = None,
    promote: bool = False,
) -> Registered:
    """Rehearse, log and register a bundle; the first version, or if told so, becomes champion.

    A bundle that is registered already keeps its version. Raises ModelError where the model
    does not load or the registry cannot be written.
    """
    digest = keep_bundle(ws, bundle)
    with registry_client(ws) as client:
        version = version_of(client, digest)
        is_new = version is None
        if version is None:
            version = log_bundle(client, ws, bundle, digest=digest, evaluation=evaluation)
        champion = aliases_of(client).get(CHAMPION)
        serves = promote or champion is None or champion == version
        if serves and champion != version:
            move_champion(client, version, before=champion)
        elif not serves:
            client.set_registered_model_alias(NAME, CHALLENGER, version)
    if serves:
        install(ws, version=version, digest=digest)
    else:
        shadow(ws, version=version, digest=digest)
    return Registered(version, CHAMPION if serves else CHALLENGER, digest, is_new)


def log_evaluation(ws: Workspace, evaluation: Mapping[str, Any], *, version: str) -> None:
    """Add a backtest's figures with intervals, plots and the new card to a version's run."""
    with registry_client(ws) as client:
        found = client.get_model_version(NAME, version)
        bundle = fetch_version(client, ws, version)
        log_figures(client, found.run_id, evaluation, model_id=found.tags.get("model_id"))
        card = model_card(bundle, time_zone=ws.config.report.time_zone, evaluation=evaluation)
        client.log_text(found.run_id, card, "model_card.md")
        client.update_model_version(NAME, version, description=card)


def promote(ws: Workspace, *, version: str) -> str | None:
    """Let a registered version serve from the next scoring run on; gives the one before.

    A challenger that is promoted challenges no more.
    """
    with registry_client(ws) as client:
        aliases = aliases_of(client)
        before = aliases.get(CHAMPION)
        fetch_version(client, ws, version)
        if before != version:
            move_champion(client, version, before=before)
        if aliases.get(CHALLENGER) == version:
            client.delete_registered_model_alias(NAME, CHALLENGER)
        digest = client.get_model_version(NAME, version).tags["manifest"]
    install(ws, version=version, digest=digest)
    return before


def fetch_champion(ws: Workspace) -> ModelBundle:
    """The champion as the registry has it now: fetched, checked, rehearsed and installed.

    Raises ModelError where the registry is away or has none, or the files are not sound.
    """
    refuse_empty(ws)
    with registry_client(ws) as client:
        version = aliases_of(client).get(CHAMPION)
        if version is None:
            raise ModelError("the registry has no champion: run 'forewarn train'")
        bundle = fetch_version(client, ws, version)
        digest = client.get_model_version(NAME, version).tags["manifest"]
    install(ws, version=version, digest=digest)
    return bundle
