"""The tables of prompts and of how good they are: mirrored one way, and only in the portfolio.

Made from the prompt files, the evaluation runs, experiments and what analysts said, and to be made from
them again at any time. They hold ids, words of closed sets and numbers; of a tenant's own cases and of its
feedback neither a sentence nor a person's name. The local judge stands among the prompts, as ``local``.
"""

from radar_pipeline.storage.schema import FRAMEWORK, REQUIREMENT, TENANT, Column, Life, Table

SIMULATED = Column(
    "simulated", "BOOLEAN", "The fake provider answered: the figures tell nothing of any model."
)
EVALUATED_AT = Column("evaluated_at", "TIMESTAMPTZ", "When the run ended.", volatile=True)
USE_CASE = Column("use_case", "VARCHAR", "judge, ask, decompose, contradict or evaluate.")
PROMPT_KEY = Column("prompt_key", "VARCHAR", "name@version; local@ and its rules for the local judge.")
PROMPT_REF = Column("prompt_ref", "VARCHAR", "name@version#sha, as assessments name their prompt.")
RUN = Column("run_id", "VARCHAR", "The evaluation run; the same for the same prompt, model and cases.")
MODEL = Column("model", "VARCHAR", "Identity of the model that was asked, or of the local judge.")
DATASET = Column("dataset", "VARCHAR", "Digest of the cases, 16 digits.")


def _figure(name: str, what: str) -> tuple[Column, Column, Column]:
    """A figure's columns with its 95% interval."""
    return (
        Column(name, "DOUBLE", f"{what}; NULL without a live evaluation."),
        Column(f"{name}_low", "DOUBLE", "Lower end of its 95% interval; NULL where the data do not tell."),
        Column(f"{name}_high", "DOUBLE", "Upper end of it."),
    )


PROMPT_VERSIONS = Table(
    "prompt_versions",
    "Every version in the folder of prompts, and every rule set of the local judge that was evaluated, with "
    "its life and its record: figures of its newest complete live run, or of the file beside it.",
    Life.MIRROR,
    ("use_case", "prompt_key"),
    (
        USE_CASE,
        Column("name", "VARCHAR", "Name of the prompt; local for the local judge."),
        Column("variant", "VARCHAR", "Whose view it takes, such as auditor; empty for the usual one."),
        Column("version", "VARCHAR", "major.minor.patch; the rule set for the local judge."),
        PROMPT_KEY,
        PROMPT_REF,
        Column("sha", "VARCHAR", "SHA-256 of the content without its status, 64 digits."),
        Column("status", "VARCHAR", "draft, active or deprecated."),
        Column(
            "status_history",
            "VARCHAR[]",
            "Each status and content that was seen, the oldest first: moment (UTC), status and #sha.",
        ),
        Column("first_seen_at", "TIMESTAMPTZ", "When the version was first seen.", volatile=True),
        Column(
            "commit",
            "VARCHAR",
            "Git commit that last changed its file; empty outside a repository and for a file with changes "
            "that are not committed.",
        ),
        Column("owner", "VARCHAR", "Who answers for it, from the file."),
        Column("framework", "VARCHAR", "Framework that it is written for, from the file, or any."),
        Column("route", "VARCHAR", "Route of models.yaml that it is sent to; empty for the local judge."),
        Column("description", "VARCHAR", "What it is for, from the file."),
        Column("changelog", "VARCHAR[]", "What each version changed, from the file."),
        Column("evaluation", "VARCHAR", "Its record in one line, or 'not evaluated'."),
        Column("n", "INTEGER", "Cases of that evaluation; NULL without one, as all that follows."),
        DATASET,
        *_figure("accuracy", "Share of cases answered rightly, 0 to 1"),
        *_figure("citation_rate", "Share of answers that need a verified quote and have one, 0 to 1"),
        *_figure("hallucination_rate", "Share of quotes given that stand in no document, 0 to 1"),
        *_figure("latency_p50_ms", "Median time of a live call in milliseconds"),
        *_figure("latency_p95_ms", "95th percentile of that time"),
        *_figure("cost_per_request_usd", "Mean cost of a live call in US dollars"),
        *_figure("satisfaction", "Share of yes in what analysts said of its assessments, 0 to 1"),
        Column("evaluated_model", "VARCHAR", "Model of that evaluation."),
        Column("judge_version", "VARCHAR", "Digest of the scorers of that evaluation."),
        Column("evaluated_on", "DATE", "Day of that evaluation.", volatile=True),
    ),
    scoped=False,
)

RESULTS = Table(
    "prompt_eval_results",
    "Every case of the newest run, live and simulated, of each version: one row for each scorer. A tenant's "
    "own cases come without words of theirs.",
    Life.MIRROR,
    ("run_id", "tenant_id", "case_id", "repeat", "scorer"),
    (
        RUN,
        Column("tenant_id", "VARCHAR", "Slug of the tenant whose case it is; empty for the project's own."),
        USE_CASE,
        PROMPT_KEY,
        PROMPT_REF,
        MODEL,
        DATASET,
        Column("case_id", "VARCHAR", "Id of the case, one within its use case."),
        Column("case_sha", "VARCHAR", "Digest of all it asks and expects, 16 digits."),
        Column("source", "VARCHAR", "Document that cases share: the cluster. A digest for a tenant's case."),
        Column("severity", "VARCHAR", "critical, major or minor."),
        Column("tags", "VARCHAR[]", "What the case tries; empty for a tenant's case."),
        Column("repeat", "INTEGER", "Which time it was asked, from 1."),
        Column("scorer", "VARCHAR", "Which scorer."),
        Column("scorer_sha", "VARCHAR", "Digest of that scorer's code."),
        Column("value", "DOUBLE", "The score, in the scorer's unit; NULL if it could not be given."),
        Column("passed", "BOOLEAN", "Whether the case passes as a whole; NULL if that cannot be told."),
        Column(
            "answer",
            "VARCHAR",
            "What was found, as a word such as partial; empty where it takes more, and for a tenant's case.",
        ),
        Column("error", "VARCHAR", "Kind of error where no answer came; empty otherwise."),
        SIMULATED,
        EVALUATED_AT,
    ),
    scoped=False,
)

