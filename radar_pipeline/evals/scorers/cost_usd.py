"""What a live call cost."""

from radar_pipeline.evals.scorers.scorer import Scorer
from radar_pipeline.evals.values import Case, Response, Score


def score(case: Case, response: Response) -> Score:
    """US dollars; unscored unless a real model was asked."""
    if response.simulated or response.cost_usd is None:
        return Score(None, explanation="Nothing was asked live.")
    return Score(response.cost_usd)


SCORER = Scorer("cost_usd", score, unit="usd", higher_is_better=False)
