"""Notebooks on public data are skipped, with the reason, where the data is not there."""

import os
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[1]
_ON_PUBLIC_DATA = {"made_sla.ipynb"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark those whose data is absent."""
    folder = Path(os.environ.get("FOREWARN_DATA", _ROOT.parent / "shared" / "data"))
    if (folder / "uci_incidents").is_dir():
        return
    reason = f"the public data sets are not in {folder}; FOREWARN_DATA names their folder"
    for item in items:
        if item.path.name in _ON_PUBLIC_DATA:
            item.add_marker(pytest.mark.skip(reason=reason))
