"""Regular expressions of cases, matched in time linear in the text.

Cases come from files and from analysts, and answers from models: a backtracking engine could be held up by
either. RE2, as Arrow carries it, has no look-around and no back-references in return.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

LONGEST = 300  # characters of an expression


def problem(expression: str) -> str:
    """Why the expression can't be used in a case; empty if it can."""
    if len(expression) > LONGEST:
        return f"an expression has at most {LONGEST} characters"
    try:
        if matches(expression, [""]) == [True]:
            return "the expression matches an empty text, so it says nothing"
    except ValueError:  # the engine's own words may quote a tenant's
        return "the expression is not one of RE2's, which has no look-around and no back-references"
    return ""


def matches(expression: str, texts: Sequence[str]) -> list[bool]:
    """For each text, whether the expression is found anywhere in it, whatever the case of letters.

    Raises ValueError if it is no expression of RE2's.
    """
    found = _arrow_compute().match_substring_regex(_array(texts), expression, ignore_case=True)
    return [bool(one) for one in found.to_pylist()]


def _array(texts: Sequence[str]) -> Any:
    import pyarrow as pa

    return pa.array([t.encode("utf-8", "replace").decode() for t in texts], pa.string())


@lru_cache(maxsize=1)
def _arrow_compute() -> Any:
    """Imported when the first expression is met: it takes a quarter of a second."""
    import pyarrow.compute as pc

    return pc
