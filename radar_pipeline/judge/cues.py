"""What a sentence does with an act: obliges, permits, forbids, releases, reports – and what it excepts.

Reading is by cue and scope: a cue ("shall not", "may", "nothing herein prevents …", "no … shall")
governs the words from itself to the next cue or the end of its clause. Shallow negation and
modality scoping of this kind is the rule half of NegEx (Chapman et al. 2001), widened to deontic
modality.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache


class Force(StrEnum):
    """How the governing cue treats an act."""

    OBLIGED = "obliged"
    PERMITTED = "permitted"
    FORBIDDEN = "forbidden"
    RELEASED = "released"  # "is not required to", "no obligation to"
    DENIED = "denied"  # a fact denied: "was not performed", "no evidence of"
    WEAK = "weak"  # "should", "plans to", "where possible": promised less than done
    STATED = "stated"  # no cue: a plain statement


_GAP = r"(?:\W+\w+){0,6}?\W+"
_STOPS = r"(?:prevent|prohibit|restrict|limit|preclud|forbid|bar)"
_SURE = r"(?:right|licen[cs]e|option|permission|discretion)"
_EVENT = r"(?:exists?|existed|(?:has|have|had)\s+been|was|were|took\s+place|takes\s+place|is|are)"

# Tried in this order at every position. What lifts a prohibition or a duty comes before the
# prohibitions and duties, whose words it contains.
_CUES: tuple[tuple[Force, tuple[str, ...]], ...] = (
    (
        Force.PERMITTED,
        (
            rf"\b(?:nothing|no\s+provision|none\s+of){_GAP}(?:{_STOPS}\w*|shall|will|is\s+intended|requires?)\b"
            rf"(?:(?:\W+\w+){{0,6}}?\W+(?:{_STOPS}|impair|deemed)\w*\b)?",
            rf"\b(?:shall|will|is|are|does|do|must)\s+not\s+(?:be\s+)?{_STOPS}(?:e|s|ed|es|den|red)?\b",
            r"\bnot\s+(?:prohibited|prevented|restricted|precluded|forbidden|barred)\b",
            r"\bwithout\s+restriction\b",
            r"\b(?:at\s+liberty|free)\s+to\b",
            r"\bno\s+(?:restrictions?|limitations?|limits?)\s+(?:on|upon|as\s+to|apply|applies)\b",
        ),
    ),
    (
        Force.RELEASED,
        (
            r"\b(?:shall|will|is|are|need|does|do|has|have|be|was|were)\s+(?:not|no|never)\s+"
            r"(?:be\s+|have\s+(?:to|any\s+)?|under\s+(?:any|an)\s+)?"
            r"(?:required|obligated|obliged|necessary|responsible|liable|obligation|duty)\b",
            r"\b(?:no|without(?:\s+any)?|neither\s+party\s+(?:shall\s+have|has)\s+any"
            r"|not\s+(?:have\s+)?any|under\s+no)\s+(?:obligation|duty|requirement|responsibility|need)\b",
            r"\bneed\s+not\b",
            r"\b(?:waives?|waived|optional|voluntary)\b",
            r"\bobligations?\b(?:\W+\w+){0,8}?\W+(?:(?:shall|do(?:es)?)\s+not\s+(?:apply|extend|include)"
            r"|(?:shall|will)?\s*(?:expire|terminate|cease|end|lapse)s?)\b",
        ),
    ),
    (
        Force.FORBIDDEN,
        (
            r"\b(?:shall|must|may|will|can|could)\s+(?:not|never|neither|in\s+no\s+(?:event|case|way))\b",
            r"\b(?:cannot|can't|won't|mustn't)\b",
            r"\b(?:not|never)\s+to\b",
            r"\bnor\s+(?:shall|will|may|to)\b",
            r"\b(?:prohibited|forbidden|barred|disallowed|banned|restrained|precluded|prohibits?)\b",
            r"\b(?:refrain|abstain|desist)s?\s+from\b",
            r"\b(?:is|are|be)\s+not\s+(?:permitted|allowed|authori[sz]ed|entitled|to\s+be|acceptable)\b",
            r"\bunder\s+no\s+circumstances?\b|\bin\s+no\s+event\b|\bstrictly\s+against\b",
            r"\b(?:no|neither|none)\b(?:\W+\w+){0,7}?\W+(?:shall|may|will|must|can"
            r"|(?:is|are)\s+(?:granted|permitted|allowed))\b",
        ),
    ),
    (
        Force.DENIED,
        (
            r"\b(?:has|have|had|was|were|is|are|been|did|does|do)\s+(?:not|never)\b",
            r"\b(?:has|have|had|was|were|is|are|did|does|do)n't\b",
            r"\bnot\s+(?:yet|been|currently|always|consistently|fully)\b",
            r"\b(?:no|without)\s+(?:evidence|records?|documentation|documented|formal|process|procedure|plan"
            r"|proof|trace|such|defined|written)\b",
            r"\b(?:failed|fails|failure)\s+to\b",
            r"\b(?:lacks?|lacked|lacking|absence|absent|missing|overdue|outdated|incomplete|neglected|omitted)\b",
            r"\bcould\s+not\s+(?:be\s+)?(?:evidence|show|produce|provide|demonstrate|find|found|present)\w*\b",
            rf"\bno\s+\w+(?:\s+\w+){{0,4}}?\s+{_EVENT}\b",
            r"\bnone\s+(?:of|was|were|has|had)\b",
        ),
    ),
    (
        Force.PERMITTED,
        (
            r"\bmay\b(?!\s+\d)",
            r"\b(?:is|are|be|shall\s+be)\s+(?:permitted|allowed|entitled|authori[sz]ed|free|able)\b",
            rf"\b(?:has|have|retains?|reserves?|grants?|granted)\b(?:\W+\w+){{0,4}}?\W+{_SURE}\b",
            r"\bat\s+(?:its|their|his|her)\s+(?:sole\s+)?(?:option|discretion)\b",
            r"\b(?:can|permits?|allows?)\b",
        ),
    ),
    (
        Force.WEAK,
        (
            r"\bshould\b",
            r"\b(?:plan|plans|planned|intend|intends|intended|aim|aims|aspires?|hopes?|proposes?|proposed"
            r"|consider|considers|considering|expects?|encouraged?|recommends?|recommended)\s+(?:to|that)\b",
            r"\b(?:where|when|if|whenever)\s+(?:possible|practicable|feasible|convenient)\b",
            r"\b(?:planned|scheduled)\s+for\b",
            r"\bto\s+be\s+(?:defined|determined|confirmed|decided)\b|\btbd\b",
        ),
    ),
    (
        Force.OBLIGED,
        (
            r"\b(?:shall|must|will)\b",
            r"\b(?:agrees?|undertakes?|covenants?|commits?|pledges?|required|obligated|obliged|bound|responsible"
            r"|ensures?|has|have)\s+(?:to|for|that)\b",
            r"\b(?:ensures?|requires?)\b",
        ),
    ),
)
_PATTERN = re.compile(
    "|".join(f"(?P<f{n}>{'|'.join(bodies)})" for n, (_, bodies) in enumerate(_CUES)), re.IGNORECASE
)
_BREAK = re.compile(
    r"[;.]\s|\b(?:provided,?\s+(?:however|that)|however|notwithstanding|but|except\s+that|whereas|although)\b",
    re.I,
)
# What a case is named by: a negation in it names the case and denies nothing.
_CASE = re.compile(
    r"\b(?<!even\s)(?:if|when|whenever|where|wherever|unless|until|in\s+case|in\s+the\s+event)\b[^,;:.]*",
    re.I,
)
_NEGATIVE = frozenset({Force.DENIED, Force.FORBIDDEN, Force.RELEASED})
_EXCEPTION = re.compile(
    r"\b(?:except(?!\s+with\s+(?:the\s+)?(?:prior|express|written))|unless(?!\s+\w+\s+(?:prior|express|written))"
    r"|other\s+than|save\s+(?:for|that|as)|only\s+(?:to|for|with|those|such|as|in)|solely"
    r"|to\s+the\s+extent|beyond|provided\s*,?\s+(?:however|that))\b",
    re.I,
)
_REGARDLESS = re.compile(
    r"\b(?:whether\s+or\s+not|regardless\s+of|irrespective\s+of|even\s+(?:if|though)|in\s+any\s+form|in\s+whatever"
    r"|or\s+otherwise|any\s+(?:and\s+all|kind|nature|form|type)"
    r"|reasonabl[ey]\s+(?:be\s+)?(?:should|considered|regarded|understood|person)"
    r"|should\s+(?:reasonably\s+)?(?:know|be\s+(?:understood|considered|treated))"
    r"|by\s+(?:its|their)\s+nature|nature\s+of\s+the\s+information|circumstances)\b",
    re.I,
)
_EXCLUSIVE = re.compile(r"\b(?:only|solely|exclusively|nothing\s+but|limited\s+to)\b", re.I)
_OPEN_LIST = re.compile(
    r"\b(?:includ(?:e|es|ing)|but\s+not\s+limited\s+to|without\s+limitation|such\s+as|means?|any\s+(?:and\s+all|other|information))\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Scope:
    """A cue and the text it governs: ``start`` of the cue, half-open ``end`` of its scope."""

    force: Force
    start: int
    end: int


@lru_cache(maxsize=32768)
def scopes(sentence: str) -> tuple[Scope, ...]:
    """The governing cues of a sentence in text order; scopes do not overlap. A negation in the case
    that a rule is for ("If we do not comply, we tell you why") governs nothing."""
    found = list(_cues(sentence))
    if not found:
        return ()
    breaks = [m.start() for m in _BREAK.finditer(sentence)] + [len(sentence)]
    result = []
    for n, (start, force) in enumerate(found):
        until = found[n + 1][0] if n + 1 < len(found) else len(sentence)
        result.append(Scope(force, start, until if _listing(sentence) else min(until, _next(breaks, start))))
    return tuple(result)


def _cues(sentence: str) -> Iterator[tuple[int, Force]]:
    cases = [m.span() for m in _CASE.finditer(sentence)]
    at = 0
    while match := _PATTERN.search(sentence, at):
        force = _CUES[int((match.lastgroup or "f0")[1:])][0]
        within = force in _NEGATIVE and any(low < match.start() < high for low, high in cases)
        if within:  # it may have reached beyond its case, to the word that governs what follows
            at = match.start() + 1
        else:
            yield match.start(), force
            at = match.end()


def force_at(sentence: str, offset: int) -> Force:
    """How the act at ``offset`` is treated; passives count a cue that follows closely
    ("copies may be made", "disclosure is prohibited")."""
    governing = Force.STATED
    for scope in scopes(sentence):
        if scope.start <= offset < scope.end:
            governing = scope.force
        elif governing is Force.STATED and 0 < scope.start - offset <= 60 and _passive(sentence, scope):
            return scope.force
    return governing


def excepted_at(sentence: str, offset: int) -> bool:
    """Whether a case is named in which the act at ``offset`` is treated otherwise: shortly after it
    ("shall not copy, except …") or as the opening of its clause ("Except as …, shall not copy")."""
    return any(
        -60 <= m.start() - offset <= 170 and not _crossed(sentence, offset, m.start())
        for m in _EXCEPTION.finditer(sentence)
    )


def _crossed(sentence: str, offset: int, at: int) -> bool:
    """Whether a sentence break or another force lies between an act and its exception."""
    return ";" in sentence[offset:at] or sum(offset < s.start < at for s in scopes(sentence)) > 0


def regardless(sentence: str) -> bool:
    """Whether the sentence says that a condition does not matter ("whether or not marked")."""
    return _REGARDLESS.search(sentence) is not None


def exclusive(sentence: str) -> bool:
    """Whether the sentence narrows to one thing ("only", "solely")."""
    return _EXCLUSIVE.search(sentence) is not None


def open_list(sentence: str) -> bool:
    """Whether the sentence lists openly ("including", "such as")."""
    return _OPEN_LIST.search(sentence) is not None


def _listing(sentence: str) -> bool:
    return ":" in sentence


def _next(breaks: list[int], after: int) -> int:
    return next((b for b in breaks if b > after), breaks[-1])


_PASSIVE = re.compile(
    r"\b(?:be|been|is|are|was|were|not|prohibited|forbidden|exists?|required|permitted|allowed)\b", re.I
)


def _passive(sentence: str, scope: Scope) -> bool:
    return _PASSIVE.search(sentence, scope.start, min(scope.end, scope.start + 40)) is not None
