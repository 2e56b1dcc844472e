"""A text in pieces that an embedder reads to their end."""

import re

from radar_pipeline.ingest import tokens

_WORD = re.compile(r"\S+")


def windows(text: str, room: int) -> list[str]:
    """The text itself if it has at most ``room`` tokens, else pieces of at most so many, cut between
    words; a word that alone has more stands alone."""
    if tokens.count(text) <= room:
        return [text]
    index, pieces, start = tokens.TokenIndex(text), [], 0
    while start < len(text):
        end = index.advance(start, room)
        if end <= start:
            word = _WORD.search(text, start)
            end = word.end() if word else len(text)
        pieces.append(text[start:end].strip())
        start = end
    return [piece for piece in pieces if piece]
