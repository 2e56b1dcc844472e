"""The views that answer an analyst's usual questions. Their names and columns are a public contract.

A change of a definition needs a new ``ddl.VERSION``: older databases get the new views when they are
migrated, which a publication does, and `radar query` in memory.
"""

from radar_pipeline.storage.metrics_views import METRICS_VIEWS
from radar_pipeline.storage.portfolio_schema import TENANTS
from radar_pipeline.storage.prompts_views import PROMPTS_VIEWS
from radar_pipeline.storage.schema import BY_NAME, Column, Table
from radar_pipeline.storage.view import View, field, kept


def _of(table: Table, *names: str) -> tuple[Column, ...]:
    """Columns of a table by name."""
    known = {column.name: column for column in table.columns}
    return tuple(known[name] for name in names)


_PLACE = ("tenant_id", "framework_id", "requirement_id")
_AS_OF = "as_of"
_SAME_REQUIREMENT = "{0}.tenant_id = {1}.tenant_id AND {0}.requirement_id = {1}.requirement_id"
_SAME_FRAMEWORK = "{0}.tenant_id = {1}.tenant_id AND {0}.framework_id = {1}.framework_id"
_COUNTS = ("covered", "partial", "contradicted", "not_addressed", "not_assessed", "not_applicable")

CURRENT_BLINDSPOTS = View(
    "current_blindspots",
    "What is not addressed or is contradicted now: the gravest first, contradicted before not addressed.",
    (
        *kept("a", *_of(BY_NAME["assessments"], *_PLACE)),
        *kept("r", *_of(BY_NAME["requirements"], "ref", "title", "domain", "importance")),
        *kept("a", *_of(BY_NAME["assessments"], "verdict", "confidence", "needs_review")),
        *kept("f", *_of(BY_NAME["findings"], "fingerprint", "severity", "status", "first_seen_sweep")),
        field("first_seen_on", "DATE", "b.as_of", "As-of date of the sweep that first reported it."),
        field(
            "age_sweeps",
            "BIGINT",
            f"(SELECT count(*) FROM sweeps s WHERE {_SAME_FRAMEWORK.format('s', 'f')} "
            "AND s.sweep_id >= f.first_seen_sweep)",
            "Publications of the framework from that sweep on, that one included: 1 when it is new.",
            volatile=True,
        ),
        field(
            "age_days",
            "BIGINT",
            "CASE WHEN b.as_of IS NOT NULL THEN greatest(0, date_diff('day', b.as_of, current_date)) END",
            "Days from first_seen_on to today.",
            volatile=True,
        ),
        *kept("f", *_of(BY_NAME["findings"], "recommendation", "document_id")),
        field("document_path", "VARCHAR", "d.path", "Document to amend; NULL if none.", private=True),
        *kept("a", *_of(BY_NAME["assessments"], "explanation")),
        *kept("f", *_of(BY_NAME["findings"], "advice")),
    ),
    source=f"""assessments a
        JOIN requirements r ON {_SAME_REQUIREMENT.format("r", "a")}
        LEFT JOIN findings f ON {_SAME_REQUIREMENT.format("f", "a")} AND f.status <> 'resolved'
            AND f.kind = CASE a.verdict WHEN 'contradicted' THEN 'contradiction' ELSE 'blindspot' END
        LEFT JOIN sweeps b ON {_SAME_FRAMEWORK.format("b", "f")} AND b.sweep_id = f.first_seen_sweep
        LEFT JOIN documents d ON d.tenant_id = f.tenant_id AND d.document_id = f.document_id""",
    where="a.verdict IN ('not_addressed', 'contradicted') AND a.applicability <> 'not_applicable'",
    order="f.severity DESC NULLS LAST, a.verdict, r.importance DESC, a.confidence DESC, a.tenant_id, "
    "a.requirement_id",
    current="a",
)

