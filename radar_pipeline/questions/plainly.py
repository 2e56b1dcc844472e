"""What is shown where no model speaks: the sentences that come nearest, and the assessments on the matter."""

from radar_pipeline.judge.match import passage_coverage, sentence_match
from radar_pipeline.judge.reading import Sentence, Terms, read, terms
from radar_pipeline.models import Evidence
from radar_pipeline.questions.answers import AnswerSentence, Kind
from radar_pipeline.questions.material import AssessmentFact, Material, ShownPassage

MOST_QUOTES = 5
MOST_ASSESSMENTS = 6
_FEWEST_WORDS = 4  # distinct content words; less is a heading
_FEWEST = 0.15  # of the question's words, by weight; what shares less has nothing to do with it
_BESIDE = 0.5  # of the best quote's score; what comes less near is not shown beside it


def plainly(material: Material, ranking: tuple[str, ...]) -> tuple[AnswerSentence, ...]:
    """Quotes and assessments, the nearest first. ``ranking``: passage hashes, nearest first."""
    wanted = terms(material.question.text)
    order = {passage_hash: rank for rank, passage_hash in enumerate(ranking)}
    passages = sorted(material.passages, key=lambda p: order.get(p.passage.passage_hash, len(order)))
    found = [quote for p in passages if (quote := _best(material, p, wanted))]
    best = sorted(found, key=lambda pair: -pair[0])[:MOST_QUOTES]
    quotes = {quote.evidence_id: quote for score, quote in best if score >= _BESIDE * best[0][0]}
    told = [fact for fact in material.assessments if _is_on(fact, wanted)]
    return (
        *(AnswerSentence(q.quote, Kind.QUOTE, quotes=(q,)) for q in quotes.values()),
        *(_told(fact) for fact in told[:MOST_ASSESSMENTS]),
    )


def _is_on(fact: AssessmentFact, wanted: Terms) -> bool:
    text = f"{fact.framework} {fact.ref}. {fact.title}. {fact.text}"
    return passage_coverage(wanted, read(text)) >= _FEWEST


def _best(material: Material, shown: ShownPassage, wanted: Terms) -> tuple[float, Evidence] | None:
    """The sentence of a passage that speaks most of what is asked, where it stands in the document."""
    scored = [(_score(wanted, s), s) for s in read(shown.cut.text).sentences if _says_something(s)]
    if not scored:
        return None
    score, sentence = max(scored, key=lambda pair: (pair[0], -pair[1].start))
    place = shown.cut.original(sentence.start, sentence.end)
    quote = material.evidence(shown.passage, *place) if place and score >= _FEWEST else None
    return (score, quote) if quote else None


def _score(wanted: Terms, sentence: Sentence) -> float:
    match = sentence_match(wanted, sentence)
    return round(match.coverage + 0.2 * match.phrases + 0.2 * match.focus, 6)


def _says_something(sentence: Sentence) -> bool:
    return len(sentence.places) >= _FEWEST_WORDS and not sentence.instructs


def _told(fact: AssessmentFact) -> AnswerSentence:
    verdict = fact.verdict.value.replace("_", " ")
    text = f"{fact.ref} {fact.title}: {verdict}, confidence {fact.shown_confidence}"
    return AnswerSentence(text, Kind.ASSESSMENT, assessments=(fact.requirement_id,))
