"""What is taken out of every value before a model reads it: characters that hide, reorder or forge text."""

import unicodedata

_GONE = frozenset({"Cc", "Cf", "Co", "Cs", "Cn"})  # controls, formats, private use, surrogates, unassigned
_BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")  # letters and marks that show as nothing
_SELECTORS = (
    (0x180B, 0x180F),
    (0xFE00, 0xFE0F),
    (0xE0100, 0xE01EF),
)  # variation selectors carry hidden bytes
_BREAKS = frozenset("\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029")


class _Table(dict[int, int | None]):
    """What becomes of a code point, found out when it is first met."""

    def __missing__(self, code: int) -> int | None:
        self[code] = kept = _kept(code)
        return kept


def _kept(code: int) -> int | None:
    character = chr(code)
    if character in _BREAKS:
        return 0x0A
    if character == "\t":
        return code
    hidden = unicodedata.category(character) in _GONE or character in _BLANKS
    return None if hidden or any(low <= code <= high for low, high in _SELECTORS) else code


_TABLE = _Table()


def clean(text: str) -> str:
    """``text`` without characters that a reader does not see or that change the order of what they see.

    Control, format (zero-width, bidirectional, tags, soft hyphens), private-use, surrogate and
    unassigned code points and variation selectors go; every kind of line break becomes ``\\n``. What
    is left is otherwise as it was, so a quote from it is found again by a search that looks past them.
    """
    return text.replace("\r\n", "\n").translate(_TABLE)
