"""Where a text that is too long is cut: between sentences, else between words, else within one.

Linear in the text, whatever stands in it: a line may hold a whole book, a word an encoded picture.
"""

import re

from radar_pipeline.ingest.sentences import sentences
from radar_pipeline.ingest.tokens import LONGEST_TOKEN, TokenIndex, count

_SPACE = re.compile(r"\s+")
_MARK = re.compile(r"[。！？；，、]|[^\w\s](?=\w)")  # after which a text without spaces may be cut

Ranges = list[tuple[int, int]]


def words(text: str, index: TokenIndex, start: int, end: int, most: int) -> Ranges:
    """``text[start:end]`` as ranges of at most ``most`` tokens: as many whole words as fit, one range
    after the other; a word that is longer is cut within. Only whitespace lies between two ranges."""
    parts: Ranges = []
    while start < end:
        stop = min(index.advance(start, most), end)
        if stop <= start:  # letters without end
            stop = min(end, start + _letters(text, start, end, most))
        if stop < end:
            stop = _pause(text, start, stop)
        parts.append((start, stop))
        start = stop
        while start < end and text[start].isspace():
            start += 1
    return parts


def evenly(text: str, index: TokenIndex, start: int, end: int, most: int) -> Ranges:
    """``text[start:end]``, one line, as ranges of whole sentences of at most ``most`` tokens and of about
    equal length, so that none is a crumb; a longer sentence is cut between its words."""
    total = index.count(start, end)
    if total <= most:
        return [(start, end)]
    fair = total / -(-total // most)
    groups: Ranges = []
    for low, high in sentences(text, start, end):
        for a, b in [(low, high)] if index.count(low, high) <= most else words(text, index, low, high, most):
            if (
                groups
                and index.count(groups[-1][0], b) <= most
                and index.count(groups[-1][0], groups[-1][1]) < fair
            ):
                groups[-1] = (groups[-1][0], b)
            else:
                groups.append((a, b))
    return groups


def _letters(text: str, start: int, end: int, most: int) -> int:
    """How many characters of a single word are at most ``most`` tokens."""
    length = min(end - start, most * LONGEST_TOKEN)
    while length > 1 and (tokens := count(text[start : start + length])) > most:
        length = max(1, min(length * most // tokens, length - 1))
    return length


def _pause(text: str, start: int, stop: int) -> int:
    """The last place up to ``stop`` where one may pause: a space, or a mark of scripts without spaces."""
    if text[stop].isspace():
        return stop
    half = start + (stop - start) // 2
    spaces = [match.start() for match in _SPACE.finditer(text, half, stop)]
    marks = [] if spaces else [match.end() for match in _MARK.finditer(text, half, stop)]
    return (spaces or marks or [stop])[-1]
