"""A judge's case as the question that a sweep would put."""

from collections.abc import Sequence
from dataclasses import dataclass

from radar_pipeline.errors import ConfigurationError
from radar_pipeline.evals.asked import NotFoundError, requirement_of
from radar_pipeline.evals.subjects.library import Found
from radar_pipeline.evals.values import Case
from radar_pipeline.evals.workbench import Workbench
from radar_pipeline.models import Candidate, Question, Requirement


@dataclass(frozen=True, slots=True)
class Posed:
    """The question, and where its candidates stand."""

    question: Question
    found: Found


class Questions:
    """Poses cases; ``prepare`` before ``pose``."""

    def __init__(self, bench: Workbench) -> None:
        self._library = bench.library
        self._data = bench.settings.data

    def prepare(self, cases: Sequence[Case]) -> None:
        """Read and embed what the cases are judged by. Raises ConfigurationError naming what is missing."""
        self._library.prepare([(case, self._requirement(case)) for case in cases])

    def pose(self, case: Case) -> Posed:
        """The question of a case that was prepared."""
        requirement = self._requirement(case)
        found = self._library.find(case.inputs, requirement)
        candidates = tuple(
            Candidate(p.passage_hash, p.text, p.heading_path, p.kind, p.status, found.vectors[row])
            for row, p in enumerate(found.passages)
        )
        return Posed(Question(requirement, candidates, found.queries), found)

    def _requirement(self, case: Case) -> Requirement:
        try:
            return requirement_of(case.inputs, self._data)
        except NotFoundError as error:
            raise ConfigurationError(
                f"Case {case.case_id}: {error}", remedy="Mend the case, or restore the catalog."
            ) from None
