"""What must hold of the published tables: for each check its rows, as SQL, and its rules.

Derived columns turn rules over several columns or tables into plain expectations on one. Each tells
of a fault, so it is false where all is well, and NULL where there is no row.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from radar_pipeline.defs import expectations as ge
from radar_pipeline.defs.expectations import Rule
from radar_pipeline.models import (
    Applicability,
    Cause,
    FindingKind,
    FindingStatus,
    Kind,
    Reason,
    Recommendation,
    Stance,
    Status,
    UnreadableReason,
    Verdict,
)
from radar_pipeline.questions.answers import State, Why

TENANTS = "looked"  # the tenants that a look is about: a table of their slugs, given by who asks


@dataclass(frozen=True, slots=True)
class Look:
    """The rows of some tenants, and what must hold of them.

    ``sql`` follows the table of the tenants: a SELECT, or first more tables of its own.
    ``fewest``: a query for the number of rows there are at least, told from elsewhere than the rows.
    """

    sql: str
    fewest: str
    rules: tuple[Rule, ...]

    def for_tenants(self, slugs: Sequence[str], query: str = "") -> str:
        """A query (else that for the rows) about these tenants. Slugs hold no quote."""
        listed = ", ".join(f"('{slug}')" for slug in slugs)
        return f"WITH {TENANTS}(tenant_id) AS (VALUES {listed}) {query or self.sql}"


_ONE_EACH = f"SELECT count(*) FROM {TENANTS}"

DOCUMENTS = Look(
    sql=f"""
SELECT t.tenant_id, d.document_id, version_id, kind, status, readable, reason, pages, characters, passages,
       d.document_id IS NULL AS absent,
       NOT readable AND reason IS NULL AS unexplained,
       readable AND reason IS NOT NULL AS excused,
       readable AND media_type <> 'application/zip' AND (characters = 0 OR passages = 0) AS hollow,
       NOT readable AND passages > 0 AS searched,
       NOT bool_or(coalesce(readable AND passages > 0, false)) OVER (PARTITION BY t.tenant_id) AS dark
FROM {TENANTS} t LEFT JOIN documents d ON d.tenant_id = t.tenant_id
""",
    fewest=_ONE_EACH,
    rules=(
        ge.never("a tenant has documents", "absent"),
        ge.unique("a document is listed once", ge.TENANT, "document_id"),
        *ge.known("document_id", "version_id", "readable"),
        ge.among("the kind is one of ours", "kind", Kind),
        ge.among("the status is one of ours", "status", Status),
        ge.among("the reason is one of ours", "reason", UnreadableReason),
        ge.between("pages are counted from zero", "pages", 0),
        ge.between("the length is counted from zero", "characters", 0),
        ge.never("what could not be read says why", "unexplained"),
        ge.never("what was read has no reason not to be", "excused"),
        ge.never("what was read has text and passages", "hollow"),
        ge.never("what could not be read was not searched", "searched"),
        ge.never("some document of a tenant could be read", "dark", serious=False),
    ),
)

# What the rules on verdicts ask of an assessment. The page must not be shown where these fail.
_VERDICT_FAULTS = """
       verdict = 'not_assessed' AND reason IS NULL
         AND applicability IS DISTINCT FROM 'not_applicable' AS unexplained,
       verdict IN ('covered', 'partial', 'contradicted') AND coalesce(evidence_count, 0) = 0 AS unproven,
       verdict = 'not_addressed' AND coalesce(passages_searched, 0) = 0 AS unsearched,
       verdict = 'not_addressed' AND coalesce(documents_searched, 0) = 0 AS without_documents,
       verdict = 'not_addressed' AND coalesce(r.documents, 0) = 0 AS without_corpus,
       coalesce(abs(p_covered + p_partial + p_contradicted + p_not_addressed - 1) > 0.01,
         verdict IS NOT NULL) AS unbalanced
