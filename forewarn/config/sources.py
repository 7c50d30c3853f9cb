"""Where the data lies and what its columns mean."""

import re
from typing import Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from forewarn.config.base import Model, Name, StatusCategory, Text, ZoneName

Shape = Literal[
    "tickets",
    "event_log",
    "change_log",
    "flat_tickets",
    "customers",
    "customer_health",
    "agents",
    "groups",
]

_OF_TICKETS = ("tickets", "flat_tickets", "change_log", "event_log")
_ATTRIBUTE = re.compile("[A-Za-z_][A-Za-z0-9_]{0,63}")


class Source(Model):
    """One file pattern or one SQL query, read as one shape."""

    name: Name
    shape: Shape = Field(description="what one row stands for")
    path: str | None = Field(None, description="file or glob, relative to forewarn.yaml")
    format: Literal["csv", "parquet", "jsonl"] | None = Field(
        None, description="taken from the file's ending where it is not given"
    )
    encoding: str = Field("utf-8", description="of CSV and JSON Lines files")
    delimiter: str = Field(",", min_length=1, max_length=1)
    url: str | None = Field(
        None, description="SQLAlchemy URL; ${NAME} is taken from the environment"
    )
    query: str | None = Field(None, description="SELECT statement, or the name of a table")
    cursor: str | None = Field(
        None, description="column that only grows; a second ingest reads what lies above it"
    )
    time_zone: ZoneName | None = Field(None, description="of times that carry no offset")
    time_format: str | None = Field(
        None,
        description="strptime format, or epoch_s, epoch_ms, epoch_us, excel; ISO 8601 otherwise",
    )
    columns: dict[str, str] = Field(
        default_factory=dict, description="canonical column: column of the source"
    )
    attributes: tuple[str, ...] = Field(
        (), description="further columns that policies and features may see (a whitelist)"
    )
    statuses: dict[Text, StatusCategory] = Field(
        default_factory=dict, description="status of the source: category"
    )
    kinds: dict[Text, str] = Field(
        default_factory=dict, description="kind of event in the source: canonical kind"
    )
    null_values: tuple[Text, ...] = ("", "?", "NA", "N/A", "NULL", "null", "NaN", "nan")

    @field_validator("encoding")
    @classmethod
    def _encoding_is_known(cls, value: str) -> str:
        try:
            "".encode(value)
        except LookupError as error:
            raise ValueError("unknown encoding; expected one such as utf-8 or cp1252") from error
        return value

    @field_validator("attributes")
    @classmethod
    def _attributes_are_further(
        cls, value: tuple[str, ...], info: ValidationInfo
    ) -> tuple[str, ...]:
        if value and info.data.get("shape") not in _OF_TICKETS:
            raise ValueError("only sources of tickets have attributes")
        for name in value:
            if name in _columns_of(str(info.data["shape"])):
                raise ValueError(f"{name!r} is a column of its own; map it under 'columns'")
            if not _ATTRIBUTE.fullmatch(name):
                raise ValueError(
                    f"{name!r} cannot be a name (letters, digits, _ only); give it one under "
                    f"'columns', as in 'plan: {name}', and write that one here"
                )
        if len(set(value)) < len(value):
            raise ValueError("an attribute is named twice")
        return value

    @field_validator("kinds")
    @classmethod
    def _kinds_are_canonical(cls, value: dict[str, str]) -> dict[str, str]:
        from forewarn.schema import EVENT_KINDS

        for kind in value.values():
            if kind not in EVENT_KINDS:
                raise ValueError(f"unknown kind {kind!r}; expected one of {', '.join(EVENT_KINDS)}")
        return value

    @model_validator(mode="after")
    def _columns_are_used(self) -> Self:
        known = _columns_of(self.shape)
        for name in self.columns:
            if name not in known and name not in self.attributes:
                raise ValueError(
                    f"columns: {name!r} is no column of the shape {self.shape} (those are: "
                    f"{', '.join(known)}); list it under 'attributes' to pass it through"
                )
        return self

    @model_validator(mode="after")
    def _reads_one_thing(self) -> Self:
        if (self.path is None) == (self.url is None):
            raise ValueError("a source needs either 'path' (files) or 'url' (a database)")
        if self.url is not None and self.query is None:
            raise ValueError("a database source needs 'query': a SELECT or a table's name")
        return self


def _columns_of(shape: str) -> list[str]:
    from forewarn.sources.shapes import INPUTS

    return [column.name for column in INPUTS[shape]]
