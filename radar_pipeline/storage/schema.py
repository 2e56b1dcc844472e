"""The report tables: names, columns, meanings. A public contract, and the one place it is kept.

From this page come the DDL with its comments, ``docs/tables.md``, the projection without any
tenant's text that reaches the portfolio, and the digest that tells whether two stores hold the same.
"""

from dataclasses import dataclass
from enum import StrEnum


class Life(StrEnum):
    """How a table keeps time."""

    HISTORY = "history"  # a row is written when it changes; valid_from_sweep .. valid_to_sweep
    EVENTS = "events"  # rows are only ever added
    CURRENT = "current"  # replaced whole, per framework, by each publication
    DAILY = "daily"  # by day: those of the last days are computed anew, earlier ones stay
    MIRROR = "mirror"  # made whole from files and stores elsewhere, and anew when these change


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``private`` holds a tenant's text; ``volatile`` a clock, a run id or how a run went."""

    name: str
    type: str
    comment: str
    private: bool = False
    volatile: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One report table. ``key`` names the columns that identify a row at one moment.

    ``scoped``: rows belong to one framework and are only touched by its sweeps.
    """

    name: str
    comment: str
    life: Life
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    scoped: bool = True

    @property
    def shared(self) -> tuple[Column, ...]:
        """The columns that may leave the tenant's folder."""
        return tuple(c for c in self.columns if not c.private)


TENANT = Column("tenant_id", "VARCHAR", "Slug of the tenant.")
FRAMEWORK = Column("framework_id", "VARCHAR", "Id of the framework, such as gdpr.")
REQUIREMENT = Column("requirement_id", "VARCHAR", "Requirement as framework:ref, the same in every version.")
QUESTION = Column("question_id", "VARCHAR", "The standing question: its id in tenants.yaml, or a hash.")
SWEEP = Column("sweep_id", "VARCHAR", "Sweep that wrote the row.", volatile=True)

VALIDITY = (
    Column("valid_from_sweep", "VARCHAR", "First published sweep that saw this row.", volatile=True),
    Column(
        "valid_to_sweep", "VARCHAR", "Sweep that replaced or removed it; NULL while current.", volatile=True
    ),
)

