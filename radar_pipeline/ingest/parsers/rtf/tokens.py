"""RTF as a stream of tokens: groups, control words, text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"\\([a-zA-Z]{1,32})(-?[0-9]{1,10})?[ ]?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|"
    r"([{}])|([^\\{}\r\n\0]+)|[\\\r\n\0]"
)


@dataclass(frozen=True, slots=True)
class Token:
    """``word`` with its ``number``, or ``text`` (bytes as Latin-1 characters), or a ``brace``."""

    word: str = ""
    number: int | None = None
    text: str = ""
    brace: str = ""


_OPEN, _CLOSE = Token(brace="{"), Token(brace="}")


def tokens(source: str) -> Iterator[Token]:
    r"""All tokens of a file given as Latin-1. ``\bin`` is skipped with its bytes; ``\'a4`` is text."""
    position = 0
    while match := _TOKEN.match(source, position):
        position = match.end()
        word, number, code, sign, brace, text = match.groups()
        if word == "bin":
            position += max(0, int(number or 0))
        elif word:
            yield Token(word=word, number=None if number is None else int(number))
        elif text:
            yield Token(text=text)
        elif brace:
            yield _OPEN if brace == "{" else _CLOSE
        elif code:
            yield Token(text=chr(int(code, 16)))
        elif sign:
            yield Token(word=sign)
