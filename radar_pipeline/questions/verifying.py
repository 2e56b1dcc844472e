"""From a sentence of a model to one that may be shown: with its support, or marked as having none."""

from collections.abc import Sequence

from radar_pipeline.judge.weigh import clean
from radar_pipeline.models import Evidence
from radar_pipeline.questions import consistency, verdicts
from radar_pipeline.questions.answers import AnswerSentence, SentenceForm, Unsupported
from radar_pipeline.questions.material import AssessmentFact, Material

LONGEST = 600  # characters of a sentence as shown
MOST_QUOTES = 3  # of a sentence
MOST_REFS = 12


def verified(form: SentenceForm, material: Material) -> AnswerSentence:
    """The sentence with what is left of its sources, each looked up; marked if nothing carries it."""
    text = clean(form.text, LONGEST)
    given = [material.find(q.passage, q.quote) for q in form.quotes[:MOST_QUOTES]]
    quotes = tuple({q.evidence_id: q for q in given if q}.values())
    refs = [material.assessment(ref) for ref in form.assessments[:MOST_REFS]]
    named = verdicts.mentioned(text, material.assessments)
    cited = list({fact.requirement_id: fact for fact in [*refs, *named] if fact}.values())
    problem = _problem(text, quotes, cited, bool(form.quotes or form.assessments))
    if problem is not None:
        return AnswerSentence(text, unsupported=problem)
    told = verdicts.names_a_verdict(text)
    return AnswerSentence(
        text, quotes=quotes, assessments=tuple(fact.requirement_id for fact in cited) if told else ()
    )


def _problem(
    text: str, quotes: Sequence[Evidence], cited: Sequence[AssessmentFact], given: bool
) -> Unsupported | None:
    if not quotes and not cited:
        return Unsupported.NOT_FOUND if given else Unsupported.NO_SOURCE
    if not _verdicts_hold(text, quotes, cited):
        return Unsupported.OTHER_VERDICT
    if quotes:
        return _beyond_quotes(text, quotes, cited)
    return None if verdicts.tells_nothing_else(text, cited) else Unsupported.SAYS_MORE


def _verdicts_hold(text: str, quotes: Sequence[Evidence], cited: Sequence[AssessmentFact]) -> bool:
    """The state of a requirement is told as its assessment has it, or in a document's own word."""
    if not verdicts.names_a_verdict(text):
        return bool(quotes)
    if cited:
        return verdicts.told_as_they_are(text, cited)
    return any(verdicts.names_a_verdict(quote.quote) for quote in quotes)


def _beyond_quotes(
    text: str, quotes: Sequence[Evidence], cited: Sequence[AssessmentFact]
) -> Unsupported | None:
    besides = [f"{fact.ref} {fact.title}" for fact in cited]
    said = verdicts.without_verdicts(text) if cited else text
    if consistency.says_more(said, [quote.quote for quote in quotes], besides):
        return Unsupported.SAYS_MORE
    sources = [*(quote.quote for quote in quotes), *(" ".join(q.heading_path) for q in quotes), *besides]
    return None if consistency.shares_words(said, sources) else Unsupported.OFF_TOPIC
