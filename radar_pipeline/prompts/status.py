"""The life of a prompt's version."""

from enum import StrEnum


class Status(StrEnum):
    """Where a version stands. Only a draft may be edited."""

    DRAFT = "draft"  # being written; used by nobody
    ACTIVE = "active"  # used
    DEPRECATED = "deprecated"  # was used; kept, because records name it
