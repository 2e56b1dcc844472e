"""What a sentence does with an act: obliges, permits, forbids, releases, reports – and what it excepts.

Reading is by cue and scope: a cue ("shall not", "may", "nothing herein prevents …", "no … shall")
governs the words from itself to the next cue or the end of its clause. Shallow negation and
modality scoping of this kind is the rule half of NegEx (Chapman et al. 2001), widened to deontic
modality.
"""

import re
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
_CUES: tuple[tuple[Force, str], ...] = (
    # lifting a prohibition is a permission: before the prohibitions, which these contain
    (Force.PERMITTED, rf"\b(?:nothing|no\s+provision|none\s+of){_GAP}(?:prevents?|prohibits?|restricts?|limits?|precludes?|shall|will|is\s+intended|requires?)\b(?:\W+\w+){{0,6}}?(?:\W+(?:prevent|prohibit|restrict|limit|preclude|impair|deemed)\b)?"),
    (Force.PERMITTED, r"\b(?:shall|will|is|are|does|do|must)\s+not\s+(?:be\s+)?(?:prevent|prohibit|restrict|limit|preclud|forbid|bar)(?:ed|s|den)?\b"),
    (Force.PERMITTED, r"\b(?:not\s+(?:prohibited|prevented|restricted|precluded|forbidden|barred)|without\s+restriction|at\s+liberty\s+to|free\s+to)\b"),
    (Force.PERMITTED, r"\bno\s+(?:restrictions?|limitations?|limits?)\s+(?:on|upon|as\s+to|apply|applies)\b"),
    (Force.RELEASED, r"\b(?:shall|will|is|are|need|does|do|has|have|be|was|were)\s+(?:not|no|never)\s+(?:be\s+|have\s+(?:to|any\s+)?|under\s+(?:any|an)\s+)?(?:required|obligated|obliged|necessary|responsible|liable|obligation|duty)\b"),
    (Force.RELEASED, r"\b(?:no|without(?:\s+any)?|neither\s+party\s+(?:shall\s+have|has)\s+any|not\s+(?:have\s+)?any|under\s+no)\s+(?:obligation|duty|requirement|responsibility|need)\b|\bneed\s+not\b|\b(?:waives?|waived|optional|voluntary)\b|\bobligations?\b(?:\W+\w+){0,8}?\W+(?:shall\s+not\s+(?:apply|extend|include)|do(?:es)?\s+not\s+(?:apply|extend|include)|(?:shall|will)?\s*(?:expire|terminate|cease|end|lapse)s?)\b"),
    (Force.FORBIDDEN, r"\b(?:shall|must|may|will|can|could)\s+(?:not|never|neither|in\s+no\s+(?:event|case|way))\b|\bcannot\b|\bcan't\b|\bwon't\b|\bmustn't\b"),
    (Force.FORBIDDEN, r"\b(?:not|never)\s+to\b|\bnor\s+(?:shall|will|may|to)\b|\b(?:prohibited|forbidden|barred|disallowed|banned|restrained|precluded)\b|\bprohibits?\b|\b(?:refrain|abstain|desist)s?\s+from\b|\b(?:is|are|be)\s+not\s+(?:permitted|allowed|authori[sz]ed|entitled|to\s+be|acceptable)\b|\bunder\s+no\s+circumstances?\b|\bin\s+no\s+event\b|\bstrictly\s+against\b"),
    (Force.FORBIDDEN, r"\b(?:no|neither|none)\b(?:\W+\w+){0,7}?\W+(?:shall|may|will|must|can|is\s+(?:granted|permitted|allowed)|are\s+(?:granted|permitted|allowed))\b"),
    (Force.DENIED, r"\b(?:has|have|had|was|were|is|are|been|did|does|do)\s+(?:not|never)\b|\b(?:hasn't|haven't|hadn't|wasn't|weren't|isn't|aren't|didn't|doesn't|don't)\b|\bnot\s+(?:yet|been|currently|always|consistently|fully)\b|\b(?:no|without)\s+(?:evidence|record|records|documentation|documented|formal|process|procedure|plan|proof|trace|such|defined|written)\b|\b(?:failed|fails|failure)\s+to\b|\b(?:lacks?|lacked|lacking|absence|absent|missing|overdue|outdated|incomplete|neglected|omitted)\b|\bcould\s+not\s+(?:be\s+)?(?:evidence|show|produce|provide|demonstrate|find|found|present)\w*\b|\bno\s+\w+(?:\s+\w+){0,4}?\s+(?:exists?|existed|(?:has|have|had)\s+been|was|were|took\s+place|takes\s+place|is|are)\b|\bnone\s+(?:of|was|were|has|had)\b"),
    (Force.PERMITTED, r"\bmay\b(?!\s+\d)|\b(?:is|are|be|shall\s+be)\s+(?:permitted|allowed|entitled|authori[sz]ed|free|able)\b|\b(?:has|have|shall\s+have|retains?|reserves?|grants?|granted)\b(?:\W+\w+){0,4}?\W+(?:right|licen[cs]e|option|permission|discretion)\b|\bat\s+(?:its|their|his|her)\s+(?:sole\s+)?(?:option|discretion)\b|\bcan\b|\bpermits?\b|\ballows?\b"),
    (Force.WEAK, r"\bshould\b|\b(?:plan|plans|planned|intend|intends|intended|aim|aims|aspire|hope|hopes|propose|proposes|proposed|consider|considers|considering|expects?|encouraged?|recommends?|recommended)\s+(?:to|that)\b|\b(?:where|when|if|whenever)\s+(?:possible|practicable|feasible|convenient)\b|\b(?:planned|scheduled)\s+for\b|\bto\s+be\s+(?:defined|determined|confirmed|decided)\b|\btbd\b"),
    (Force.OBLIGED, r"\b(?:shall|must|will)\b|\b(?:agrees?|undertakes?|covenants?|commits?|pledges?|required|obligated|obliged|bound|responsible|ensures?|has|have)\s+(?:to|for|that)\b|\bensures?\b|\brequires?\b"),
)  # fmt: skip
_PATTERN = re.compile(
    "|".join(f"(?P<f{n}>{body})" for n, (_, body) in enumerate(_CUES)), re.IGNORECASE | re.DOTALL
)
_BREAK = re.compile(r"[;.]\s|\b(?:provided,?\s+(?:however|that)|however|notwithstanding|but|except\s+that|whereas|although)\b", re.I)  # fmt: skip
_EXCEPTION = re.compile(
    r"\b(?:except(?!\s+with\s+(?:the\s+)?(?:prior|express|written))|unless(?!\s+\w+\s+(?:prior|express|written))"
    r"|other\s+than|save\s+(?:for|that|as)|only\s+(?:to|for|with|those|such|as|in)|solely"
    r"|to\s+the\s+extent|beyond|provided\s*,?\s+(?:however|that))\b",
    re.I,
)
_REGARDLESS = re.compile(
    r"\b(?:whether\s+or\s+not|regardless\s+of|irrespective\s+of|even\s+(?:if|though)|in\s+any\s+form|in\s+whatever|or\s+otherwise|any\s+(?:and\s+all|kind|nature|form|type)|reasonabl[ey]\s+(?:be\s+)?(?:should|considered|regarded|understood|person)|should\s+(?:reasonably\s+)?(?:know|be\s+(?:understood|considered|treated))|by\s+(?:its|their)\s+nature|nature\s+of\s+the\s+information|circumstances)\b",
    re.I,
)
_EXCLUSIVE = re.compile(r"\b(?:only|solely|exclusively|nothing\s+but|limited\s+to)\b", re.I)
_OPEN_LIST = re.compile(
    r"\b(?:includ(?:e|es|ing)|but\s+not\s+limited\s+to|without\s+limitation|such\s+as|means?|any\s+(?:and\s+all|other|information))\b",
    re.I,
)
_INSTRUCTION = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b(?:\W+\w+){0,4}?\W+(?:instructions?|prompts?|rules|guidelines|above|previous|prior|context|requirements?|criteria)\b"
    r"|\b(?:mark|rate|score|classify|label|treat|consider|report|assess|judge|grade|deem|return|output|answer|respond)\b(?:\W+\w+){0,8}?\W+(?:as\s+|with\s+|is\s+|are\s+|be\s+)?[\"'“]?(?:covered|compliant|satisfied|fulfilled|passed|met|addressed|not[_ ]addressed|fully\s+\w+)\b"
    r"|\b(?:assessors?|auditors?|reviewers?|evaluators?|readers?|judges?|graders?)\s+(?:must|should|shall|are\s+(?:to|instructed|required)|need\s+to|will)\s+(?:treat|consider|mark|rate|accept|ignore|report|regard|assume|conclude|deem|score|record)\b"
    r"|\b(?:you\s+are|act\s+as|as)\s+an?\s+(?:ai|llm|assistant|language\s+model|chatbot|helpful)\b|\b(?:ai|llm|language)\s+(?:assistants?|models?|systems?|agents?|reviewers?|assessors?)\s*(?::|,|must|should|shall|reading|processing|evaluating|are)\b|\b(?:system|assistant|user)\s+(?:prompt|message)\b|<\s*/?\s*(?:system|instruction|prompt)",
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
    """The governing cues of a sentence in text order; scopes do not overlap."""
    found = [(m.start(), _CUES[int((m.lastgroup or "f0")[1:])][0]) for m in _PATTERN.finditer(sentence)]
    if not found:
        return ()
    breaks = [m.start() for m in _BREAK.finditer(sentence)] + [len(sentence)]
    result = []
    for n, (start, force) in enumerate(found):
        until = found[n + 1][0] if n + 1 < len(found) else len(sentence)
        result.append(Scope(force, start, until if _listing(sentence) else min(until, _next(breaks, start))))
    return tuple(result)


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


@lru_cache(maxsize=32768)
def addresses_assessor(sentence: str) -> bool:
    """Whether the sentence instructs whoever assesses the document: no evidence, ever."""
    return _INSTRUCTION.search(sentence) is not None


def _listing(sentence: str) -> bool:
    return ":" in sentence


def _next(breaks: list[int], after: int) -> int:
    return next((b for b in breaks if b > after), breaks[-1])


_PASSIVE = re.compile(
    r"\b(?:be|been|is|are|was|were|not|prohibited|forbidden|exists?|required|permitted|allowed)\b", re.I
)


def _passive(sentence: str, scope: Scope) -> bool:
    return _PASSIVE.search(sentence, scope.start, min(scope.end, scope.start + 40)) is not None
