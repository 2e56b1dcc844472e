"""One evaluation: every case put to a subject, as often as wanted, and every answer scored.

What was answered before is not asked again; a changed scorer scores it anew. Every answer is kept before
the thread that got it asks the next, so an evaluation that is killed goes on where it stopped.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from radar_pipeline import ids
from radar_pipeline.errors import ConfigurationError, RadarError
from radar_pipeline.evals import cases as casebook
from radar_pipeline.evals import runs
from radar_pipeline.evals.alone import alone
from radar_pipeline.evals.gathering import Gathering
from radar_pipeline.evals.grading import Grader, grader_of, scorers_of
from radar_pipeline.evals.responses import Responses, key_of
from radar_pipeline.evals.subjects.opening import asker_of
from radar_pipeline.evals.values import LOCAL, Case, Response, Result, Run, Subject
from radar_pipeline.evals.workbench import Workbench

LOCK = "evaluate.lock"  # two at once would pay twice for one answer
HELD = "Another evaluation is running."

Name = tuple[str, int]  # of a case, and the repeat, from 1
Task = tuple[Case, int]
Progress = Callable[[int, int], None]  # answers and grades that are there, and all there will be
Note = Callable[[str], None]


def evaluate(
    bench: Workbench,
    subject: Subject,
    cases: Sequence[Case],
    *,
    repeats: int = 1,
    progress: Progress | None = None,
    note: Note | None = None,
) -> Run:
    """The run of a subject on the cases of its use case; it is not saved yet (``runs.save``).

    ``note`` is told, once for each, why cases were left unasked or answers ungraded. The local judge says
    the same each time: it is asked once, whatever ``repeats`` is.

    Raises ConfigurationError without a case, for a document that cannot be read or a prompt that cannot be
    filled in, ModelSetupError where there is no models.yaml, LeaseHeldError while another evaluation runs.
    """
    own = sorted((c for c in cases if c.use_case is subject.use_case), key=lambda c: (c.case_id, c.tenant))
    if not own:
        raise ConfigurationError(
            f"There is no case of the use case {subject.use_case.value} to evaluate {subject.key} on.",
            remedy=f"Add cases to data/eval_cases/{subject.use_case.value}/.",
        )
    times = 1 if subject.name == LOCAL else max(1, repeats)
    with alone(bench.settings.home, LOCK, HELD):
        made = _Evaluation(bench, subject, [(c, n) for c in own for n in range(1, times + 1)])
        made.ask(progress or (lambda _done, _all: None), note or (lambda _said: None))
        made.grade(progress or (lambda _done, _all: None), note or (lambda _said: None))
    return made.run(own, times)


class _Evaluation:
    """One subject, the tasks that are put to it, and what has come of them so far."""

    def __init__(self, bench: Workbench, subject: Subject, tasks: Sequence[Task]) -> None:
        self._bench, self._subject = bench, subject
        self._asker, self._grader = asker_of(bench, subject), grader_of(bench, subject.use_case)
        self._tasks = {_name(task): task for task in tasks}
        self._kept = Responses(bench.settings.home)
        self._known = self._before()
        self._fresh: dict[Name, Response] = {}
        self._grades: dict[str, Response] = {}  # by key
        self._is_new = False  # whether anything was answered or graded now

    def ask(self, progress: Progress, note: Note) -> None:
        """Ask for what is missing, several at a time."""
        missing = {name: task for name, task in self._tasks.items() if name not in self._known}
        known, total = len(self._known), len(self._tasks)
        progress(known, total)
        if not missing:
            return
        self._asker.prepare(list({_name((case, 1)): case for case, _ in missing.values()}.values()))
        gathering = Gathering()
        self._fresh = gathering.gather(
            missing, self._answer, self._asker.concurrency, lambda done: progress(known + done, total)
        )
        self._is_new = bool(self._fresh)
        for error in gathering.told.values():
            note(str(error))

    def grade(self, progress: Progress, note: Note) -> None:
        """Have the answers graded that were not, where a model grades answers of this use case.

        Nothing that goes wrong with it ends the evaluation: an answer without a grade is unscored.
        """
        if self._grader is None:
            return
        grader, answers = self._grader, self._answered()
        keys = {grader.key(case, answer): (case, answer) for case, answer in answers if answer.answered}
        found = {key: self._kept.get(case, key) for key, (case, _) in keys.items()}
        self._grades = {key: grade for key, grade in found.items() if grade is not None}
        missing = {key: answered for key, answered in keys.items() if key not in self._grades}
        if not missing:
            return
        gathering, total = Gathering(), len(self._tasks) + len(missing)
        try:
            grader.prepare([case for case, _ in missing.values()])
            graded = gathering.gather(
                missing,
                partial(self._graded, grader),
                grader.asker.concurrency,
                lambda done: progress(len(answers) + done, total),
            )
        except RadarError as error:
            note(f"The answers were not graded: {error}")
            return
        self._grades |= graded
        self._is_new = self._is_new or bool(graded)
        for told in gathering.told.values():
            note(f"Answers left without a grade: {len(missing) - len(graded)}. {told}")

    def run(self, cases: Sequence[Case], repeats: int) -> Run:
        """The run with every score. One of which nothing is new keeps the moment of its first time."""
        used = scorers_of(self._subject.use_case, self._grader, self._grade_of)
        results = []
        for name, (case, repeat) in self._tasks.items():
            response = self._known.get(name) or self._fresh.get(name)
            if response is not None:
                scores = {scorer.name: scorer.score(case, response) for scorer in used}
                results.append(Result(case, repeat, response, scores, name in self._known))
        answered = {_name((r.case, r.repeat)) for r in results}
        run = Run(
            run_id="",
            subject=self._subject,
            model=self._asker.model,
            dataset=casebook.dataset(cases),
            scorers={scorer.name: scorer.sha for scorer in used},
            repeats=repeats,
            evaluated_at=self._bench.clock(),
            simulated=any(result.response.simulated for result in results) or self._is_simulated,
            results=tuple(results),
            unasked=len({name[0] for name in self._tasks if name not in answered}),
        )
        run = replace(run, run_id=run_id(run))
        before = None if self._is_new else runs.find(self._bench.settings.home, run.run_id)
        return replace(run, evaluated_at=before.evaluated_at) if before else run

    @property
    def _is_simulated(self) -> bool:
        return self._bench.simulated and self._subject.name != LOCAL

    def _before(self) -> Mapping[Name, Response]:
        """What was answered before."""
        found = ((name, self._kept.get(task[0], self._key(task))) for name, task in self._tasks.items())
        return {name: response for name, response in found if response is not None}

    def _key(self, task: Task) -> str:
        return key_of(self._subject, self._asker.model, *task)

    def _answer(self, task: Task) -> Response:
        """The answer to one task, kept."""
        response = self._asker.ask(task[0])
        self._kept.put(task[0], self._key(task), response)
        return response

    def _answered(self) -> list[tuple[Case, Response]]:
        there = {**self._known, **self._fresh}
        return [(self._tasks[name][0], response) for name, response in there.items()]

    def _graded(self, grader: Grader, answered: tuple[Case, Response]) -> Response:
        """The grade of one answer, kept."""
        grade = grader.ask(*answered)
        self._kept.put(answered[0], grader.key(*answered), grade)
        return grade

    def _grade_of(self, case: Case, response: Response) -> Response | None:
        return self._grades.get(self._grader.key(case, response)) if self._grader is not None else None


def run_id(run: Run) -> str:
    """Names all that a run's figures depend on; equal runs have the same."""
    used = [f"{name}={sha}" for name, sha in sorted(run.scorers.items())]
    parts = (run.subject.use_case.value, run.subject.sha, run.model, run.dataset)
    return ids.digest(*parts, str(run.repeats), str(run.simulated), *used, length=16)


def _name(task: Task) -> Name:
    """A case's id is its use case's own; a tenant's stands beside ours."""
    case, repeat = task
    return f"{case.tenant}/{case.case_id}", repeat
