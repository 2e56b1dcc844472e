"""What experiments with the judge's prompt have shown: by what analysts said, and by what was withheld.

Which version assessed what is read from what was published, and under which experiment a sweep judged from
the ledger. So an experiment that has ended shows what it showed on its last night, whatever became of its
versions since.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, get_args
from zoneinfo import ZoneInfo

from radar_pipeline.errors import RadarError
from radar_pipeline.evals.ab_verdicts import Outcome, Verdict, verdict
from radar_pipeline.evals.experiments import ArmName, Experiment, arm_of, load
from radar_pipeline.models import Verdict as Assessed
from radar_pipeline.storage import portfolio as storage
from radar_pipeline.storage import warehouse
from radar_pipeline.storage.ddl import literal
from radar_pipeline.storage.operations.records import Opinion
from radar_pipeline.sweep import trials
from radar_pipeline.sweep.drawn import DrawnJudge, ModelJudge, Tried
from radar_pipeline.sweep.environment import Environment
from radar_pipeline.sweep.events import Stage

ARMS: tuple[ArmName, ...] = get_args(ArmName)
METRICS: Mapping[str, bool] = {
    "agreement": True,
    "disagreement": False,
    "withheld": False,
}  # higher is better
_SPOKEN = ("agree", "disagree")
_DAY = timedelta(days=1)
_NOBODY_ASKED = "No tenant is assessed by a language model; `radar models` tells which could be asked."
_NOBODY_DRAWN = "No tenant is judged by a variant of its arms; `radar prompts list` tells the variants."

# Of each (tenant, framework) what the newest of the named sweeps made of it, by the prompt that was asked.
_PUBLISHED = """
WITH newest AS (
    SELECT tenant_id, framework_id, max(sweep_id) AS sweep_id FROM sweeps
    WHERE sweep_id IN ({sweeps}) GROUP BY ALL
)
SELECT a.tenant_id, a.prompt_ref, count(*),
    count(*) FILTER (a.verdict <> 'not_assessed'),
    count(*) FILTER (a.reason IN ('uncertain', 'unverified_quote'))
FROM assessments_history a JOIN newest n ON n.tenant_id = a.tenant_id AND n.framework_id = a.framework_id
WHERE a.judgement_key <> '' AND a.valid_from_sweep <= n.sweep_id
    AND (a.valid_to_sweep IS NULL OR a.valid_to_sweep > n.sweep_id)
GROUP BY ALL ORDER BY ALL
"""


@dataclass(frozen=True, slots=True)
class Shown:
    """Where an experiment stands. ``state``: planned, running, stopped (it cannot run, and ``problem`` says
    why) or ended. ``refs`` are empty texts where the versions are not known. ``verdicts``: by metric."""

    experiment: Experiment
    state: str
    problem: str
    refs: Mapping[ArmName, str]
    assigned: Mapping[ArmName, int]  # requirements whose assessment in force each arm made
    verdicts: Mapping[str, Verdict]


@dataclass(frozen=True, slots=True)
class _Published:
    """What a version made of one tenant's requirements."""

    tenant: str
    prompt_ref: str
    assigned: int
    told: int  # got a verdict
    withheld: int  # it was unsure of, or its quotes were not in the documents


def results(environment: Environment) -> list[dict[str, Any]]:
    """The rows of ``prompt_ab_results``: of each experiment, for each arm and metric. Raises as ``shown``."""
    now = environment.clock()
    return [row for one in shown(environment) for metric in METRICS for row in _rows(one, metric, now)]


def shown(environment: Environment) -> list[Shown]:
    """Every experiment of the data folder, in the file's order.

    Raises ConfigurationError for a file that is wrong, StoreError for a portfolio that cannot be read.
    """
    experiments = load(environment.settings.data)
    if not experiments:
        return []
    opinions = environment.operations.feedback.opinions(history=True)
    return [_shown(environment, experiment, opinions) for experiment in experiments]


def _shown(environment: Environment, experiment: Experiment, opinions: Sequence[Opinion]) -> Shown:
    state, problem, now = _state(environment, experiment)
    judged = _judged(environment, experiment)
    tried = now or _last(experiment, judged)
    published = _published(environment, [s for s, name in judged.items() if tried and name == tried.name])
    refs: Mapping[ArmName, str] = tried.refs if tried else {"A": "", "B": ""}
    assigned = {arm: sum(p.assigned for p in published if p.prompt_ref == refs[arm]) for arm in ARMS}
    spoken = _opinions(environment, experiment, refs, opinions)
    outcomes = {
        "agreement": _said(spoken, agreement=True),
        "disagreement": _said(spoken, agreement=False),
        "withheld": _withheld(published, refs),
    }
    verdicts = {
        metric: verdict(
            experiment,
            outcomes[metric],
            assigned,
            metric=metric,
            higher_is_better=higher,
            ended=state == "ended",
        )
        for metric, higher in METRICS.items()
    }
    return Shown(experiment, state, problem, refs, assigned, verdicts)


