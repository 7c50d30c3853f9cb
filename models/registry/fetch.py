"""Files of a version, fetched and checked: a registry is treated as hostile storage."""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from forewarn.workspace import Workspace
from models.bundle import ModelBundle, load_bundle
from models.champion import adopt
from models.registry.client import NAME


def fetch_version(client: Any, ws: Workspace, version: str) -> ModelBundle:
    """A version's bundle: its files fetched, every byte checked, rehearsed, kept."""
    import mlflow.artifacts

    digest = client.get_model_version(NAME, version).tags.get("manifest", "")
    source = client.get_model_version_download_uri(NAME, version)
    ws.models.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="fetch-", dir=ws.models) as folder:
        path = mlflow.artifacts.download_artifacts(
            artifact_uri=source, dst_path=folder, tracking_uri=ws.mlflow_url
        )
        bundle = load_bundle(Path(path), digest=digest)
        adopt(ws, Path(path), digest=digest)
    return replace(bundle, version=version)
