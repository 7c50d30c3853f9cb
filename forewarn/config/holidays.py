"""Which public holidays close a calendar; what is not known is told with what comes close."""

from typing import Annotated, Self

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from forewarn.config.base import Model, Values, as_text
from forewarn.sla.public_holidays import (
    Holidays,
    check_categories,
    check_names,
    known_country,
    known_region,
)


def _as_code(value: object) -> object:
    """The codes that YAML takes for a truth value: NO is Norway, ON is Ontario."""
    if isinstance(value, bool):
        return "ON" if value else "NO"
    return as_text(value)


Code = Annotated[str, BeforeValidator(_as_code)]


class HolidaysConfig(Model):
    """Public holidays of a country or region, from the ``holidays`` library."""

    country: Code = Field(description="ISO code such as DE")
    region: Code | None = Field(None, description="ISO 3166-2 part such as BY, or its name")
    categories: Values = Field(
        ("public",), min_length=1, description="that the country has: public, bank, government"
    )
    only: Values = Field((), description="names of those that are kept; all if none")
    without: Values = Field((), description="names of those on which the desk works")

    @property
    def kept(self) -> Holidays:
        """For the calendar."""
        return Holidays(self.country, self.region, self.only, self.without, self.categories)

    @field_validator("country")
    @classmethod
    def _country_is_known(cls, value: str) -> str:
        return known_country(value)

    @field_validator("region")
    @classmethod
    def _region_is_known(cls, value: str | None, info: ValidationInfo) -> str | None:
        country = info.data.get("country")
        return value if value is None or country is None else known_region(country, value)

    @field_validator("categories")
    @classmethod
    def _categories_are_known(cls, value: Values, info: ValidationInfo) -> Values:
        if "country" in info.data:
            check_categories(info.data["country"], value)
        return value

    @field_validator("only", "without")
    @classmethod
    def _names_are_known(cls, value: Values, info: ValidationInfo) -> Values:
        place = {k: info.data[k] for k in ("country", "region", "categories") if k in info.data}
        if value and len(place) == 3:  # else the place is the mistake
            check_names(Holidays(**place), value)
        return value

    @model_validator(mode="after")
    def _chosen_one_way(self) -> Self:
        if self.only and self.without:
            raise ValueError("expected either only or without; only leaves out all others anyway")
        return self
