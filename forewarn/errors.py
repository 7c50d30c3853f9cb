"""Typed errors. Each carries the exit code of the command that it ends."""

import datetime as dt

from forewarn.local_time import local_to_the_second


class ForewarnError(Exception):
    """A mistake or failure that a user can act on; its message says how.

    ``instants``: aware ones that the message names in braces. What raises them seldom knows the
    reader's zone, so they are put into words when the message is read, by ``time_zone``.

    >>> error = ForewarnError("too late: {at}", at=dt.datetime(2026, 5, 2, 9, 10, tzinfo=dt.UTC))
    >>> str(error)
    'too late: 2026-05-02 09:10 UTC'
    >>> error.time_zone = "Europe/Berlin"
    >>> str(error)
    'too late: 2026-05-02 11:10 CEST'
    """

    exit_code = 1
    time_zone = "UTC"

    def __init__(self, message: str, **instants: dt.datetime) -> None:
        super().__init__(message)
        self.instants = instants

    def __str__(self) -> str:
        text = super().__str__()
        for name, instant in self.instants.items():
            told = local_to_the_second(instant, time_zone=self.time_zone)
            text = text.replace(f"{{{name}}}", told)
        return text


class ConfigError(ForewarnError):
    """``forewarn.yaml`` is missing or says something that cannot hold."""

    exit_code = 2


class SourceError(ForewarnError):
    """A file or database cannot be read as the configuration says."""

    exit_code = 3


class DataError(ForewarnError):
    """The data was read but does not allow what was asked of it."""

    exit_code = 4


class ModelError(ForewarnError):
    """A model is missing, was refused, or cannot be fitted."""

    exit_code = 5


class StoreError(ForewarnError):
    """The database that serves cannot be read or written."""

    exit_code = 6


class BusyError(StoreError):
    """Another run holds the lease; nothing was changed."""

    exit_code = 7


class ClusterError(ForewarnError):
    """A scheduler cannot be reached, workers died, or they run something else than we do."""

    exit_code = 9
