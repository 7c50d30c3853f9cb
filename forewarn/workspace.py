"""A workspace: a folder with ``forewarn.yaml`` and, beside it, ``.forewarn/``."""

import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from forewarn.config import Config, load_config
from forewarn.errors import ConfigError

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass(frozen=True)
class Workspace:
    """Paths and configuration of one workspace; making it touches no file."""

    root: Path

    @property
    def config_path(self) -> Path:
        return self.root / "forewarn.yaml"

    @property
    def state(self) -> Path:
        return self.root / ".forewarn"

    @property
    def tables(self) -> Path:
        """Canonical tables with their manifest, and ``quarantine/`` beside them."""
        return self.state / "tables"

    @property
    def history(self) -> Path:
        """Built histories, one folder per content hash."""
        return self.state / "history"

    @property
    def models(self) -> Path:
        """The cached last good model, and the artefacts of MLflow's runs."""
        return self.state / "models"

    @property
    def reports(self) -> Path:
        return self.root / "reports"

    @cached_property
    def config(self) -> Config:
        """The validated configuration; raises ConfigError."""
        return load_config(self.config_path)

    @property
    def database_url(self) -> str:
        """Of the database that serves."""
        given = self.config.storage.database_url
        return expand(given) if given else f"sqlite:///{self.state / 'forewarn.db'}"

    @property
    def mlflow_url(self) -> str:
        given = self.config.storage.mlflow_url
        return expand(given) if given else f"sqlite:///{self.state / 'mlflow.db'}"


def expand(text: str) -> str:
    """Replace ``${NAME}`` by the environment's value; secrets stay out of forewarn.yaml."""

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name not in os.environ:
            raise ConfigError(f"forewarn.yaml uses ${{{name}}}, which the environment does not set")
        return os.environ[name]

    return _VARIABLE.sub(value, text)
