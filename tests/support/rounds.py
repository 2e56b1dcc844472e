"""A round of evaluations as the nightly run makes one, without Dagster."""

from dataclasses import dataclass, field

from radar_pipeline.errors import RadarError
from radar_pipeline.evals import runs
from radar_pipeline.evals.evaluate import evaluate
from radar_pipeline.evals.values import Run
from radar_pipeline.sweep.environment import Environment
from radar_pipeline.sweep.evaluating import all_cases, due, workbench


@dataclass(slots=True)
class Evaluated:
    """What a round of evaluations came to. ``problems``: why something was not evaluated, or not whole."""

    runs: list[Run] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def evaluate_due(environment: Environment) -> Evaluated:
    """Evaluate what is due, and keep each run; one that fails is told, and the others go on."""
    done, bench, cases = Evaluated(), workbench(environment), all_cases(environment)
    for subject in due(environment):
        try:
            run = evaluate(bench, subject, cases, note=done.problems.append)
            done.runs.append(runs.save(environment.settings.home, run))
        except RadarError as error:
            done.problems.append(f"{subject.key}: {error}")
    return done
