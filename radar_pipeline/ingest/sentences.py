"""Where sentences end in the prose of policies, laws and contracts, and where a long one may be cut.

Rules, not a model: the same text is always cut the same way, fast.
"""

import re

_ABBREVIATIONS = frozenset(
    re.split(
        r"\s+",
        "art arts no nos sec secs para paras pp cf fig figs vs inc ltd corp co llc mr mrs ms dr prof "
        "st jr sr e.g i.e u.s u.k u.s.c c.f.r viz al ch cl cls approx incl excl ext tel reg regs dir "
        "vol ed eds ref refs op jan feb mar apr jun jul aug sep sept oct nov dec p § ss subs subpara "
        "pt ann min max est dept div gov rev ver attn hon col gen lt messrs n.v s.a b.v d.c ph.d m.d "
        "l.p p.o l.l.c",
    )
)
_END = re.compile(r"(?<![.!?…])[.!?…]++[\"'”’)\]»*_]*+(?=\s)")  # never tried again inside one run of stops
_END_WITHOUT_SPACE = re.compile(r"[。！？]+[」』”’）]*(?=\S)")  # Chinese and Japanese
_NEXT = re.compile(r"\s+[\"'“‘(\[«*_]*[A-Z0-9À-ÞА-Я(•\u4e00-\u9fff{§]")
_ENUMERATOR = re.compile(r"[\d.]+|[ivxlc]+")
_LETTERED = re.compile(
    r"\b(?:annex|appendix|schedule|exhibit|part|section|party|class|type|level|plan)$", re.I
)
_LAST_WORD = re.compile(r"[\w.§]+$")
_LOOKED_BACK = 60  # characters; a line may hold a whole book
_ITEM_AFTER_SEMICOLON = re.compile(
    r"[;:,](?:\s+(?:and|or|and/or))?(?=\s+\(?(?:[a-z]|[ivx]{1,5}|\d{1,2}|[A-Z])\)\s)"
)
_CLAUSE = (
    re.compile(r"[;:](?=\s)"),
    re.compile(
        r",(?=\s+(?:and|or|but|nor|provided|unless|except|including|which|who|where|whereas|if|subject)\b)"
    ),
    re.compile(r"[,–—](?=\s)|\)(?=\s)"),
)


def sentences(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Sentences of ``text[start:end]`` (one line) as trimmed, ordered, non-overlapping ranges.

    Nothing but whitespace lies between two of them.
    """
    cuts = [m.end() for m in _END.finditer(text, start, end) if _ends_sentence(text, start, m, end)]
    cuts += [m.end() for m in _END_WITHOUT_SPACE.finditer(text, start, end)]
    cuts += [m.end() for m in _ITEM_AFTER_SEMICOLON.finditer(text, start, end)]
    return _ranges(text, start, end, sorted(set(cuts)))


def clauses(text: str, start: int, end: int, fineness: int) -> list[tuple[int, int]]:
    """Pieces of a long sentence: at semicolons (0), before connectives (1), at any comma (2)."""
    return _ranges(text, start, end, [m.end() for m in _CLAUSE[fineness].finditer(text, start, end)])


FINEST = len(_CLAUSE) - 1


def _ends_sentence(text: str, start: int, match: re.Match[str], end: int) -> bool:
    if not _NEXT.match(text, match.end(), end):
        return False
    if text[match.start()] != "." or match.end() - match.start() > 3:
        return True
    word = _LAST_WORD.search(text, max(start, match.start() - 20), match.start())
    if not word:
        return True
    before = text[max(start, word.start() - _LOOKED_BACK) : word.start()].rstrip()
    return not _keeps_going(word.group().lower().strip("."), before)


def _keeps_going(word: str, before: str) -> bool:
    """Whether a full stop after this word is not the sentence's: an abbreviation, an initial
    (T. Erhardt, but not Annex A), or an enumerator where a sentence begins (5. or 5.1.)."""
    if word in _ABBREVIATIONS:
        return True
    if len(word) == 1 and word.isalpha():
        return not _LETTERED.search(before)
    return bool(_ENUMERATOR.fullmatch(word)) and (not before or before[-1] in ".!?;:")


def _ranges(text: str, start: int, end: int, cuts: list[int]) -> list[tuple[int, int]]:
    ranges: list[tuple[int, int]] = []
    low = start
    for cut in (*cuts, end):
        piece = text[low:cut]
        inner, outer = low + len(piece) - len(piece.lstrip()), low + len(piece.rstrip())
        if outer > inner:
            ranges.append((inner, outer))
        low = cut
    return ranges