"""
_READABLE = (
    "LEFT JOIN (SELECT tenant_id, count(*) AS documents FROM documents WHERE readable GROUP BY tenant_id) r "
    "ON r.tenant_id = t.tenant_id"
)
_VERDICT_RULES = (
    ge.unique("a requirement is assessed once for each tenant", ge.TENANT, "requirement_id"),
    ge.among("the verdict is one of ours", "verdict", Verdict),
    ge.among("the reason is one of ours", "reason", Reason),
    ge.between("confidence is a probability", "confidence", 0, 1),
    *ge.known("requirement_id", "verdict", "confidence"),
    ge.never("what is not assessed says why", "unexplained"),
    ge.never("a verdict from documents has a quote", "unproven"),
    ge.never("a blindspot was searched for", "unsearched"),
    ge.never("a blindspot was searched for in documents", "without_documents"),
    ge.never("an empty corpus has no blindspots", "without_corpus"),
    ge.never("the verdicts' scores add up to one", "unbalanced"),
)

PORTFOLIO = Look(
    sql=f"""
SELECT t.tenant_id, requirement_id, verdict, reason, confidence, {_VERDICT_FAULTS}
FROM {TENANTS} t LEFT JOIN assessments a ON a.tenant_id = t.tenant_id {_READABLE}
""",
    fewest=_ONE_EACH,
    rules=_VERDICT_RULES,
)

ASSESSMENTS = Look(
    sql=f"""
SELECT t.tenant_id, a.requirement_id, verdict, a.reason, suggested_verdict, applicability, confidence,
       evidence_count, passages_searched, documents_searched, cost_usd, {_VERDICT_FAULTS},
       CASE WHEN a.requirement_id IS NOT NULL THEN coalesce(q.quotes, 0) END AS quotes,
       a.requirement_id IS NOT NULL AND n.requirement_id IS NULL AS unbound,
       verdict <> 'not_assessed' AND a.reason IS NOT NULL AS excused,
       verdict = 'not_addressed' AND applicability <> 'not_applicable'
         AND f.requirement_id IS NULL AS untold
FROM {TENANTS} t LEFT JOIN assessments a ON a.tenant_id = t.tenant_id {_READABLE}
LEFT JOIN requirements n ON n.tenant_id = a.tenant_id AND n.requirement_id = a.requirement_id
LEFT JOIN (SELECT tenant_id, requirement_id, count(*) AS quotes FROM evidence
           WHERE stance <> 'conflicts' GROUP BY ALL) q
  ON q.tenant_id = a.tenant_id AND q.requirement_id = a.requirement_id
LEFT JOIN (SELECT DISTINCT tenant_id, requirement_id FROM findings
           WHERE kind = 'blindspot' AND status <> 'resolved') f
  ON f.tenant_id = a.tenant_id AND f.requirement_id = a.requirement_id
""",
    fewest=_ONE_EACH,
    rules=(
        *_VERDICT_RULES,
        ge.among("the leaning is one of ours", "suggested_verdict", Verdict),
        ge.among("the applicability is one of ours", "applicability", Applicability),
        ge.between("searched passages are counted from zero", "passages_searched", 0),
        ge.between("searched documents are counted from zero", "documents_searched", 0),
        ge.between("a judgement costs nothing or more", "cost_usd", 0),
        ge.equal("every counted quote is there", "evidence_count", "quotes"),
        ge.never("what is assessed is a requirement", "unbound"),
        ge.never("a verdict has no reason to be missing", "excused"),
        ge.never("a blindspot is among the findings", "untold"),
    ),
)

EVIDENCE = Look(
    sql=f"""
SELECT t.tenant_id, e.evidence_id, e.requirement_id, e.document_id, e.version_id, quote_hash, stance,
       start_offset, end_offset, page, score, v.characters,
       v.version_id IS NULL AS unheard_of,
       a.requirement_id IS NULL AS unasked,
       v.version_id IS NOT NULL AND now.version_id IS NULL AS outdated
FROM {TENANTS} t JOIN evidence e ON e.tenant_id = t.tenant_id
LEFT JOIN (SELECT tenant_id, document_id, version_id, max(characters) AS characters
           FROM documents_history WHERE readable GROUP BY ALL) v
  ON v.tenant_id = e.tenant_id AND v.document_id = e.document_id AND v.version_id = e.version_id
