"""A file with other policies, to be tried on the history: an ``sla`` section, or all there is."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from forewarn.config.base import Model
from forewarn.config.load import parse_config, parse_model, read_text
from forewarn.config.settings import HealthConfig
from forewarn.config.sla import SlaConfig
from forewarn.errors import ConfigError


class PolicyFile(Model):
    """What clocks are computed from. ``health``: the workspace's where it is not given."""

    sla: SlaConfig
    health: HealthConfig | None = None


def load_policies(path: Path) -> PolicyFile:
    """The policies of a file that holds ``sla`` (and ``health``), or a whole ``forewarn.yaml``.

    Raises ConfigError with one line per mistake: file, line, key, what was expected.
    """
    if not path.is_file():
        raise ConfigError(f"{path}: there is no such file; expected one with an 'sla' section")
    text = read_text(path)
    if "sources" in _keys(text):
        config = parse_config(text, path.name, folder=path.parent)
        return PolicyFile(sla=config.sla, health=config.health)
    return parse_model(PolicyFile, text, path.name, folder=path.parent)


@contextmanager
def named_in_mistakes(file: str) -> Iterator[None]:
    """What the rules of ``file`` ask for and the data does not have is told of that file.

    >>> with named_in_mistakes("other.yaml"):
    ...     raise ConfigError("policy 'all' looks at 'colour'")
    Traceback (most recent call last):
    forewarn.errors.ConfigError: other.yaml: policy 'all' looks at 'colour'
    """
    try:
        yield
    except ConfigError as error:
        raise ConfigError(f"{file}: {error.args[0]}", **error.instants) from error


def _keys(text: str) -> set[str]:
    """The keys at the top; none where the text is no mapping, which is complained of later."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError, ValueError):
        return set()
    return {key.value for key, _ in root.value} if isinstance(root, yaml.MappingNode) else set()
