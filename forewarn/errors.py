"""Typed errors. Each carries the exit code of the command that it ends."""


class ForewarnError(Exception):
    """A mistake or failure that a user can act on; its message says how."""

    exit_code = 1


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
