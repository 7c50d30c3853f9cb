"""Mistakes in 'sources' are told by line and key; the published schema is current."""

import json
from pathlib import Path

import pytest

from forewarn.config import Config, parse_config
from forewarn.errors import ConfigError

DOCS = Path(__file__).parents[3] / "docs"


def mistake(*lines: str) -> str:
    """What is wrong with a source of these lines; they begin in line 4."""
    head = "sources:\n  - name: t\n    shape: flat_tickets\n"
    body = "".join(f"    {line}\n" for line in lines)
    with pytest.raises(ConfigError) as caught:
        parse_config(f"{head}{body}sla: {{}}\n")
    return str(caught.value)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["path: t", "encoding: utf-9"], "yaml:5: sources.0.encoding: unknown encoding"),
        (["path: t", "encoding: rot13"], "yaml:5: sources.0.encoding: unknown encoding"),
        (["path: t", "delimiter: ';;'"], "yaml:5: sources.0.delimiter: String should"),
        (["path: t", "shapes: x"], "yaml:5: sources.0.shapes: there is no such key here"),
        (["path: t", "columns: {ticket: id}"], "yaml:2: sources.0: columns: 'ticket'"),
        (["path: t", "attributes: [priority]"], "sources.0.attributes: 'priority' is a column of"),
        (["path: t", "attributes: [Case type]"], "sources.0.attributes: 'Case type' cannot be"),
        (["path: t", "attributes: [a, a]"], "sources.0.attributes: an attribute is named twice"),
        (["path: t", "kinds: {x: replied}"], "sources.0.kinds: unknown kind 'replied'; expected"),
        (["path: t", "statuses: {x: done}"], "yaml:5: sources.0.statuses.x: Input"),
        (["delimiter: ','"], "yaml:2: sources.0: a source needs either 'path' (files) or"),
        (["path: t", "url: 'sqlite:///x'"], "sources.0: a source needs either 'path' (files) or"),
        (["url: 'sqlite:///x'"], "sources.0: a database source needs 'query': a SELECT or a table"),
    ],
)  # fmt: skip
def test_mistakes(lines: list[str], message: str) -> None:
    """Every mistake names its line, its key and what was expected."""
    assert message in mistake(*lines)


def test_attributes_only_for_tickets() -> None:
    """Customers have no attributes."""
    with pytest.raises(ConfigError, match="only sources of tickets have attributes"):
        parse_config(
            "sources: [{name: c, shape: customers, path: c.csv, attributes: [x]}]\nsla: {}\n"
        )


def test_attribute_with_a_name_of_its_own() -> None:
    """A column that cannot be a name is given one under 'columns'."""
    config = parse_config(
        "sources: [{name: t, shape: tickets, path: t.csv, columns: {plan: Case Type},"
        " attributes: [plan]}]\nsla: {}\n"
    )
    assert config.sources[0].columns == {"plan": "Case Type"}


def test_published_schema_is_current() -> None:
    """docs/forewarn.schema.json is what 'forewarn schema' prints."""
    published = json.loads((DOCS / "forewarn.schema.json").read_text("utf-8"))
    assert published == Config.model_json_schema()
