"""Read ``forewarn.yaml``; every mistake is told with its line and key."""

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from forewarn.config.base import Model
from forewarn.config.references import dangling
from forewarn.config.settings import Config
from forewarn.errors import ConfigError

_Model = TypeVar("_Model", bound=Model)


def load_config(path: Path) -> Config:
    """The validated configuration.

    Raises ConfigError with one line per mistake: file, line, key, what was expected.
    """
    return parse_config(read_text(path), path.name, folder=path.parent)


def read_text(path: Path) -> str:
    """The text of a configuration file; ConfigError where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(
            f"{path}: not found. Run 'forewarn init' here, or name a workspace with --workspace."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read as UTF-8 text: {error}") from error


def parse_config(text: str, name: str = "forewarn.yaml", *, folder: Path | None = None) -> Config:
    """The configuration that a YAML text stands for; ``name`` is used in messages.

    ``folder``: where the files lie that it names to be read with it (iCalendar).
    """
    config = parse_model(Config, text, name, folder=folder)
    mistakes = dangling(config)
    if mistakes:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        raise ConfigError("\n".join(_told(name, root, *mistake) for mistake in mistakes))
    return config


def parse_model(model: type[_Model], text: str, name: str, *, folder: Path | None = None) -> _Model:
    """The part of a configuration that a YAML text stands for; ConfigError as above."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        _refuse_repeated_keys(root, name)
        values = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(f"{name}:{line}: not valid YAML: {error.problem}") from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise ConfigError(f"{name}: not valid YAML: {error}") from error
    try:
        given = values if values is not None else {}
        return model.model_validate(given, context={"folder": folder})
    except ValidationError as error:
        raise ConfigError("\n".join(_explain(name, root, e) for e in _causes(error))) from error


def _causes(error: ValidationError) -> list[Any]:
    """The mistakes, without those that only follow from one deeper down."""
    errors: list[Any] = list(error.errors())
    places = [e["loc"] for e in errors]
    return [
        e
        for e in errors
        if not any(len(p) > len(e["loc"]) and p[: len(e["loc"])] == e["loc"] for p in places)
    ]


def _explain(name: str, root: yaml.Node | None, error: Any) -> str:
    location = error["loc"]
    given = "" if isinstance(error["input"], dict | list) else f" (given: {error['input']!r})"
    message = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        message = f"there is no such key here{_meant(str(location[-1]))}"
    return _told(name, root, location, message + given)


def _told(name: str, root: yaml.Node | None, location: Sequence[int | str], message: str) -> str:
    key = ".".join(str(part) for part in location) or "(top level)"
    return f"{name}:{_line(root, location)}: {key}: {message}"


def _meant(key: str) -> str:
    """A key of another spelling, wherever it belongs."""
    schema = Config.model_json_schema()
    models = [schema, *schema["$defs"].values()]
    known = {name for model in models for name in model.get("properties", {})}
    close = difflib.get_close_matches(key, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _line(root: yaml.Node | None, location: Sequence[int | str]) -> int:
    """Line of the deepest node that the location reaches, counted from 1."""
    node, line = root, 1
    for part in location:
        found = _child(node, part)
        if found is not None:
            line, node = found
    return line


def _child(node: yaml.Node | None, part: int | str) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(part):
                return key.start_mark.line + 1, value
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part].start_mark.line + 1, node.value[part]
    return None


def _refuse_repeated_keys(node: yaml.Node | None, name: str) -> None:
    """YAML keeps the last of two equal keys silently; here that is a mistake."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                line = key.start_mark.line + 1
                raise ConfigError(f"{name}:{line}: {key.value}: this key is given twice")
            seen.add(key.value)
            _refuse_repeated_keys(value, name)
    if isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _refuse_repeated_keys(value, name)