TREND = View(
    "trend",
    "Score and counts of each framework at each publication, and what the score gained or lost since the "
    "one before. A night that changes nothing publishes nothing. Retired tenants included.",
    (
        *kept("s", *_of(BY_NAME["sweeps"], "tenant_id", "framework_id", "sweep_id", "as_of", "published_at")),
        *kept("h", *_of(BY_NAME["framework_scores"], "score")),
        field(
            "previous_score",
            "DOUBLE",
            "lag(h.score) OVER w",
            "Score at the publication before; NULL at the first.",
        ),
        field(
            "delta",
            "DOUBLE",
            "CASE WHEN h.formula = lag(h.formula) OVER w THEN round(h.score - lag(h.score) OVER w, 6) END",
            "score - previous_score; NULL if either is, or if they were computed by different formulas.",
        ),
        *kept("h", *_of(BY_NAME["framework_scores"], *_COUNTS)),
        field(
            "verdict_changes",
            "BIGINT",
            f"(SELECT count(*) FROM verdict_changes c WHERE {_SAME_FRAMEWORK.format('c', 's')} "
            "AND c.sweep_id = s.sweep_id)",
            "Verdicts that this publication changed.",
        ),
        field(
            "previous_sweep_id",
            "VARCHAR",
            "lag(s.sweep_id) OVER w",
            "The publication before; NULL at the first.",
            volatile=True,
        ),
        field("previous_as_of", "DATE", "lag(s.as_of) OVER w", "Its as-of date.", volatile=True),
    ),
    source=f"""sweeps s
        LEFT JOIN framework_scores_history h ON {_SAME_FRAMEWORK.format("h", "s")}
            AND h.valid_from_sweep <= s.sweep_id
            AND (h.valid_to_sweep IS NULL OR h.valid_to_sweep > s.sweep_id)""",
    tail="WINDOW w AS (PARTITION BY s.tenant_id, s.framework_id ORDER BY s.sweep_id)",
    order="s.tenant_id, s.framework_id, s.sweep_id",
    current="",
)

MOVERS = View(
    "movers",
    "Score now against the publication before, the largest move first. Without frameworks that were "
    "published only once.",
    (
        *kept("t", *_of(TENANTS, "tenant_id")),
        *kept("n", *_of(TENANTS, "name", "industry")),
        *kept("t", *_of(BY_NAME["sweeps"], "framework_id")),
        field("score", "DOUBLE", "t.score", "Score now."),
        *kept(
            "t",
            *(
                f.column
                for f in TREND.fields
                if f.column.name in ("previous_score", "delta", "verdict_changes")
            ),
        ),
        *kept("t", *_of(BY_NAME["sweeps"], "sweep_id", "as_of")),
        field("previous_as_of", "DATE", "t.previous_as_of", "As-of date before.", volatile=True),
    ),
    source="trend t LEFT JOIN tenants n ON n.tenant_id = t.tenant_id",
    where="t.previous_sweep_id IS NOT NULL",
    tail="QUALIFY t.sweep_id = max(t.sweep_id) OVER (PARTITION BY t.tenant_id, t.framework_id)",
    order="abs(t.delta) DESC NULLS LAST, t.tenant_id, t.framework_id",
    current="t",
    portfolio_only=True,
)

FINDING_EVIDENCE = View(
    "finding_evidence",
    "The proof of each open finding on a requirement: its verified quotes (of a conflict both sides), and "
    "for a blindspot or gap the nearest passages that the search gave. The portfolio has hashes and offsets, "
    "a tenant's own database the text too.",
    (
        *kept("f", *_of(BY_NAME["findings"], *_PLACE, "fingerprint", "kind", "severity", "status")),
        *kept("f", *_of(BY_NAME["findings"], "title", "element_id")),
        field("proof", "VARCHAR", "p.proof", "quote, or nearest: a passage that came near and is no proof."),
        field("rank", "INTEGER", "s.rank", "Of a nearest passage: 1 is nearest; NULL for a quote."),
        field(
            "stance",
            "VARCHAR",
            "e.stance",
            "Of a quote: supports, contradicts or conflicts; NULL for a passage.",
        ),
        field(
            "of_element",
            "BOOLEAN",
            "f.element_id = '' OR coalesce(list_contains(e.element_ids, f.element_id), false)",
            "Whether it speaks to the finding's element; true if the finding is about the requirement.",
        ),
        *(
            field(name, type_, f"coalesce(e.{name}, s.{name})", comment, private=private)
            for name, type_, comment, private in (
                ("document_id", "VARCHAR", "The source file.", False),
                ("version_id", "VARCHAR", "The version whose canonical text holds it.", False),
                ("path", "VARCHAR", "Path within the tenant's source.", True),
                ("start_offset", "BIGINT", "First code point in the canonical text.", False),
                ("end_offset", "BIGINT", "One past the last code point.", False),
            )
        ),
        *kept("e", *_of(BY_NAME["evidence"], "page", "heading_path")),
        field("text", "VARCHAR", "coalesce(e.quote, s.text)", "The quote or passage.", private=True),
        field(
            "text_hash",
            "VARCHAR",
            "coalesce(e.quote_hash, s.passage_hash)",
            "Its evidence.quote_hash or search_results.passage_hash.",
        ),
        field("score", "DOUBLE", "coalesce(e.score, s.score)", "Strength of the quote, or fused score."),
    ),
    source=f"""findings f
        JOIN (SELECT 'quote' AS proof, tenant_id, requirement_id, evidence_id, NULL AS rank FROM evidence
              UNION ALL
              SELECT 'nearest', tenant_id, requirement_id, NULL, rank FROM search_results) p
            ON {_SAME_REQUIREMENT.format("p", "f")} AND (p.proof = 'quote' OR f.kind IN ('blindspot', 'gap'))
        LEFT JOIN evidence e ON {_SAME_REQUIREMENT.format("e", "p")} AND e.evidence_id = p.evidence_id
        LEFT JOIN search_results s ON {_SAME_REQUIREMENT.format("s", "p")} AND s.rank = p.rank""",
    where="f.status <> 'resolved' AND (f.kind = 'conflict') = (coalesce(e.stance, '') = 'conflicts')",
    order="f.severity DESC, f.tenant_id, f.fingerprint, p.proof DESC, s.rank, e.score DESC, e.evidence_id",
    current="f",
)