TABLES: tuple[Table, ...] = (
    Table(
        "requirements",
        "The requirements in force, in our own words, as the sweep read them.",
        Life.HISTORY,
        ("requirement_id",),
        (
            TENANT,
            FRAMEWORK,
            REQUIREMENT,
            Column("ref", "VARCHAR", "Reference as cited, such as Art. 33(1)."),
            Column("title", "VARCHAR", "Short title."),
            Column("text", "VARCHAR", "The duty, paraphrased by the catalog's author."),
            Column("citation", "VARCHAR", "Where the rule stands."),
            Column("domain", "VARCHAR", "Group of the catalog."),
            Column("importance", "INTEGER", "1, 2, 3 or 5; the weight in the score."),
            Column("expected_document", "VARCHAR", "Where an auditor would look for it."),
            Column(
                "implementation_groups",
                "VARCHAR[]",
                "The publisher's own groups, such as required or addressable; empty if it has none.",
            ),
            Column("framework_version", "VARCHAR", "Version of the catalog."),
            Column("requirement_hash", "VARCHAR", "Hash of all that search and judge see of it."),
        ),
    ),
    Table(
        "elements",
        "The atomic parts of each requirement: actor, action, object, deadline, condition.",
        Life.HISTORY,
        ("requirement_id", "element_id"),
        (
            TENANT,
            FRAMEWORK,
            REQUIREMENT,
            Column("element_id", "VARCHAR", "Role and ordinal, such as deadline-1."),
            Column("role", "VARCHAR", "actor, action, object, deadline or condition."),
            Column("text", "VARCHAR", "The part in the catalog's words."),
        ),
    ),
    Table(
        "documents",
        "Every source file of the tenant at the time of the sweep, read or not.",
        Life.HISTORY,
        ("document_id",),
        (
            TENANT,
            Column("document_id", "VARCHAR", "Stable id of the source file (hash of its path)."),
            Column("version_id", "VARCHAR", "Content and parser; changes when either does."),
            Column("path", "VARCHAR", "Path within the tenant's source.", private=True),
            Column("title", "VARCHAR", "Title the document gives itself.", private=True),
            Column("document_version", "VARCHAR", "Version the document gives itself.", private=True),
            Column("owner", "VARCHAR", "Owner the document names.", private=True),
            Column("author", "VARCHAR", "Author the document or its file names.", private=True),
            Column("approved_by", "VARCHAR", "Who approved it, as it says.", private=True),
            Column("approved_on", "DATE", "When it was approved, as it says."),
            Column("language", "VARCHAR", "Language of its text, ISO 639-1; empty if unknown."),
            Column(
                "read_from",
                "VARCHAR",
                "JSON: for each field that is known of it, where it was read.",
                private=True,
            ),
            Column(
                "kind", "VARCHAR", "regulation, policy, procedure, audit_report, contract, technical, record."
            ),
            Column("status", "VARCHAR", "approved, draft, superseded or unknown."),
            Column("readable", "BOOLEAN", "False: nothing in it was searched; see reason."),
            Column("reason", "VARCHAR", "Why it could not be read, from a closed set; NULL when readable."),
            Column("media_type", "VARCHAR", "Detected format."),
            Column("parser", "VARCHAR", "Parser that read it, name@version."),
            Column("pages", "INTEGER", "Pages, 0 where the format has none."),
            Column("scanned_pages", "INTEGER[]", "Pages that are pictures: nothing on them was read."),
            Column("ocr_pages", "INTEGER[]", "Pages that are pictures whose text was recognised."),
            Column("needs_ocr", "BOOLEAN", "Most of its pages are pictures: no blindspot rests on it."),
            Column("characters", "BIGINT", "Length of the canonical text in code points."),
            Column("passages", "INTEGER", "Passages cut from it."),
            Column("effective_date", "DATE", "Date the document says it takes effect."),
            Column("review_by", "DATE", "Date by which it says it must be reviewed."),
            Column(
                "overdue",
                "BOOLEAN",
                "The review date had passed on the sweep's as-of date; no superseded document.",
            ),
            Column("content_hash", "VARCHAR", "SHA-256 of the file's bytes, shortened."),
            Column("container", "VARCHAR", "Document id of the archive or message it came in, else empty."),
            Column("superseded_by", "VARCHAR", "Document id of its newer version, else empty."),
            Column("duplicate_of", "VARCHAR", "Document id of its better copy, else empty."),
            Column(
                "instructing_places",
                "INTEGER",
                "Places at which it instructs a reader's machine; what stands there is no evidence.",
            ),
            Column(
                "missing_since",
                "TIMESTAMPTZ",
                "First listing without it, while its removal awaits confirmation; else NULL.",
                volatile=True,
            ),
        ),
        scoped=False,
    ),
    Table(
        "assessments",
        "The verdict on each requirement in scope, with its decision record.",
        Life.HISTORY,
        ("requirement_id",),
        (
            TENANT,
            FRAMEWORK,
            REQUIREMENT,
            Column("verdict", "VARCHAR", "covered, partial, contradicted, not_addressed or not_assessed."),
            Column("reason", "VARCHAR", "Why not_assessed, from a closed set; else NULL."),
            Column("suggested_verdict", "VARCHAR", "The leaning when not_assessed, if any."),
            Column(
                "applicability", "VARCHAR", "applicable, not_applicable or unknown (counts as applicable)."
            ),
            Column("not_applicable_why", "VARCHAR", "Reason given in tenants.yaml.", private=True),
            Column("confidence", "DOUBLE", "Probability that the verdict is right, calibrated; 0 to 1."),
            Column("needs_review", "BOOLEAN", "The verdict stands, but a person should look."),
            Column("p_covered", "DOUBLE", "Score of covered, 0 to 1; the four sum to 1."),
            Column("p_partial", "DOUBLE", "Score of partial."),
            Column("p_contradicted", "DOUBLE", "Score of contradicted."),
            Column("p_not_addressed", "DOUBLE", "Score of not_addressed."),
            Column("explanation", "VARCHAR", "One or two sentences on why.", private=True),
            Column("missing_elements", "VARCHAR[]", "Element ids without support."),
            Column("evidence_count", "INTEGER", "Verified quotes behind the verdict."),
            Column("judge", "VARCHAR", "Which judge spoke: local or llm."),
            Column("judge_model", "VARCHAR", "Model or rule set, with the embedder it reads through."),
            Column("prompt_ref", "VARCHAR", "name@version#sha; empty for the local judge."),
            Column("prompt_evaluation", "VARCHAR", "Evaluation of that prompt, or 'not evaluated'."),
            Column("calibration", "VARCHAR", "Version of the confidence calibration."),
            Column("judgement_key", "VARCHAR", "Hash of requirement, candidate set and judge."),
            Column("requirement_hash", "VARCHAR", "Hash of the requirement as judged."),
            Column("embedder", "VARCHAR", "Identity of the embedding model."),
            Column("retrieval", "VARCHAR", "Identity of the retrieval configuration."),
            Column("candidates", "VARCHAR[]", "Hashes of the passages the judge saw, sorted."),
            Column("candidate_documents", "VARCHAR[]", "Documents those passages come from."),
            Column("search_queries", "VARCHAR[]", "What was asked of the corpus."),
            Column("passages_searched", "INTEGER", "How many passages the search compared."),
            Column("documents_searched", "INTEGER", "How many documents they came from."),
            Column("tokens_in", "BIGINT", "Tokens sent to a model for this judgement."),
            Column("tokens_out", "BIGINT", "Tokens it answered with."),
            Column("cost_usd", "DOUBLE", "What the judgement cost when it was made."),
        ),
    ),
    Table(
        "assessment_elements",
        "What was found for each element of each requirement.",
        Life.HISTORY,
        ("requirement_id", "element_id"),
        (
            TENANT,
            FRAMEWORK,
            REQUIREMENT,
            Column("element_id", "VARCHAR", "Role and ordinal."),
            Column("status", "VARCHAR", "met, missing, contradicted or not_needed."),
            Column("score", "DOUBLE", "Strength of its best support, 0 to 1."),
            Column("note", "VARCHAR", "What was compared, such as 120 hours against 72.", private=True),
        ),
    ),
    Table(
        "evidence",
        "Verified quotes: each is literally in the document version it names.",
        Life.HISTORY,
        ("evidence_id",),
        (
            TENANT,
            FRAMEWORK,
            REQUIREMENT,
            Column("evidence_id", "VARCHAR", "Hash of requirement, document version and offsets."),
            Column(
                "stance",
                "VARCHAR",
                "supports, contradicts, or conflicts: a side of a conflict between documents, no proof.",
            ),
            Column("element_ids", "VARCHAR[]", "Elements it speaks to."),
            Column("document_id", "VARCHAR", "The source file."),
            Column("version_id", "VARCHAR", "The version whose canonical text holds the quote."),
            Column("path", "VARCHAR", "Path within the tenant's source.", private=True),
            Column("page", "INTEGER", "Page, 0 where the format has none."),
            Column("heading_path", "VARCHAR[]", "Headings above the quote.", private=True),
            Column("start_offset", "BIGINT", "First code point in the canonical text."),
            Column("end_offset", "BIGINT", "One past the last code point."),
            Column("quote", "VARCHAR", "The quote, literally.", private=True),
            Column("citation", "VARCHAR", "Document, section and page, as one would cite it.", private=True),
            Column("ocr", "BOOLEAN", "Some of it was recognised in a picture of the page."),
            Column(
                "noisy",
                "BOOLEAN",
                "The judge's wording differed by noise, as in scans; the quote is the document's own.",
            ),
            Column("quote_hash", "VARCHAR", "Hash of the quote."),
            Column("score", "DOUBLE", "Strength, 0 to 1."),
        ),
    ),
    Table(
        "search_results",
        "The passages nearest to each requirement at its last assessment: the search record.",
        Life.CURRENT,
        ("requirement_id", "rank"),
        (
            TENANT,
            FRAMEWORK,
            REQUIREMENT,
            Column("rank", "INTEGER", "1 is nearest."),
            Column("passage_hash", "VARCHAR", "Hash of the passage."),
            Column("document_id", "VARCHAR", "The source file."),
            Column("version_id", "VARCHAR", "Its version."),
            Column("path", "VARCHAR", "Path within the tenant's source.", private=True),
            Column("start_offset", "BIGINT", "First code point in the canonical text."),
            Column("end_offset", "BIGINT", "One past the last code point."),
            Column("text", "VARCHAR", "The passage.", private=True),
            Column("citation", "VARCHAR", "Document, section and page, as one would cite it.", private=True),
            Column("score", "DOUBLE", "Fused score."),
            Column("dense", "DOUBLE", "Cosine similarity to the best of the queries."),
            Column("lexical", "DOUBLE", "Full-text score, normalised to 0 to 1."),
        ),
    ),
    Table(
        "findings",
        "What is worth acting on, with a stable fingerprint and a life across sweeps.",
        Life.HISTORY,
        ("fingerprint",),
        (
            TENANT,
            FRAMEWORK,
            REQUIREMENT,
            Column(
                "fingerprint",
                "VARCHAR",
                "Tenant, requirement, element and kind, hashed: the same every night.",
            ),
            Column("element_id", "VARCHAR", "The element in question, empty for the whole requirement."),
            Column("document_id", "VARCHAR", "The document in question, empty if none."),
            Column(
                "kind",
                "VARCHAR",
                "blindspot, gap, contradiction, conflict, stale, ownerless, superseded, duplicate, "
                "unreadable or injection.",
            ),
            Column("severity", "INTEGER", "1 to 5, 5 gravest; from the requirement's importance."),
            Column("status", "VARCHAR", "new, persisting, resolved, regressed or suppressed."),
            Column("title", "VARCHAR", "What is wrong, in one line.", private=True),
            Column(
                "recommendation",
                "VARCHAR",
                "amend, create, link, obtain_evidence, resolve_conflict, refresh, assign_owner or retire.",
            ),
            Column("advice", "VARCHAR", "What to do next.", private=True),
            Column("first_seen_sweep", "VARCHAR", "Published sweep that first reported it.", volatile=True),
            Column("times_seen", "INTEGER", "How often it appeared: 2 after one regression."),
        ),
    ),
    Table(
        "finding_events",
        "Each step in a finding's life.",
        Life.EVENTS,
        ("fingerprint", "sweep_id"),
        (
            TENANT,
            FRAMEWORK,
            Column("fingerprint", "VARCHAR", "The finding."),
            SWEEP,
            Column("event", "VARCHAR", "new, resolved, regressed or suppressed."),
        ),
    ),
    Table(
        "verdict_changes",
        "Verdicts that differ from the previous published sweep, and why.",
        Life.EVENTS,
        ("requirement_id", "sweep_id"),
        (
            TENANT,
            FRAMEWORK,
            REQUIREMENT,
            SWEEP,
            Column("from_verdict", "VARCHAR", "Verdict before; NULL if it was not assessed by any sweep."),
            Column("to_verdict", "VARCHAR", "Verdict now."),
            Column("causes", "VARCHAR[]", "From a closed set; several are allowed."),
            Column("document_ids", "VARCHAR[]", "Documents that caused it, if any did."),
        ),
    ),
    Table(
        "framework_scores",
        "Score of the tenant under each framework; can be recomputed from assessments and requirements.",
        Life.HISTORY,
        ("framework_id",),
        (
            TENANT,
            FRAMEWORK,
            Column("score", "DOUBLE", "0 to 100; NULL when over 20% of the importance is not assessed."),
            Column("formula", "VARCHAR", "Version of the formula."),
            Column("importance", "INTEGER", "Sum of importance over applicable requirements."),
            Column("importance_not_assessed", "INTEGER", "The part of it that is not assessed."),
            Column("covered", "INTEGER", "Requirements covered."),
            Column("partial", "INTEGER", "Requirements partly covered."),
            Column("contradicted", "INTEGER", "Requirements contradicted."),
            Column("not_addressed", "INTEGER", "Blindspots."),
            Column("not_assessed", "INTEGER", "Requirements that could not be assessed."),
            Column("not_applicable", "INTEGER", "Requirements that do not apply."),
        ),
    ),
    Table(
        "standing_answers",
        "The answers to the tenant's standing questions: how each ended, and how much of it has support.",
        Life.HISTORY,
        ("question_id",),
        (
            TENANT,
            QUESTION,
            Column("question", "VARCHAR", "The question, as it stands in tenants.yaml.", private=True),
            Column("question_hash", "VARCHAR", "Hash of the question."),
            Column("answer_id", "VARCHAR", "What `radar rate` names the answer by."),
            Column("state", "VARCHAR", "answered, cut_short, or not_answered: quotes and verdicts instead."),
            Column("why", "VARCHAR", "Why not answered or not in full, from a closed set; else NULL."),
            Column("note", "VARCHAR", "The same in words, with what mends it; else empty.", private=True),
            Column("not_answered", "VARCHAR", "What the sources do not tell, as it says.", private=True),
            Column("sentences", "INTEGER", "Lines of the answer: sentences, or quotes and verdicts instead."),
            Column("unsupported", "INTEGER", "Sentences marked because nothing carries them."),
            Column("quotes", "INTEGER", "Verified quotes behind the answer."),
            Column("model", "VARCHAR", "Provider and model that answered; empty if none did."),
            Column("prompt_ref", "VARCHAR", "name@version#sha; empty if no model was asked."),
            Column("answered_on", "DATE", "As-of date of the sweep that asked.", volatile=True),
            Column("tokens_in", "BIGINT", "Tokens sent to a model for this answer.", volatile=True),
            Column("tokens_out", "BIGINT", "Tokens it answered with.", volatile=True),
            Column("cost_usd", "DOUBLE", "What the answer cost when it was made.", volatile=True),
        ),
        scoped=False,
    ),
    Table(
        "standing_answer_sentences",
        "The lines of each standing answer, each with what it rests on or why it is marked.",
        Life.HISTORY,
        ("question_id", "ordinal"),
        (
            TENANT,
            QUESTION,
            Column("ordinal", "INTEGER", "Place in the answer, from 1."),
            Column("kind", "VARCHAR", "sentence of a model; quote or assessment, shown instead of prose."),
            Column("text", "VARCHAR", "The line.", private=True),
            Column("unsupported", "VARCHAR", "Why nothing carries it, from a closed set; else NULL."),
            Column("assessments", "VARCHAR[]", "Requirements whose verdict it tells."),
            Column("quotes", "INTEGER[]", "Numbers of the quotes it rests on."),
        ),
        scoped=False,
    ),
    Table(
        "standing_answer_quotes",
        "Verified quotes behind standing answers: each is literally in the document version it names.",
        Life.HISTORY,
        ("question_id", "evidence_id"),
        (
            TENANT,
            QUESTION,
            Column("evidence_id", "VARCHAR", "Hash of question, document version and offsets."),
            Column("number", "INTEGER", "The answer's number for it, from 1."),
            Column("document_id", "VARCHAR", "The source file."),
            Column("version_id", "VARCHAR", "The version whose canonical text holds the quote."),
            Column("path", "VARCHAR", "Path within the tenant's source.", private=True),
            Column("page", "INTEGER", "Page, 0 where the format has none."),
            Column("heading_path", "VARCHAR[]", "Headings above the quote.", private=True),
            Column("start_offset", "BIGINT", "First code point in the canonical text."),
            Column("end_offset", "BIGINT", "One past the last code point."),
            Column("quote", "VARCHAR", "The quote, literally.", private=True),
            Column("citation", "VARCHAR", "Document, section and page, as one would cite it.", private=True),
            Column("ocr", "BOOLEAN", "Some of it was recognised in a picture of the page."),
            Column("noisy", "BOOLEAN", "The model's wording differed by noise; the quote is the document's."),
            Column("quote_hash", "VARCHAR", "Hash of the quote."),
        ),
        scoped=False,
    ),
    Table(
        "sweeps",
        "Each publication: the sweep that made this framework's rows visible.",
        Life.EVENTS,
        ("framework_id", "sweep_id"),
        (
            TENANT,
            FRAMEWORK,
            SWEEP,
            Column("as_of", "DATE", "The date the sweep judged clocks by.", volatile=True),
            Column("published_at", "TIMESTAMPTZ", "When it became visible.", volatile=True),
            Column("input_key", "VARCHAR", "Tenant key: equal keys mean nothing to do."),
            Column("documents", "INTEGER", "Documents listed."),
            Column("unreadable", "INTEGER", "Documents that could not be read."),
            Column("judged", "INTEGER", "Requirements judged anew.", volatile=True),
            Column("reused", "INTEGER", "Requirements whose judgement was reused.", volatile=True),
            Column("cost_usd", "DOUBLE", "What the sweep's judging cost.", volatile=True),
        ),
    ),
)

BY_NAME = {table.name: table for table in TABLES}
