"""Evaluating what a person names, by whoever can answer: the models of ``models.yaml``, the local judge, or
the scripted model where there is no key."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import cached_property
from typing import Self

from radar_pipeline.evals import runs
from radar_pipeline.evals.evaluate import Progress, evaluate
from radar_pipeline.evals.simulated.opening import open_simulated
from radar_pipeline.evals.values import Case, Run, Subject
from radar_pipeline.evals.workbench import Workbench, has_key
from radar_pipeline.sweep import evaluating
from radar_pipeline.sweep.environment import Environment


class Examiner:
    """Evaluates one subject after another; use it as a context manager.

    ``progress`` makes what is told of a subject's evaluation while it runs; ``note`` is told why cases were
    left unasked.
    """

    def __init__(
        self,
        environment: Environment,
        *,
        repeats: int = 1,
        progress: Callable[[Subject], Progress] | None = None,
        note: Callable[[str], None] | None = None,
    ) -> None:
        self.environment = environment
        self.bench = evaluating.workbench(environment)
        self._repeats, self._progress, self._note = repeats, progress, note
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @cached_property
    def cases(self) -> tuple[Case, ...]:
        """All cases. Raises ConfigurationError for one of ours that is wrong."""
        return evaluating.all_cases(self.environment)

    def is_live(self, subject: Subject) -> bool:
        """Whether the subject can be asked for real: it is the local judge, or there is a key."""
        return has_key(self.bench, subject)

    def run(
        self,
        subject: Subject,
        cases: Sequence[Case] | None = None,
        *,
        simulated: bool = False,
        keep: bool = True,
    ) -> Run:
        """Evaluate a subject on all its cases or on these; ``simulated``: by the scripted model even if there
        is a key, ``keep``: among the runs that tables and reports are made of.

        Raises as ``evaluate``.
        """
        bench = self._simulated if simulated or not self.is_live(subject) else self.bench
        run = evaluate(
            bench,
            subject,
            self.cases if cases is None else cases,
            repeats=self._repeats,
            progress=self._progress(subject) if self._progress else None,
            note=self._note,
        )
        if keep:
            return runs.save(self.environment.settings.home, run)
        return run

    def pair(self, candidate: Subject, active: Subject | None) -> tuple[Run, Run | None]:
        """Both evaluated by the same kind of provider, the real one only if it can answer both."""
        simulated = not all(self.is_live(subject) for subject in (candidate, active) if subject is not None)
        other = self.run(active, simulated=simulated) if active is not None else None
        return self.run(candidate, simulated=simulated), other

    @cached_property
    def _simulated(self) -> Workbench:
        return self._open.enter_context(open_simulated(self.bench))
