"""The words around a quote, so that a reader sees it where it stands."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

REACH = 260  # code points to either side, at most


@dataclass(frozen=True, slots=True)
class Context:
    """What stands before and after a quote in its paragraph, cut at words."""

    before: str = ""
    after: str = ""


def contexts(evidence: Iterable[Mapping[str, Any]], text_of: Callable[[str], str]) -> dict[str, Context]:
    """Context by evidence id for rows of ``evidence``.

    ``text_of`` gives a version's canonical text and may raise OSError or LookupError for one that
    is gone; that quote, and one that is not at its offsets, goes without a context.
    """
    texts: dict[str, str] = {}
    result = {}
    for row in evidence:
        version = row["version_id"]
        if version not in texts:
            try:
                texts[version] = text_of(version)
            except (OSError, LookupError):
                texts[version] = ""
        start, end = row["start_offset"], row["end_offset"]
        if texts[version][start:end] == row["quote"]:
            result[row["evidence_id"]] = around(texts[version], start, end)
    return result


def around(text: str, start: int, end: int, reach: int = REACH) -> Context:
    """The paragraph's words before ``start`` and after ``end``, at most ``reach`` to each side."""
    before = text[max(0, start - reach) : start]
    after = text[end : end + reach]
    if "\n\n" in before:
        before = before.rsplit("\n\n", 1)[1]
    elif start > reach:
        before = "… " + before.partition(" ")[2]
    if "\n\n" in after:
        after = after.split("\n\n", 1)[0]
    elif end + reach < len(text):
        after = after.rpartition(" ")[0] + " …"
    return Context(before, after)