SCORES = Table(
    "prompt_eval_scores",
    "The scores of every run, with their intervals: how each version did over time.",
    Life.MIRROR,
    ("run_id", "metric"),
    (
        RUN,
        USE_CASE,
        PROMPT_KEY,
        PROMPT_REF,
        MODEL,
        DATASET,
        Column("metric", "VARCHAR", "Name of the scorer; latency as p50 and p95."),
        Column("value", "DOUBLE", "The figure, in the scorer's unit; NULL if nothing could be measured."),
        Column("low", "DOUBLE", "Lower end of its 95% interval; NULL where the data do not tell."),
        Column("high", "DOUBLE", "Upper end of it."),
        Column("n", "INTEGER", "Cases behind it."),
        Column("clusters", "INTEGER", "Sources they come from."),
        Column("unasked", "INTEGER", "Cases of the run that were not asked, as when the money was used up."),
        SIMULATED,
        EVALUATED_AT,
    ),
    scoped=False,
)

COMPARISON = Table(
    "prompt_comparison",
    "The newest run of each version against that of the active one of its name and variant (of the active "
    "one: against the version before): paired differences, and what the gate says of it.",
    Life.MIRROR,
    ("use_case", "candidate", "simulated", "metric"),
    (
        USE_CASE,
        Column("candidate", "VARCHAR", "name@version#sha of the version in question."),
        Column("active", "VARCHAR", "name@version#sha it is compared with; empty if there is none."),
        Column(
            "metric", "VARCHAR", "Name of the scorer; * in the one row without a version to compare with."
        ),
        Column("difference", "DOUBLE", "candidate - active on the same cases; NULL if it cannot be told."),
        Column("low", "DOUBLE", "Lower end of its 95% interval; NULL where the data do not tell."),
        Column("high", "DOUBLE", "Upper end of it."),
        Column("n", "INTEGER", "Cases that both answered."),
        Column("clusters", "INTEGER", "Sources they come from."),
        Column(
            "needed",
            "INTEGER",
            "How many more cases would decide; 0 where it is decided, NULL where that cannot be told.",
        ),
        Column("gate_passed", "BOOLEAN", "Whether the gate lets the candidate become active."),
        Column("gate_says", "VARCHAR", "Why, in one paragraph."),
        SIMULATED,
        Column("compared_at", "TIMESTAMPTZ", "When the later of both runs ended.", volatile=True),
    ),
    scoped=False,
)

AB_RESULTS = Table(
    "prompt_ab_results",
    "Experiments in production: which arm did better by what analysts said and by what it withheld.",
    Life.MIRROR,
    ("experiment", "arm", "metric"),
    (
        Column("experiment", "VARCHAR", "Id in experiments.yaml."),
        Column("arm", "VARCHAR", "A or B."),
        USE_CASE,
        PROMPT_REF,
        Column("weight", "DOUBLE", "Share of requirements that the arm should have, 0 to 1."),
        Column("assigned", "INTEGER", "Requirements that it has."),
        Column(
            "sample_ratio_p",
            "DOUBLE",
            "How likely so uneven a split of the requirements is by chance; under 0.001 the experiment is "
            "broken.",
        ),
        Column("metric", "VARCHAR", "agreement, disagreement or withheld: a share, 0 to 1."),
        Column("value", "DOUBLE", "The arm's figure; NULL if nothing is known."),
        Column("low", "DOUBLE", "Lower end of its 95% interval; NULL where the data do not tell."),
        Column("high", "DOUBLE", "Upper end of it."),
        Column("n", "INTEGER", "Assessments behind it."),
        Column("clusters", "INTEGER", "Tenants they come from."),
        Column("verdict", "VARCHAR", "A, B, no difference that matters, or not enough data (need n)."),
        Column("computed_at", "TIMESTAMPTZ", "When it was computed.", volatile=True),
    ),
    scoped=False,
)

FEEDBACK = Table(
    "assessment_feedback",
    "What analysts said of assessments: the newest word of each on each requirement.",
    Life.MIRROR,
    ("tenant_id", "requirement_id", "given_by"),
    (
        TENANT,
        FRAMEWORK,
        REQUIREMENT,
        Column("opinion", "VARCHAR", "agree, disagree or unsure."),
        Column("suggested_verdict", "VARCHAR", "The verdict they would give; empty if they named none."),
        Column("verdict_then", "VARCHAR", "The verdict it was said of."),
        Column("confidence_then", "DOUBLE", "Its confidence; NULL if not known."),
        Column("judge", "VARCHAR", "Judge that gave it: local or llm."),
        Column("prompt_ref", "VARCHAR", "name@version#sha; empty for the local judge."),
        Column("given_by", "VARCHAR", "Digest of who said it: the name stays with the tenant."),
        Column("given_at", "TIMESTAMPTZ", "When it was said.", volatile=True),
    ),
)

MIRRORED: tuple[Table, ...] = (PROMPT_VERSIONS, RESULTS, SCORES, COMPARISON, AB_RESULTS, FEEDBACK)
OF_TENANTS: tuple[Table, ...] = tuple(t for t in MIRRORED if "tenant_id" in {c.name for c in t.columns})
