"""The semantic tier of the response cache: may one question's answer stand for another's?

Likeness of meaning alone may not decide: "must we" and "may we", "to" and "from" are over 0.95 alike.
So beside a cosine over 0.95 the two must have the same particulars, and the same words in the same
order but for those that change no question: articles, politeness, endings, a few pairs of equal words.
``python -m bench.quality semantic`` measures how often that errs: with the packaged embedder on none of
our 315 adversarial pairs (95% interval 0 to 1.2%; cosine over 0.95 alone on 48%), and 34 of 100
paraphrases are answered so (cosine alone: 73). Rules and pairs are by the same hand.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from radar_pipeline.llm.particulars import same_particulars

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LEAST_ALIKE = 0.95  # cosine

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_POLITE = re.compile(
    r"\A\W*(?:please\W+)?(?:(?:tell|show|explain\s+to)\s+(?:me|us)\W+)?|\W*(?:please|thanks|thank\s+you)\W*\Z",
    re.I,
)
_SPELT = (  # written apart or together, never another meaning
    (re.compile(r"\bwhat['’]s\b", re.I), "what is"),
    (re.compile(r"\bwho['’]s\b", re.I), "who is"),
    (re.compile(r"\bhow['’]s\b", re.I), "how is"),
    (re.compile(r"\bwhere['’]s\b", re.I), "where is"),
    (re.compile(r"\bdata[\s-]base\b", re.I), "database"),
    (re.compile(r"\bback[\s-]up", re.I), "backup"),
    (re.compile(r"\bsub[\s-]processor", re.I), "subprocessor"),
    (re.compile(r"\be[\s-]mail", re.I), "email"),
)
_EMPTY = frozenset(
    "a an the of in on at about regarding concerning there that do does is are be been being it s "
    "please currently current actually exactly precisely".split()
)
_FAMILIES = {  # derivations that the stemmer does not bring together; no synonyms
    "notification": "notify", "notifications": "notify", "retention": "retain", "encryption": "encrypt",
    "deletion": "delete", "erasure": "erase", "disposal": "dispose", "approval": "approve",
    "organisation": "organization", "organisations": "organization", "authorised": "authorized",
    "our": "we", "us": "we", "ours": "we", "my": "i", "me": "i", "their": "they", "them": "they",
    "whom": "who",
}  # fmt: skip
_PAST = frozenset({"was", "were", "did", "had", "has", "have"})  # kept: another tense is another question


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that was answered: its text, its L2-normalised vector, and what to find the answer by."""

    text: str
    vector: "NDArray[np.float32]"
    ref: str = ""


def reusable(text: str, vector: "NDArray[np.float32]", earlier: Sequence[Asked]) -> Asked | None:
    """The earlier question whose answer may stand for this one's, the likest; else None.

    ``earlier``: of the same tenant, documents, assessments, prompt and route; the caller sees to that.
    """
    alike = [(float(vector @ asked.vector), asked) for asked in earlier]
    for cosine, asked in sorted(alike, key=lambda pair: -pair[0]):
        if cosine <= LEAST_ALIKE:
            break
        if same_question(text, asked.text):
            return asked
    return None


def same_question(one: str, other: str) -> bool:
    """Whether two questions ask the same, as far as their words tell."""
    return same_particulars(one, other) and _core(one) == _core(other)


@lru_cache(maxsize=4096)
def _core(text: str) -> tuple[str, ...]:
    """The words that make the question, in order: content, question words, prepositions of direction."""
    for pattern, spelt in _SPELT:
        text = pattern.sub(spelt, text)
    bare = _POLITE.sub("", text)
    found: list[str] = []
    for word in _WORD.findall(bare):
        if len(word) > 1 and word.isupper():
            found.append(word)  # IT is not it, nor US us
            continue
        lower = word.lower().replace("’", "'").removesuffix("'s")
        if lower in _PAST or lower not in _EMPTY:
            found.append(_stem(_FAMILIES.get(lower, lower)))
    return tuple(found)


def _stem(word: str) -> str:
    """Without the endings of number alone: "reviewed" and "reviewing" differ in what is asked."""
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
        return word[:-1]
    return word