LEFT JOIN (SELECT DISTINCT tenant_id, document_id, version_id FROM documents) now
  ON now.tenant_id = e.tenant_id AND now.document_id = e.document_id AND now.version_id = e.version_id
LEFT JOIN (SELECT DISTINCT tenant_id, requirement_id FROM assessments) a
  ON a.tenant_id = e.tenant_id AND a.requirement_id = e.requirement_id
""",
    fewest=f"SELECT coalesce(sum(evidence_count), 0) FROM assessments JOIN {TENANTS} USING (tenant_id)",
    rules=(
        ge.unique("a quote is kept once", ge.TENANT, "evidence_id"),
        *ge.known("evidence_id", "requirement_id", "document_id", "version_id", "quote_hash"),
        *ge.known("start_offset", "end_offset"),
        ge.among("the stance is one of ours", "stance", Stance),
        ge.between("a quote starts in its document", "start_offset", 0),
        ge.less("a quote has a length", "start_offset", "end_offset"),
        ge.at_most("a quote ends in its document", "end_offset", "characters"),
        ge.between("a page is counted from zero", "page", 0),
        ge.between("the strength is between 0 and 1", "score", 0, 1),
        ge.never("a quote is from a document that was read", "unheard_of"),
        ge.never("a quote is about what was assessed", "unasked"),
        ge.never("a quote is from a document as it is now", "outdated", serious=False),
    ),
)

ANSWERS = Look(
    sql=f"""
SELECT t.tenant_id, a.question_id, a.state, a.why, a.sentences, a.unsupported, a.quotes,
       coalesce(s.lines, 0) AS lines, coalesce(s.marked, 0) AS marked, coalesce(q.kept, 0) AS kept,
       coalesce(s.unmarked, 0) > 0 AS unmarked, coalesce(s.odd, 0) > 0 AS odd,
       state <> 'answered' AND why IS NULL AS unexplained
FROM {TENANTS} t JOIN standing_answers a ON a.tenant_id = t.tenant_id
LEFT JOIN (SELECT tenant_id, question_id, count(*) AS lines, count(unsupported) AS marked,
                  count(*) FILTER (unsupported IS NULL AND len(quotes) + len(assessments) = 0) AS unmarked,
                  count(*) FILTER (unsupported IS NOT NULL AND len(quotes) + len(assessments) > 0) AS odd
           FROM standing_answer_sentences GROUP BY ALL) s
  ON s.tenant_id = a.tenant_id AND s.question_id = a.question_id
LEFT JOIN (SELECT tenant_id, question_id, count(*) AS kept FROM standing_answer_quotes GROUP BY ALL) q
  ON q.tenant_id = a.tenant_id AND q.question_id = a.question_id
""",
    fewest="SELECT 0",  # most tenants ask nothing
    rules=(
        ge.unique("a question is answered once", ge.TENANT, "question_id"),
        *ge.known("question_id", "state"),
        ge.among("the state is one of ours", "state", State),
        ge.among("the reason is one of ours", "why", Why),
        ge.never("what is not answered says why", "unexplained"),
        ge.never("no sentence without support goes unmarked", "unmarked"),
        ge.never("no marked sentence has support", "odd"),
        ge.equal("every counted sentence is there", "sentences", "lines"),
        ge.equal("every mark is counted", "unsupported", "marked"),
        ge.equal("every counted quote is there", "quotes", "kept"),
    ),
)

FINDINGS = Look(
    sql=f"""
SELECT t.tenant_id, fingerprint, kind, severity, f.status, recommendation, times_seen,
       f.requirement_id <> '' AND r.requirement_id IS NULL AS unfounded,
       f.document_id <> '' AND d.document_id IS NULL AS homeless,
       f.requirement_id = '' AND f.document_id = '' AS about_nothing,
       kind = 'blindspot' AND f.status <> 'resolved' AND coalesce(a.verdict = 'covered', false) AS disproved