CHANGE_LOG = View(
    "change_log",
    "Every changed verdict, newest first, with its causes and the documents behind it. Retired tenants "
    "included.",
    (
        *kept("c", *_of(BY_NAME["verdict_changes"], *_PLACE)),
        field("ref", "VARCHAR", "r.ref", "Reference as cited, as the sweep read it; the last if it is gone."),
        field("title", "VARCHAR", "r.title", "Title of the requirement, likewise."),
        field("importance", "INTEGER", "r.importance", "1, 2, 3 or 5."),
        *kept("c", *_of(BY_NAME["verdict_changes"], "sweep_id")),
        *kept("s", *_of(BY_NAME["sweeps"], _AS_OF)),
        *kept("c", *_of(BY_NAME["verdict_changes"], "from_verdict", "to_verdict", "causes", "document_ids")),
        field(
            "document_paths",
            "VARCHAR[]",
            "coalesce((SELECT list(DISTINCT d.path ORDER BY d.path) FROM documents_history d "
            "WHERE d.tenant_id = c.tenant_id AND list_contains(c.document_ids, d.document_id)), [])",
            "Paths of those documents.",
            private=True,
        ),
    ),
    source=f"""verdict_changes c
        LEFT JOIN sweeps s ON {_SAME_FRAMEWORK.format("s", "c")} AND s.sweep_id = c.sweep_id
        LEFT JOIN requirements_history r ON {_SAME_REQUIREMENT.format("r", "c")}
            AND CASE WHEN c.to_verdict IS NULL THEN r.valid_to_sweep = c.sweep_id
                ELSE r.valid_from_sweep <= c.sweep_id
                    AND (r.valid_to_sweep IS NULL OR r.valid_to_sweep > c.sweep_id) END""",
    order="c.sweep_id DESC, c.tenant_id, c.requirement_id",
    current="",
)

_LAST = "SELECT tenant_id, arg_max(as_of, sweep_id) AS as_of FROM sweeps GROUP BY tenant_id"

STALE_DOCUMENTS = View(
    "stale_documents",
    "Documents past their review date, and those that could not be read; the longest overdue first.",
    (
        *kept("d", *_of(BY_NAME["documents"], "tenant_id", "document_id", "path", "title", "owner")),
        *kept("d", *_of(BY_NAME["documents"], "kind", "status")),
        field(
            "why",
            "VARCHAR",
            "CASE WHEN d.readable AND NOT d.needs_ocr THEN 'overdue' ELSE 'unreadable' END",
            "overdue or unreadable.",
        ),
        *kept("d", *_of(BY_NAME["documents"], "reason", "review_by")),
        field(
            "days_overdue",
            "BIGINT",
            "CASE WHEN d.overdue THEN date_diff('day', d.review_by, s.as_of) END",
            "Days from review_by to as_of; NULL if not overdue.",
            volatile=True,
        ),
        field("as_of", "DATE", "s.as_of", "As-of date of the tenant's last publication.", volatile=True),
        field(
            "requirements_citing",
            "BIGINT",
            "(SELECT count(DISTINCT e.requirement_id) FROM evidence e "
            "WHERE e.tenant_id = d.tenant_id AND e.document_id = d.document_id AND e.stance <> 'conflicts')",
            "Requirements whose verdict rests on a quote from it.",
        ),
    ),
    source=f"documents d LEFT JOIN ({_LAST}) s ON s.tenant_id = d.tenant_id",
    where="d.overdue OR d.needs_ocr OR (NOT d.readable AND d.reason IS DISTINCT FROM 'not_text')",
    order="days_overdue DESC NULLS LAST, d.tenant_id, d.document_id",
    current="d",
)

