"""Errors a person can act on. Every message says what was wrong, where, and what mends it."""


class RadarError(Exception):
    """Base of all expected errors.

    The message is one sentence on what is wrong and where; ``remedy`` is the command, setting or
    edit that mends it. Neither may hold a sentence of a tenant's documents, because both are
    stored in places that all tenants share (the ledger, Dagster's event log).
    """

    exit_code = 1

    def __init__(self, message: str, *, remedy: str) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class ConfigurationError(RadarError):
    """A file or setting that a person wrote is wrong (tenants.yaml, a framework, an option)."""

    exit_code = 2


class QuotaExceededError(ConfigurationError):
    """A tenant brings more than its plan allows."""


class UnknownNameError(RadarError):
    """A tenant, framework or requirement that does not exist was asked for."""

    exit_code = 2


class LeaseHeldError(RadarError):
    """Another live sweep works on the tenant."""

    exit_code = 3


class LeaseLostError(RadarError):
    """Our lease expired and somebody else took it: stop, write nothing more."""

    exit_code = 3


class SourceUnreadableError(RadarError):
    """A document source could not be listed. Not the same as an empty one: nothing is removed."""

    exit_code = 4


class StoreError(RadarError):
    """A store could not be read or written (disk full, permissions, corruption)."""

    exit_code = 5


class NewerStoreError(StoreError):
    """A store was written by a newer version of the program."""


class TenantFailedError(RadarError):
    """At least one tenant of a sweep failed; the others are published."""

    exit_code = 6
