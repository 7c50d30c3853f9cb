"""Where the data lies and what its columns mean."""

from typing import Literal, Self

from pydantic import Field, model_validator

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
    time_format: str | None = Field(None, description="strptime format; ISO 8601 otherwise")
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

    @model_validator(mode="after")
    def _reads_one_thing(self) -> Self:
        if (self.path is None) == (self.url is None):
            raise ValueError("a source needs either 'path' (files) or 'url' (a database)")
        if self.url is not None and self.query is None:
            raise ValueError("a database source needs 'query': a SELECT or a table's name")
        return self