FROM {TENANTS} t JOIN findings f ON f.tenant_id = t.tenant_id
LEFT JOIN (SELECT DISTINCT tenant_id, requirement_id FROM requirements_history) r
  ON r.tenant_id = f.tenant_id AND r.requirement_id = f.requirement_id
LEFT JOIN (SELECT DISTINCT tenant_id, document_id FROM documents_history) d
  ON d.tenant_id = f.tenant_id AND d.document_id = f.document_id
LEFT JOIN (SELECT tenant_id, requirement_id, any_value(verdict) AS verdict FROM assessments GROUP BY ALL) a
  ON a.tenant_id = f.tenant_id AND a.requirement_id = f.requirement_id
""",
    fewest=f"""
SELECT count(*) FROM assessments JOIN {TENANTS} USING (tenant_id)
WHERE verdict = 'not_addressed' AND applicability <> 'not_applicable'
""",
    rules=(
        ge.unique("a finding is kept once", ge.TENANT, "fingerprint"),
        *ge.known("fingerprint", "kind", "severity", "status"),
        ge.among("the kind is one of ours", "kind", FindingKind),
        ge.among("the status is one of ours", "status", FindingStatus),
        ge.among("the recommendation is one of ours", "recommendation", Recommendation),
        ge.between("the severity is 1 to 5", "severity", 1, 5),
        ge.between("a finding was seen", "times_seen", 1),
        ge.never("the requirement of a finding exists", "unfounded"),
        ge.never("the document of a finding exists", "homeless"),
        ge.never("a finding is about something", "about_nothing"),
        ge.never("what is covered is no blindspot", "disproved"),
    ),
)

_CAUSES = ", ".join(f"'{cause.value}'" for cause in Cause)

CHANGES = Look(
    sql=f"""
SELECT t.tenant_id, requirement_id, sweep_id, from_verdict, to_verdict,
       coalesce(len(causes), 0) = 0 AS uncaused,
       len(list_filter(causes, lambda cause: cause NOT IN ({_CAUSES}))) > 0 AS oddly_caused,
       from_verdict IS NOT DISTINCT FROM to_verdict AS unchanged
FROM {TENANTS} t JOIN verdict_changes c ON c.tenant_id = t.tenant_id
""",
    fewest="SELECT 0",  # most nights change no verdict
    rules=(
        ge.unique("a verdict changes once in a sweep", ge.TENANT, "requirement_id", "sweep_id"),
        *ge.known("requirement_id", "sweep_id"),
        ge.among("the verdict before is one of ours", "from_verdict", Verdict),
        ge.among("the verdict now is one of ours", "to_verdict", Verdict),
        ge.never("a change has a cause", "uncaused"),
        ge.never("the causes are ours", "oddly_caused"),
        ge.never("a change is one", "unchanged"),
    ),
)

SCORES = Look(
    sql=f"""
