"""The local judge: evaluated like any prompt, on the same cases."""

from collections.abc import Sequence

from radar_pipeline.evals.subjects.judge import answer_of
from radar_pipeline.evals.subjects.questions import Questions
from radar_pipeline.evals.values import Case, Quoted, Response
from radar_pipeline.evals.workbench import Workbench


class LocalAsker:
    """See ``Asker``. It costs nothing, and its time is not that of a service: neither is told."""

    concurrency = 1  # it computes: threads would only take turns

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        self._questions = Questions(bench)
        self.model = f"{bench.local.identity.model} +{bench.library.identity[:8]}"

    def prepare(self, cases: Sequence[Case]) -> None:
        """Read and embed the documents of the cases."""
        self._questions.prepare(cases)

    def ask(self, case: Case) -> Response:
        """Its judgement of the case's question."""
        posed = self._questions.pose(case)
        judgement = self._bench.local.judge(posed.question)
        quotes = tuple(
            Quoted(
                quote=c.quote,
                verified=posed.found.says(c.passage_hash, c.start, c.end, c.quote),
                document=posed.found.path_of(c.passage_hash),
            )
            for c in judgement.citations
        )
        return Response(
            answer=answer_of(judgement),
            quotes=quotes,
            model=self._bench.local.identity.model,
            asked_at=self._bench.clock().isoformat(timespec="seconds"),
        )