_HEALTH = """
        LEFT JOIN (SELECT tenant_id, max(sweep_id) AS sweep_id, arg_max(as_of, sweep_id) AS as_of,
                          arg_max(published_at, sweep_id) AS published_at,
                          arg_max(documents, sweep_id) AS documents,
                          arg_max(unreadable, sweep_id) AS unreadable
                   FROM sweeps GROUP BY tenant_id) s ON s.tenant_id = t.tenant_id
        LEFT JOIN (SELECT tenant_id, sweep_id, sum(judged)::BIGINT AS judged, sum(reused)::BIGINT AS reused,
                          sum(cost_usd) AS cost_usd
                   FROM sweeps GROUP BY tenant_id, sweep_id) w
            ON w.tenant_id = s.tenant_id AND w.sweep_id = s.sweep_id
        LEFT JOIN (SELECT tenant_id, count(DISTINCT framework_id) AS frameworks, count(*) AS requirements,
                          count(*) FILTER (verdict = 'not_assessed') AS unknown,
                          count(*) FILTER (needs_review) AS doubtful
                   FROM assessments WHERE applicability <> 'not_applicable'
                   GROUP BY tenant_id) a ON a.tenant_id = t.tenant_id"""

SWEEP_HEALTH = View(
    "sweep_health",
    "One row for each tenant: how its last sweep ended, how old its report is, and how far it can be "
    "relied on. Tenants without a report come too, in the portfolio.",
    (
        *kept("t", *_of(TENANTS, "tenant_id")),
        *(
            field(c.name, c.type, f"n.{c.name}", c.comment, volatile=c.volatile, portfolio=True)
            for c in _of(TENANTS, "name", "last_outcome", "failed_stage", "failure_reason")
        ),
        field(
            "published_at", "TIMESTAMPTZ", "s.published_at", "When its report last changed.", volatile=True
        ),
        field("as_of", "DATE", "s.as_of", "As-of date of that publication.", volatile=True),
        field(
            "age_days",
            "BIGINT",
            "date_diff('day', s.published_at::DATE, current_date)",
            "Days since then. A report may be old and right: an unchanged night does not publish.",
            volatile=True,
        ),
        field("documents", "INTEGER", "s.documents", "Documents listed."),
        field("unreadable", "INTEGER", "s.unreadable", "Documents that could not be read."),
        field("frameworks", "BIGINT", "a.frameworks", "Frameworks assessed."),
        field("requirements", "BIGINT", "a.requirements", "Requirements that apply."),
        field("judged", "BIGINT", "w.judged", "Requirements that sweep judged anew.", volatile=True),
        field("reused", "BIGINT", "w.reused", "Requirements whose judgement it reused.", volatile=True),
        field("cost_usd", "DOUBLE", "w.cost_usd", "What that sweep's judging cost.", volatile=True),
        field(
            "not_assessed_share",
            "DOUBLE",
            "round(a.unknown / nullif(a.requirements, 0), 6)",
            "Share of those requirements without a verdict, 0 to 1.",
        ),
        field(
            "needs_review_share",
            "DOUBLE",
            "round(a.doubtful / nullif(a.requirements, 0), 6)",
            "Share of them whose verdict a person should look at, 0 to 1.",
        ),
    ),
    source=f"(SELECT DISTINCT tenant_id FROM sweeps) t {_HEALTH}",
    shared_source="(SELECT tenant_id FROM sweeps UNION SELECT tenant_id FROM tenants) t "
    f"LEFT JOIN tenants n ON n.tenant_id = t.tenant_id {_HEALTH}",
    order="s.published_at NULLS FIRST, t.tenant_id",
    current="t",
)

VIEWS: tuple[View, ...] = (
    CURRENT_BLINDSPOTS,
    TREND,
    MOVERS,  # reads trend
    FINDING_EVIDENCE,
    CHANGE_LOG,
    STALE_DOCUMENTS,
    SWEEP_HEALTH,
    *METRICS_VIEWS,
    *PROMPTS_VIEWS,
)


def views(*, shared: bool) -> tuple[View, ...]:
    """The views of the portfolio (``shared``) or of a tenant's own database, in order of creation."""
    return tuple(view for view in VIEWS if shared or not view.portfolio_only)