, counted AS (
    SELECT a.tenant_id, a.framework_id, a.verdict, importance, applicability = 'not_applicable' AS exempt
    FROM assessments a JOIN requirements r
      ON r.tenant_id = a.tenant_id AND r.requirement_id = a.requirement_id
    JOIN {TENANTS} l ON l.tenant_id = a.tenant_id
),
sums AS (
    SELECT tenant_id, framework_id, count(*) AS assessed,
           count(*) FILTER (NOT exempt AND verdict = 'covered') AS covered,
           count(*) FILTER (NOT exempt AND verdict = 'partial') AS partial,
           count(*) FILTER (NOT exempt AND verdict = 'contradicted') AS contradicted,
           count(*) FILTER (NOT exempt AND verdict = 'not_addressed') AS not_addressed,
           count(*) FILTER (NOT exempt AND verdict = 'not_assessed') AS not_assessed,
           count(*) FILTER (exempt) AS not_applicable,
           coalesce(sum(importance) FILTER (NOT exempt), 0) AS total,
           coalesce(sum(importance) FILTER (NOT exempt AND verdict = 'not_assessed'), 0) AS unknown,
           coalesce(sum(importance * CASE verdict WHEN 'covered' THEN 1 WHEN 'partial' THEN 0.5 ELSE 0 END)
                    FILTER (NOT exempt), 0) AS met
    FROM counted GROUP BY ALL
),
again AS (
    SELECT *, CASE WHEN unknown * 5 > total THEN NULL ELSE 100.0 * met / nullif(total - unknown, 0) END
              AS recomputed
    FROM sums
)
SELECT t.tenant_id, s.framework_id, s.score, s.importance, s.importance_not_assessed,
       s.framework_id IS NULL AS absent,
       s.framework_id IS NOT NULL AND again.framework_id IS NULL AS unfounded,
       (s.score IS NULL) <> (recomputed IS NULL) OR coalesce(abs(s.score - recomputed) > 0.001, false)
         AS wrong,
       (s.covered, s.partial, s.contradicted, s.not_addressed, s.not_assessed, s.not_applicable,
        s.importance, s.importance_not_assessed)
         <> (again.covered, again.partial, again.contradicted, again.not_addressed, again.not_assessed,
             again.not_applicable, again.total, again.unknown) AS miscounted,
       again.assessed AS assessed, n.requirements
FROM {TENANTS} t LEFT JOIN framework_scores s ON s.tenant_id = t.tenant_id
LEFT JOIN again ON again.tenant_id = s.tenant_id AND again.framework_id = s.framework_id
LEFT JOIN (SELECT tenant_id, framework_id, count(*) AS requirements FROM requirements GROUP BY ALL) n
  ON n.tenant_id = s.tenant_id AND n.framework_id = s.framework_id
""",
    fewest=_ONE_EACH,
    rules=(
        ge.never("a tenant has its scores", "absent"),
        ge.unique("a framework is scored once", ge.TENANT, "framework_id"),
        ge.between("a score is 0 to 100", "score", 0, 100),
        ge.at_most("no more is unknown than there is", "importance_not_assessed", "importance"),
        ge.never("a score is about assessments", "unfounded"),
        ge.never("a score follows from its assessments", "wrong"),
        ge.never("the counts beside a score follow too", "miscounted"),
        ge.equal("every requirement is assessed", "assessed", "requirements"),
    ),
)


def _of_pieces(what: str) -> tuple[Rule, ...]:
    """The rules on the numbers of one document version's chunks or passages."""
    return (
        ge.unique("a version is cut once", ge.TENANT, "version_id"),
        *ge.known("version_id", "characters", "declared"),
        ge.between(f"a document that was read has {what}s", "stored", 1),
        ge.equal(f"every {what} of a document is there", "declared", "stored"),
        ge.equal(f"a {what} is kept once", "stored", "distinct"),
        ge.between(f"a {what} has a name and offsets", "unknown", 0, 0),
        ge.between(f"a {what} starts in its document", "start", 0),
        ge.between(f"a {what} has a length", "shortest", 1),
        ge.at_most(f"a {what} ends in its document", "end", "characters"),
    )


CHUNK_RULES = _of_pieces("chunk")
PASSAGE_RULES = (
    *_of_pieces("passage"),
    ge.equal("the report counts the passages that are there", "published", "stored"),
    ge.between("what was cut is embedded", "vectors", 1),
)

CITATION_COLUMNS = (
    *(ge.TENANT, "unread", "chunks", "passages", "quotes"),
    *("misplaced_chunks", "misplaced_passages", "misplaced_quotes"),
)
CITATION_RULES = (
    # A fault of one tenant's store, which its own sweep meets too: no reason to keep all others back.
    ge.never("what is stored of a tenant can be read", "unread", serious=False),
    *ge.known(ge.TENANT),
    ge.between("every chunk is literally in the text it names", "misplaced_chunks", 0, 0),
    ge.between("every passage is literally in the text it names", "misplaced_passages", 0, 0),
    ge.between("every quote is literally in the text it names", "misplaced_quotes", 0, 0),
)
