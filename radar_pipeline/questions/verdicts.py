"""Whether a sentence tells the verdicts of the assessments it cites as they are.

A verdict is read by its own word (covered, partial, contradicted, not addressed, not assessed) and those
words' plain forms; a sentence that names none of them tells no verdict.
"""

import re
from collections import Counter
from collections.abc import Sequence

from radar_pipeline.llm.particulars import particulars
from radar_pipeline.models import Verdict
from radar_pipeline.questions.consistency import shares_words
from radar_pipeline.questions.material import AssessmentFact

_NOT = r"(?:(?<![a-z])not|n['’]t)[\s_-]+(?:yet\s+)?(?:been\s+)?"
_FULLY = r"(?:fully|entirely|completely|wholly)\s+"
_ARRANGED = r"(?:covered|addressed)"
_SAID = {  # at one place the first counts
    Verdict.NOT_ASSESSED: rf"{_NOT}(?:assessed|checked)|\bunassessed",
    Verdict.PARTIAL: rf"{_NOT}{_FULLY}{_ARRANGED}"
    rf"|\b(?:(?:only|just)\s+)?(?:partial(?:ly)?|partly|in\s+part)(?:\s+{_ARRANGED})?",
    Verdict.NOT_ADDRESSED: rf"{_NOT}{_ARRANGED}|\b(?:unaddressed|uncovered|blind\s?spots?)",
    Verdict.CONTRADICTED: r"\bcontradict(?:ed|s|ions?)?",
    Verdict.COVERED: rf"\b(?:{_FULLY})?{_ARRANGED}",
}
_VERDICT = re.compile("|".join(rf"(?P<{v.value}>(?:{said})\b)" for v, said in _SAID.items()), re.IGNORECASE)
_NOUNS = re.compile(r"\b(?:requirements?|obligations?)\b", re.IGNORECASE)
_WHOLE = frozenset({"all", "every", "each", "any", "always"})


def mentioned(sentence: str, facts: Sequence[AssessmentFact]) -> list[AssessmentFact]:
    """The assessments that the sentence names by their ref, cited or not."""
    return [fact for fact in facts if _places(sentence, fact)]


def names_a_verdict(sentence: str) -> bool:
    """Whether a verdict is told at all."""
    return _VERDICT.search(sentence) is not None


def without_verdicts(sentence: str) -> str:
    """The sentence without the words that tell a verdict: its denials are its own then."""
    return _VERDICT.sub(" ", sentence)


def told_as_they_are(sentence: str, cited: Sequence[AssessmentFact]) -> bool:
    """Whether the verdicts in the sentence are those of the assessments; False if it tells none.

    Where they differ each has to be named with its verdict behind it: "R1 is covered and R2 partial".
    """
    said = [(match.start(), Verdict(match.lastgroup or "")) for match in _VERDICT.finditer(sentence)]
    verdicts = {fact.verdict for fact in cited}
    if not said or {verdict for _, verdict in said} != verdicts:
        return False
    if len(verdicts) == 1:
        return True
    return all(_told_behind(sentence, fact, said) for fact in cited)


def tells_nothing_else(sentence: str, cited: Sequence[AssessmentFact]) -> bool:
    """Whether a sentence that rests on assessments alone keeps to them: their titles and texts, how many
    they are and how sure, and no denial, duty, date or reference of its own."""
    rest = _NOUNS.sub(" ", _VERDICT.sub(" ", sentence))
    for fact in cited:
        for name in [*_names(fact), fact.title]:
            rest = re.sub(re.escape(name), " ", rest, flags=re.IGNORECASE)
    own = particulars(rest)
    if own.negations or own.modals or own.dates or own.references:
        return False
    if set(own.quantifiers) & _WHOLE and str(len(cited)) not in own.numbers:
        return False
    if not set(own.numbers) <= _numbers(cited):
        return False
    return shares_words(rest, _texts(cited)) or not re.search(r"[A-Za-z]{3}", rest)


def _told_behind(sentence: str, fact: AssessmentFact, said: list[tuple[int, Verdict]]) -> bool:
    places = _places(sentence, fact)
    if not places:
        return False
    behind = (next((v for at, v in said if at > place), None) for place in places)
    return all(verdict is fact.verdict for verdict in behind)


def _names(fact: AssessmentFact) -> list[str]:
    return [fact.requirement_id, fact.ref]


def _places(sentence: str, fact: AssessmentFact) -> list[int]:
    spelt = "|".join(re.escape(name) for name in _names(fact))
    # "Art. 3" is not named by "Art. 33", nor "Art. 33" by "Art. 33(1)".
    return [
        m.start() for m in re.finditer(rf"(?<![\w.])(?:{spelt})(?![\w(]|[.:]\w)", sentence, re.IGNORECASE)
    ]


def _numbers(cited: Sequence[AssessmentFact]) -> set[str]:
    counts = {len(cited), *Counter(fact.verdict for fact in cited).values()}
    sure = {form for fact in cited for form in (fact.shown_confidence, f"{fact.confidence:.0%}")}
    texts = [*(str(n) for n in counts), *sure, *_texts(cited)]
    return {number for text in texts for number in particulars(text).numbers}


def _texts(cited: Sequence[AssessmentFact]) -> list[str]:
    return [f"{fact.framework} {fact.title}. {fact.text} Confidence." for fact in cited]
