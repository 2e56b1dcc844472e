"""Reading untyped JSON without surprises: what has the wrong type reads as empty."""

import json
from collections.abc import Mapping

JsonObject = dict[str, object]


def mapping(value: object) -> JsonObject:
    """``value`` if it is an object, else an empty one."""
    return dict(value) if isinstance(value, Mapping) else {}


def array(value: object) -> list[object]:
    """``value`` if it is an array, else an empty one."""
    return list(value) if isinstance(value, list | tuple) else []


def string(value: object) -> str:
    """``value`` if it is a string, else the empty one."""
    return value if isinstance(value, str) else ""


def integer(value: object) -> int | None:
    """``value`` if it is an integer (a bool is none), else None."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def dumps(value: object) -> str:
    """Compact JSON, letters kept as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
