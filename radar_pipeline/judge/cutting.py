"""What a quote leaves out of its sentence, and whether it may.

Every word of a quote can stand in the document while the quote says what the document does not: "share
data with partners" out of "We do not share data with partners". So

- a negation before the quote in its clause, in the lead-in of its list, or right after it turns what is
  said: such a quote proves nothing;
- what narrows it – unless, except, only, a modal, "at least", the unit of a number – is shown with it: the
  slice is extended, and says so.

A clause is left at ``;`` and at conjunctions; at commas and "and" only if the quote brings its own subject.
"""

import re

from radar_pipeline.llm.particulars import LIMITING, particulars

_REACH = 600  # characters on each side that are searched for the sentence's ends
_STOP = re.compile(
    r"[.!?][\"'”’)\]]*\s+(?=[\"'“‘(\[]?[A-Z\d])|\r?\n[ \t]*\r?\n\s*"
    r"|\r?\n[ \t]*(?=(?:[-*•▪◦‣●–]|\(?\w{1,3}[.)])\s)|;\s+"
)
_ABBREVIATED = re.compile(
    r"(?:\b(?:art|arts|sec|sect|no|nos|para|inc|ltd|co|cf|e\.g|i\.e|dr|mr|ms|approx))\Z", re.I
)
_ITEM = re.compile(r"[ \t]*(?:[-*•▪◦‣●–]|\(?\w{1,3}[.)])\s")
_BREAK = re.compile(
    r"[;()]|\s[-–—]\s|—|\b(?:but|while|whereas|which|who|because|so\s+that|although|though|then)\b", re.I
)
_LOOSE = re.compile(r",|\b(?:and|or)\b", re.I)  # a break only before a new subject
_SUBJECT = re.compile(
    r"\W*(?:[A-Z]|(?:the|an?|we|it|they|you|he|she|all|each|every|any|this|that|these|those|its|our|their|his|her|no"
    r"|both|some)\b)"
)
_CONDITION = re.compile(
    r"\W*(?:if|unless|except|without|when|whenever|where|once|until|only|provided|in\s+case|subject\s+to|for)\b",
    re.I,
)
_ON = re.compile(r";|,?\s(?:and|while|whereas|which|who|so|because)\b", re.I)
_TURNING = frozenset({"not", "no", "never", "neither", "nor"})
_DEGREE = re.compile(r"\bno[t]?\s+(?:later|more|less|longer|earlier|fewer|only)\b", re.I)
_LAST_WORDS = re.compile(r"(?:\S+\s+){0,4}\Z")


def whole(text: str, start: int, end: int) -> tuple[int, int] | None:
    """``text[start:end]``, extended by what narrows it; None if what turns it was left out."""
    opening, closing = _sentence(text, start, end)
    if _turned_by_lead_in(text, opening):
        return None
    before = _before(text, opening, start)
    after = _after(text, start, end, closing)
    return (before, after) if before is not None and after is not None else None


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    low = max(0, start - _REACH)
    opening = low
    for match in _STOP.finditer(text, low, start + 8):
        if match.end() <= start and not _ABBREVIATED.search(text, max(low, match.start() - 6), match.start()):
            opening = match.end()
    last = end - 1 if text[end - 1] in ".!?;" else end
    for match in _STOP.finditer(text, last, min(len(text), end + _REACH)):
        if not _ABBREVIATED.search(text, max(start, match.start() - 6), match.start()):
            return opening, max(end, match.start())
    return opening, min(len(text), end + _REACH)


def _turned_by_lead_in(text: str, opening: int) -> bool:
    """Whether the line that opens the list of which this sentence is an item denies or forbids."""
    if not _ITEM.match(text, opening):
        return False
    for line in reversed(text[max(0, opening - 4 * _REACH) : opening].splitlines()[-60:]):
        if line.rstrip().endswith(":"):
            return bool(set(particulars(line).negations) & (_TURNING | {"prohibit", "fail", "lack"}))
        if line.strip() and not _ITEM.match(line) and not line[0].isspace():
            return False
    return False


def _before(text: str, opening: int, start: int) -> int | None:
    front = text[opening:start]
    if not front.strip():
        return start
    new_subject = _SUBJECT.match(text, start) is not None
    if new_subject and _CONDITION.match(front) and front.rstrip().endswith(","):
        return opening
    breaks = [m.end() for m in _BREAK.finditer(front)]
    if new_subject:
        breaks += [m.end() for m in _LOOSE.finditer(front)]
    clause = max(breaks, default=0)
    said = _DEGREE.sub("", front[clause:])
    negations = {n for n in particulars(said).negations if not n.startswith("un:")}
    if negations - LIMITING:
        return None
    near = _LAST_WORDS.search(front, clause)
    narrowed = particulars(near.group() if near else "")
    if negations or narrowed.modals or narrowed.comparisons or narrowed.quantifiers or narrowed.numbers:
        return opening + clause + len(front[clause:]) - len(front[clause:].lstrip())
    return start


def _after(text: str, start: int, end: int, closing: int) -> int | None:
    rest = text[end:closing]
    if not rest.strip(" .!?;'\"”’)"):
        return end
    broken = _ON.search(rest)
    clause = rest[: broken.start()] if broken else rest
    direct = _DEGREE.sub("", clause.partition(",")[0])
    if set(particulars(direct).negations) & _TURNING:
        return None
    if set(particulars(rest).negations) & {"unless", "except"}:
        return end + len(rest.rstrip())
    if particulars(clause).negations or _splits_a_number(text, start, end, clause):
        return end + len(clause.rstrip())
    return end


def _splits_a_number(text: str, start: int, end: int, clause: str) -> bool:
    """Whether the words after the quote belong to its last number: "within 30" – "days"."""
    tail = max(start, end - 40)
    quoted, more = particulars(text[tail:end]), particulars(text[tail:end] + clause[:30])
    return (
        quoted.numbers != more.numbers[: len(quoted.numbers)]
        or quoted.dates != more.dates[: len(quoted.dates)]
        or quoted.references != more.references[: len(quoted.references)]
    )