def _state(environment: Environment, experiment: Experiment) -> tuple[str, str, Tried | None]:
    """How it stands, what keeps it from running, and what is tried from now on, if anything."""
    day = trials.today(environment.settings)
    if trials.has_ended(experiment, day):
        return "ended", "", None
    try:
        prompts = trials.arms(environment.settings, experiment)
    except RadarError as error:
        return "stopped", str(error), None
    tried = Tried.of(experiment, {arm: prompt.ref for arm, prompt in prompts.items()})
    if not experiment.runs(day):
        return "planned", "", tried
    judges = [environment.judge_for(tenant) for tenant in environment.tenants]
    if not any(isinstance(judge, ModelJudge) for judge in judges):
        return "stopped", _NOBODY_ASKED, tried
    if not any(isinstance(judge, DrawnJudge) for judge in judges):
        return "stopped", _NOBODY_DRAWN, tried
    return "running", "", tried


def _judged(environment: Environment, experiment: Experiment) -> dict[str, str]:
    """The sweeps that judged under the experiment, the oldest first, each with what was tried in it."""
    zone = ZoneInfo(environment.settings.timezone)
    since = datetime.combine(experiment.started, time(), zone) - _DAY
    until = environment.clock() + _DAY
    if experiment.ended is not None:  # a sweep that began before may have ended after
        until = min(until, datetime.combine(experiment.ended, time(), zone) + _DAY)
    found = {}
    for stage in environment.operations.done_stages(since, until):
        tried = Tried.read(str(stage.counts.get("prompt", ""))) if stage.stage == Stage.ASSESSMENTS else None
        if tried is not None and tried.experiment == experiment.id:
            found[stage.sweep_id] = tried.name
    return dict(sorted(found.items()))


def _last(experiment: Experiment, judged: Mapping[str, str]) -> Tried | None:
    """What was tried last, with the versions and weights that the file still says."""
    for name in reversed(list(judged.values())):
        tried = Tried.read(name)
        if (
            tried is not None
            and Tried.of(experiment, tried.refs).name == name
            and _are_arms(experiment, tried)
        ):
            return tried
    return None


def _are_arms(experiment: Experiment, tried: Tried) -> bool:
    keys = {arm: f"{experiment.prompt}@{experiment.arms[arm].version}" for arm in ARMS}
    return all(tried.refs[arm].partition("#")[0] == keys[arm] for arm in ARMS)


# ── Outcomes ──────────────────────────────────────────────────────────────────────────────────


def _published(environment: Environment, sweeps: Sequence[str]) -> list[_Published]:
    home = environment.settings.portfolio
    if not sweeps or storage.shown(home) is None:
        return []
    sql = _PUBLISHED.format(sweeps=", ".join(map(literal, sweeps)))
    return [_Published(*row) for row in warehouse.query(sql, None, home)[1]]


def _withheld(published: Iterable[_Published], refs: Mapping[ArmName, str]) -> list[Outcome]:
    """1 for each requirement that the arm answered without a verdict, 0 for each with one. Where no model
    answered at all, as without quota, that is not the prompt's doing."""
    return [
        Outcome(arm, p.tenant, value)
        for p in published
        for arm in ARMS
        if p.prompt_ref == refs[arm]
        for value, count in ((1.0, p.withheld), (0.0, p.told))
        for _ in range(count)
    ]


def _opinions(
    environment: Environment, experiment: Experiment, refs: Mapping[ArmName, str], opinions: Iterable[Opinion]
) -> dict[tuple[ArmName, str, str], list[str]]:
    """By arm, tenant and requirement the newest word of each person on what that arm said of it.

    What was said of a version before the experiment, or of a requirement that is drawn to the other arm,
    does not count: the arms must differ in nothing but the draw. Nor does a word on an abstention, with
    which nobody can agree.
    """
    newest: dict[tuple[ArmName, str, str], dict[str, str]] = {}
    zone = ZoneInfo(environment.settings.timezone)
    for o in opinions:
        arm = arm_of(experiment, o.tenant, o.requirement_id)
        fits = o.prompt_ref == refs[arm] and o.verdict != Assessed.NOT_ASSESSED
        if fits and o.prompt_ref and experiment.runs(o.at.astimezone(zone).date()):
            newest.setdefault((arm, o.tenant, o.requirement_id), {})[o.who] = o.opinion
    return {key: list(by_person.values()) for key, by_person in newest.items()}


def _said(spoken: Mapping[tuple[ArmName, str, str], Sequence[str]], *, agreement: bool) -> list[Outcome]:
    """Of each requirement the share of those who agree among the decided, or who disagree among all."""
    found = []
    for (arm, tenant, _), words in spoken.items():
        counts = Counter(words)
        of = sum(counts[word] for word in _SPOKEN) if agreement else len(words)
        if of:
            found.append(Outcome(arm, tenant, counts["agree" if agreement else "disagree"] / of))
    return found


# ── Rows ──────────────────────────────────────────────────────────────────────────────────────


def _rows(one: Shown, metric: str, now: datetime) -> list[dict[str, Any]]:
    found, b = one.verdicts[metric], one.experiment.share_of_b
    return [
        {
            "experiment": one.experiment.id,
            "arm": arm,
            "use_case": one.experiment.use_case.value,
            "prompt_ref": one.refs[arm],
            "weight": b if arm == "B" else 1.0 - b,
            "assigned": one.assigned[arm],
            "sample_ratio_p": found.sample_ratio,
            "metric": metric,
            "value": found.arms[arm].value,
            "low": found.arms[arm].low,
            "high": found.arms[arm].high,
            "n": found.arms[arm].n,
            "clusters": found.arms[arm].clusters,
            "verdict": found.says,
            "computed_at": now,
        }
        for arm in ARMS
    ]
