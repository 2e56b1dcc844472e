"""Grades of answers to questions, by the evaluator's own prompt: asked once, and kept like answers.

The active version of ``grade`` is shown what the answer was made from, and criteria made from the case. Its
grades are reported; they decide only once its evaluation on experts' labels shows that it judges as they do.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from radar_pipeline.errors import RadarError
from radar_pipeline.evals import calibration, runs, scorers
from radar_pipeline.evals.calibration import Calibration
from radar_pipeline.evals.responses import key_of
from radar_pipeline.evals.scorers.model_grade import USE_CASES, Grade, graded_by
from radar_pipeline.evals.scorers.scorer import Scorer
from radar_pipeline.evals.subjects import ask
from radar_pipeline.evals.subjects.grade import GradeAsker, Judged
from radar_pipeline.evals.values import Case, Response, Subject, digest_of
from radar_pipeline.evals.workbench import Workbench, has_key, subject_of
from radar_pipeline.prompts import versions
from radar_pipeline.prompts.use_cases import UseCase
from radar_pipeline.questions.material import Material

NAME = "grade"
RULES = "grading@1"  # raise when the same answer would be shown to the grader otherwise
TASK = "Answer from the material alone, and say what of the question it leaves open: "
CRITERIA = {  # whether the material answers the whole question -> what is to be seen of that
    True: "The answer tells all that the question asks for.",
    False: "The answer says what of the question the material leaves open, and does not make it up.",
}
FAITHFUL = "The answer says nothing that the material does not say."
NOTED = "The answer agrees with what an expert noted on the material: "


@dataclass(frozen=True, slots=True)
class Grader:
    """The version that grades, with the models that it asks."""

    bench: Workbench
    subject: Subject
    asker: GradeAsker
    calibration: Calibration | None

    @property
    def identity(self) -> str:
        """Its prompt and its models."""
        return f"{self.subject.ref} {self.asker.model}"

    def key(self, case: Case, response: Response) -> str:
        """Equal where the same is graded: the same words on the same material by the same criteria."""
        said = digest_of([TASK, criteria(case), words(response)])
        parts = (case.tenant, self.asker.model, RULES, self.bench.library.identity, said)
        return key_of(self.subject, " ".join(parts), case, 1)

    def prepare(self, cases: Sequence[Case]) -> None:
        """Make ready what they are answered from. Raises ConfigurationError for what cannot be read."""
        ask.prepare(self.bench, cases)

    def ask(self, case: Case, response: Response) -> Response:
        """The grade of an answer to a case that was prepared.

        Raises ModelCallError of a class in UNASKED where nobody could be asked, ConfigurationError for a
        version that asks for other variables.
        """
        material = ask.material_of(self.bench, case)
        task = f"{TASK}{case.inputs['question']}"
        return self.asker.judge(Judged(task, shown(material), words(response), criteria(case)))

    def scorer(self, grade_of: Callable[[Case, Response], Response | None]) -> Scorer:
        """The scorer that looks grades up; those that are missing leave answers unscored."""

        def grade(case: Case, response: Response) -> Grade | None:
            found = grade_of(case, response)
            return _read(found) if found is not None else None

        return graded_by(grade, self.identity, self.calibration)


def is_graded(use_case: UseCase) -> bool:
    """Whether a model grades the answers of a use case at all."""
    return use_case in USE_CASES


def grader_of(bench: Workbench, use_case: UseCase) -> Grader | None:
    """Who grades the answers of a use case; None where nobody does, or nobody can be asked to."""
    if not is_graded(use_case):
        return None
    try:
        prompt = versions.active(bench.settings.prompts, UseCase.EVALUATE, NAME)
        subject = subject_of(prompt)
        if not has_key(bench, subject):
            return None
    except RadarError:  # what is wrong with the prompt, its own check says
        return None
    asker = GradeAsker(bench, prompt)
    return Grader(bench, subject, asker, _calibration(bench, subject, asker.model))


def scorers_of(
    use_case: UseCase,
    grader: Grader | None,
    grade_of: Callable[[Case, Response], Response | None] = lambda _case, _response: None,
) -> tuple[Scorer, ...]:
    """The scorers of a use case, the primary one first, with this grader's in the place of none."""
    used = scorers.for_use_case(use_case)
    if grader is None:
        return used
    graded = grader.scorer(grade_of)
    return tuple(graded if scorer.name == graded.name else scorer for scorer in used)


def criteria(case: Case) -> tuple[str, ...]:
    """What a good answer to a question does, one sentence each."""
    noted = (f"{NOTED}{case.why}",) if case.why else ()
    return (CRITERIA[bool(case.expected["answered"])], FAITHFUL, *noted)


def words(response: Response) -> str:
    """An answer as it is judged: its sentences, and what it leaves open."""
    answer = response.answer
    told = [str(sentence["text"]) for sentence in answer.get("sentences", ())]
    if left := str(answer.get("not_answered", "")):
        told.append(f"Left open: {left}")
    return "\n".join(told) or "(It says nothing.)"


def shown(material: Material) -> str:
    """What an answer is made from, as it was shown to the model that gave it."""
    about = material.about
    told = [
        f"The organisation: {about.industry or 'of no named industry'}; "
        f"{', '.join(about.jurisdictions) or 'no named jurisdiction'}. Today is {material.today.isoformat()}."
    ]
    for p in material.passages:
        labels = (p.passage.kind.value, p.passage.status.value, p.document, p.heading)
        told.append(f"[{p.number}] {', '.join(label for label in labels if label)}\n{p.cut.text}")
    told += [
        f"Assessment of {a.requirement_id} ({a.title}): {a.verdict.value}, confidence {a.shown_confidence}"
        for a in material.assessments
    ]
    return "\n\n".join(told)


def _read(response: Response) -> Grade | None:
    """None for a grader that gave no usable word."""
    answer: Mapping[str, object] = response.answer
    passes, share = answer.get("passes"), answer.get("score")
    if not response.answered or not isinstance(passes, bool) or not isinstance(share, int | float):
        return None
    return Grade(passes, float(share), str(answer.get("text", "")), response.simulated)


def _calibration(bench: Workbench, subject: Subject, model: str) -> Calibration | None:
    """That of the latest complete live evaluation of exactly this version with exactly these models."""
    if bench.simulated:
        return None
    home = bench.settings.home
    for head in reversed(runs.heads(home)):
        same = head.subject.use_case is UseCase.EVALUATE and head.subject.ref == subject.ref
        if same and head.model == model and head.complete and not head.simulated:
            run = runs.find(home, head.run_id)
            return calibration.of_run(run) if run is not None else None
    return None
