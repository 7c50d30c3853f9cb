"""docs/cli.md tells about every command, option and exit code."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

import forewarn.errors
from pipelines.cli import app
from pipelines.cli.app import INTERRUPTED, TERMINATED, UNEXPECTED
from pipelines.orchestration import OrchestrationError

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "cli.md").read_text("utf-8")


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command with its path of names."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


COMMANDS = dict(commands(typer.main.get_command(app)))


def section(path: tuple[str, ...]) -> str:
    """The page's section about a command, its heading included."""
    match = re.search(
        rf"^### `forewarn {' '.join(path)}\b.*?(?=^#|\Z)", PAGE, re.MULTILINE | re.DOTALL
    )
    return match[0] if match else ""


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_and_option_is_documented(path: tuple[str, ...]) -> None:
    """A command has a section that names its arguments and options."""
    text = section(path)
    assert text
    for parameter in COMMANDS[path].params:
        if "--workspace" not in parameter.opts and parameter.param_type_name == "option":
            assert any(f"`{name}" in text for name in parameter.opts if name.startswith("--"))


def test_no_section_tells_of_a_command_that_is_not_there() -> None:
    """Sections and commands are the same."""
    told = {
        tuple(re.findall(r"[a-z]+", line))
        for line in re.findall(r"^### `forewarn ([a-z ]+)", PAGE, re.MULTILINE)
    }
    assert told == set(COMMANDS)


def test_every_exit_code_is_documented() -> None:
    """The table of exit codes holds those of all typed errors."""
    told = {int(code) for code in re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)}
    typed = {
        error.exit_code
        for error in vars(forewarn.errors).values()
        if isinstance(error, type) and issubclass(error, forewarn.errors.ForewarnError)
    }
    ours = {0, UNEXPECTED, INTERRUPTED, TERMINATED, OrchestrationError.exit_code}
    assert told == typed | ours


@pytest.mark.parametrize(
    "page",
    [
        "README.md",
        "docs/index.md",
        "CONTRIBUTING.md",
        "docs/cli.md",
        "docs/flows.md",
        "docs/policies.md",
    ],
)
def test_links_lead_somewhere(page: str) -> None:
    """Relative links of the pages point to files that exist."""
    path = ROOT / page
    links = re.findall(r"\]\(([^)#]+)\)", path.read_text("utf-8"))
    assert [link for link in links if "://" not in link and not (path.parent / link).exists()] == []


@pytest.mark.parametrize("page", ["README.md", "docs/cli.md", "docs/flows.md", "docs/policies.md"])
def test_examples_use_commands_that_exist(page: str) -> None:
    """Every 'forewarn …' in a page begins with the name of a command."""
    text = (ROOT / page).read_text("utf-8")
    used = set(re.findall(r"(?:`|\$ |&& |bin/)forewarn ([a-z]+)\b", text, re.MULTILINE))
    assert used <= {path[0] for path in COMMANDS}
    assert used
