"""What must hold of a tenant's rows before anything of them is published. Pure: lists of problems.

Problems name ids and counts, never a sentence of a document.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from radar_pipeline.models import Applicability, Assessment, Framework, Passage, Stance, Verdict
from radar_pipeline.questions.answers import Answer

_NEEDS = {
    Verdict.COVERED: Stance.SUPPORTS,
    Verdict.PARTIAL: Stance.SUPPORTS,
    Verdict.CONTRADICTED: Stance.CONTRADICTS,
}


def passages(items: Iterable[Passage], text: Callable[[str], str]) -> list[str]:
    """Every passage is literally its place in the canonical text."""
    problems = []
    version, body = "", ""
    for passage in items:
        if passage.version_id != version:
            version, body = passage.version_id, text(passage.version_id)
        if body[passage.start : passage.end] != passage.text:
            problems.append(f"passage {passage.passage_hash} is not at its offsets in {version}")
    return problems


def assessments(
    items: Sequence[Assessment], frameworks: Sequence[Framework], text: Callable[[str], str]
) -> list[str]:
    """Every requirement once; every verdict with what it needs; every quote literal."""
    wanted = Counter(r.requirement_id for f in frameworks for r in f.requirements)
    found = Counter(a.requirement_id for a in items)
    problems = [
        f"{name} was assessed {found[name]} times" for name in sorted(wanted | found) if found[name] != 1
    ]
    for assessment in items:
        problems += _problems(assessment, text)
    return problems


def answers(items: Iterable[Answer], text: Callable[[str], str]) -> list[str]:
    """Every line of an answer has support or its mark; every quote is literal."""
    problems = []
    for answer in items:
        name = answer.question.question_id
        for number, sentence in enumerate(answer.sentences, 1):
            if bool(sentence.quotes or sentence.assessments) == bool(sentence.unsupported):
                problems.append(f"sentence {number} of {name} has neither support nor its mark, or both")
            for q in sentence.quotes:
                if text(q.version_id)[q.start : q.end] != q.quote:
                    problems.append(f"quote {q.evidence_id} is not at its offsets")
    return problems


def _problems(assessment: Assessment, text: Callable[[str], str]) -> list[str]:
    name, verdict = assessment.requirement_id, assessment.verdict
    problems = []
    need = _NEEDS.get(verdict)
    if need and not any(e.stance is need for e in assessment.evidence):
        problems.append(f"{name} is {verdict} without a verified quote")
    if verdict is Verdict.NOT_ADDRESSED and not assessment.search.passages_searched:
        problems.append(f"{name} is not_addressed without a search")
    silent = verdict is Verdict.NOT_ASSESSED and assessment.reason is None
    if silent and assessment.applicability is not Applicability.NOT_APPLICABLE:
        problems.append(f"{name} is not_assessed without a reason")
    for evidence in assessment.evidence:
        if text(evidence.version_id)[evidence.start : evidence.end] != evidence.quote:
            problems.append(f"quote {evidence.evidence_id} is not at its offsets")
    return problems
