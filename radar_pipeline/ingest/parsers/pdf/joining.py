"""Joining the lines of a paragraph: spaces, and hyphens at line ends."""

import re
from collections.abc import Sequence

from radar_pipeline.ingest.parsers.pdf.extract import SOFT_HYPHEN

_HYPHENATED = re.compile(r"[^\W\d_]{2,}[-\xad\u2010]$")
_LOWER_START = re.compile(r"[^\W\d_]+")


def join_pair(one: str, other: str, known: frozenset[str] = frozenset()) -> tuple[str, str]:
    """(the first line as it ends now, what goes between): a word parted at the line's end is
    made whole; a compound whose hyphen belongs to it keeps it.

    ``known``: lower-case words of the document, which tell the two apart.
    """
    if not _HYPHENATED.search(one):
        return one.replace(SOFT_HYPHEN, ""), " "
    following = _LOWER_START.match(other)
    if not following or not following.group()[0].islower():
        return one.rstrip(SOFT_HYPHEN) + ("-" if one.endswith(SOFT_HYPHEN) else ""), ""
    head = re.split(r"[\s\-(\"“]", one[:-1])[-1].lower()
    tail = following.group().lower()
    if head + tail not in known and f"{head}-{tail}" in known:
        return one[:-1] + "-", ""
    if head + tail not in known and head in known and tail in known and len(head) > 3 and len(tail) > 3:
        return one[:-1] + "-", ""
    return one[:-1], ""


def join_lines(lines: Sequence[str], known: frozenset[str] = frozenset()) -> str:
    """Lines as one, each break a space."""
    text = ""
    for line in lines:
        if not text:
            text = line
            continue
        text, between = join_pair(text, line, known)
        text += between + line
    return text.replace(SOFT_HYPHEN, "")
