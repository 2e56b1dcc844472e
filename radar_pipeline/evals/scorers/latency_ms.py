"""How long a live call took."""

from radar_pipeline.evals.scorers.scorer import Scorer
from radar_pipeline.evals.values import Case, Response, Score


def score(case: Case, response: Response) -> Score:
    """Milliseconds; unscored unless a real model was asked."""
    if response.simulated or response.latency_ms is None:
        return Score(None, explanation="Nothing was asked live.")
    return Score(response.latency_ms)


SCORER = Scorer("latency_ms", score, unit="ms", higher_is_better=False)
