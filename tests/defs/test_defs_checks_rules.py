"""Every rule is seen to fail once, on rows of a real portfolio in which one thing is wrong."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from radar_pipeline.defs import expectations as ge
from radar_pipeline.defs import soundness
from radar_pipeline.defs.checks import all_rules
from radar_pipeline.defs.expectations import Outcome, Rule
from radar_pipeline.defs.pieces import COLUMNS
from radar_pipeline.defs.soundness import Look
from radar_pipeline.storage import warehouse
from tests.support.world import UNRELATED, World

Broken = Mapping[str, set[str]]  # by case: what does not hold


@pytest.fixture(scope="module")
def portfolio(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Gamma was swept twice, so it has changes and a past; of delta one file can't be read."""
    folder = tmp_path_factory.mktemp("portfolio")
    world = World(folder / "data", folder / "store")
    world.tenant("gamma")
    world.tenant("delta")
    world.write("delta", "broken.pdf", b"%PDF-1.7 broken")
    assert world.sweep().state == "succeeded"
    world.write("gamma", "procedure.md", UNRELATED)
    assert world.sweep().state == "succeeded"
    return world.settings().portfolio


def with_(table: str, where: str = "true", **columns: str) -> str:
    """The table with other values in these columns, in the rows that ``where`` picks."""
    changed = ", ".join(
        f"CASE WHEN {where} THEN {sql} ELSE {name} END AS {name}" for name, sql in columns.items()
    )
    return f"{table} AS (SELECT * REPLACE ({changed}) FROM radar.main.{table})"


def first(column: str, table: str) -> str:
    """Picks one row: without a key, several rows would be alike as well."""
    return f"{column} = (SELECT min({column}) FROM radar.main.{table} WHERE tenant_id = 'gamma')"


def without(table: str) -> str:
    return f"{table} AS (SELECT * FROM radar.main.{table} WHERE false)"


def twice(table: str, tenant: str = "gamma") -> str:
    again = f"SELECT * FROM (SELECT * FROM radar.main.{table} WHERE tenant_id = '{tenant}' LIMIT 1)"
    return f"{table} AS (SELECT * FROM radar.main.{table} UNION ALL {again})"


def broken(look: Look, portfolio: Path, cases: Mapping[str, str], tenant: str) -> Broken:
    """What does not hold if one table is replaced, for each case.

    The rows of all cases are looked at together, each case as a tenant of its own: Great Expectations
    takes its time for every look, and outcomes name tenants.
    """
    rows: list[list[Any]] = []
    columns: list[str] = []
    for case, table in {"sound": "", **cases}.items():
        query = look.for_tenants([tenant], f", {table} {look.sql}" if table else "")
        columns, found = warehouse.query(query, None, portfolio)
        assert columns[0] == ge.TENANT and found
        rows += [[case, *row[1:]] for row in found]
    outcomes = ge.validate(look.rules, columns, rows)
    return by_case(outcomes, cases)


def by_case(outcomes: list[Outcome], cases: Mapping[str, Any]) -> Broken:
    assert all(outcome.held == (not outcome.broken_rows) for outcome in outcomes)
    found = {case: {o.says for o in outcomes if case in o.tenants} for case in ("sound", *cases)}
    assert found.pop("sound") == set()
    return found


def assert_each_fails_once(rules: tuple[Rule, ...], found: Broken) -> None:
    assert {says for broken in found.values() for says in broken} == {rule.says for rule in rules}


def check(
    look: Look, portfolio: Path, cases: Mapping[str, tuple[str, set[str]]], tenant: str = "gamma"
) -> None:
    found = broken(look, portfolio, {case: table for case, (table, _) in cases.items()}, tenant)
    assert found == {case: says for case, (_, says) in cases.items()}
    assert_each_fails_once(look.rules, found)


def test_documents(portfolio: Path) -> None:
    read = "readable"
    cases = {
        "none": (
            without("documents"),
            {
                *("a tenant has documents", "some document of a tenant could be read"),
                *(f"{name} is known" for name in ("document_id", "version_id", "readable")),
            },
        ),
        "twice": (twice("documents", "delta"), {"a document is listed once"}),
        "kind": (with_("documents", kind="'novel'"), {"the kind is one of ours"}),
        "status": (with_("documents", status="'lost'"), {"the status is one of ours"}),
        "why": (with_("documents", "NOT readable", reason="'gremlins'"), {"the reason is one of ours"}),
        "pages": (with_("documents", pages="-1"), {"pages are counted from zero"}),
        "length": (with_("documents", characters="-1"), {"the length is counted from zero"}),
        "silent": (with_("documents", reason="NULL"), {"what could not be read says why"}),
        "excused": (with_("documents", read, reason="'empty'"), {"what was read has no reason not to be"}),
        "empty": (with_("documents", read, characters="0"), {"what was read has text and passages"}),
        "uncut": (
            with_("documents", read, passages="0"),
            {"what was read has text and passages", "some document of a tenant could be read"},
        ),
        "searched": (
            with_("documents", "NOT readable", passages="2"),
            {"what could not be read was not searched"},
        ),
        "dark": (
            with_("documents", readable="false", reason="'crash'", passages="0"),
            {"some document of a tenant could be read"},
        ),
    }
    check(soundness.DOCUMENTS, portfolio, cases, "delta")


BLIND, COVERED = "verdict = 'not_addressed'", "verdict = 'covered'"
KNOWN = ("requirement_id", "verdict", "confidence")
UNPROVEN = "a verdict from documents has a quote"
VERDICTS = {
    "none": (without("assessments"), {f"{name} is known" for name in KNOWN}),
    "twice": (twice("assessments"), {"a requirement is assessed once for each tenant"}),
    "verdict": (with_("assessments", COVERED, verdict="'fine'"), {"the verdict is one of ours"}),
    "reason": (
        with_("assessments", COVERED, verdict="'not_assessed'", reason="'moonshine'"),
        {"the reason is one of ours"},
    ),
    "sure": (with_("assessments", confidence="1.2"), {"confidence is a probability"}),
    "silent": (with_("assessments", COVERED, verdict="'not_assessed'"), {"what is not assessed says why"}),
    "unsearched": (with_("assessments", BLIND, passages_searched="0"), {"a blindspot was searched for"}),
    "nowhere": (
        with_("assessments", BLIND, documents_searched="0"),
        {"a blindspot was searched for in documents"},
    ),
    "empty": (with_("documents", readable="false"), {"an empty corpus has no blindspots"}),
    "gone": (without("documents"), {"an empty corpus has no blindspots"}),
    "sums": (with_("assessments", p_covered="p_covered + 0.5"), {"the verdicts' scores add up to one"}),
}


def test_assessments(portfolio: Path) -> None:
    counted = "every counted quote is there"
    cases = {
        **VERDICTS,
        "unproven": (with_("assessments", COVERED, evidence_count="0"), {UNPROVEN, counted}),
        "leaning": (with_("assessments", suggested_verdict="'up'"), {"the leaning is one of ours"}),
        "applies": (
            with_("assessments", COVERED, applicability="'maybe'"),
            {"the applicability is one of ours"},
        ),
        "passages": (
            with_("assessments", passages_searched="-1"),
            {"searched passages are counted from zero"},
        ),
        "documents": (
            with_("assessments", documents_searched="-1"),
            {"searched documents are counted from zero"},
        ),
        "cost": (with_("assessments", cost_usd="-0.1"), {"a judgement costs nothing or more"}),
        "quotes": (without("evidence"), {counted}),
        "unbound": (without("requirements"), {"what is assessed is a requirement"}),
        "excused": (
            with_("assessments", COVERED, reason="'uncertain'"),
            {"a verdict has no reason to be missing"},
        ),
        "untold": (without("findings"), {"a blindspot is among the findings"}),
    }
    check(soundness.ASSESSMENTS, portfolio, cases)


def test_what_keeps_the_page_back(portfolio: Path) -> None:
    cases = {**VERDICTS, "unproven": (with_("assessments", COVERED, evidence_count="0"), {UNPROVEN})}
    check(soundness.PORTFOLIO, portfolio, cases)


def test_evidence(portfolio: Path) -> None:
    def gone(column: str) -> str:
        return with_("evidence", **{column: "NULL"})

    read = "a quote is from a document that was read"

    cases = {
        "twice": (twice("evidence"), {"a quote is kept once"}),
        "name": (gone("quote_hash"), {"quote_hash is known"}),
        "id": (
            with_("evidence", first("evidence_id", "evidence"), evidence_id="NULL"),
            {"evidence_id is known"},
        ),
        "requirement": (
            gone("requirement_id"),
            {"requirement_id is known", "a quote is about what was assessed"},
        ),
        "document": (gone("document_id"), {"document_id is known", read}),
        "version": (gone("version_id"), {"version_id is known", read}),
        "start": (gone("start_offset"), {"start_offset is known"}),
        "end": (gone("end_offset"), {"end_offset is known"}),
        "stance": (with_("evidence", stance="'shrugs'"), {"the stance is one of ours"}),
        "before": (with_("evidence", start_offset="-1"), {"a quote starts in its document"}),
        "nothing": (with_("evidence", end_offset="start_offset"), {"a quote has a length"}),
        "behind": (with_("evidence", end_offset="1000000"), {"a quote ends in its document"}),
        "page": (with_("evidence", page="-1"), {"a page is counted from zero"}),
        "strength": (with_("evidence", score="1.5"), {"the strength is between 0 and 1"}),
        "unheard": (without("documents_history"), {read}),
        "unread": (with_("documents_history", readable="false"), {read}),
        "unasked": (without("assessments"), {"a quote is about what was assessed"}),
        "outdated": (without("documents"), {"a quote is from a document as it is now"}),
    }
    check(soundness.EVIDENCE, portfolio, cases)


def test_findings(portfolio: Path) -> None:
    cases = {
        "twice": (twice("findings"), {"a finding is kept once"}),
        "name": (
            with_("findings", first("fingerprint", "findings"), fingerprint="NULL"),
            {"fingerprint is known"},
        ),
        "no kind": (with_("findings", kind="NULL"), {"kind is known"}),
        "no severity": (with_("findings", severity="NULL"), {"severity is known"}),
        "no status": (with_("findings", status="NULL"), {"status is known"}),
        "kind": (with_("findings", kind="'mood'"), {"the kind is one of ours"}),
        "status": (with_("findings", status="'asleep'"), {"the status is one of ours"}),
        "advice": (with_("findings", recommendation="'pray'"), {"the recommendation is one of ours"}),
        "severity": (with_("findings", severity="6"), {"the severity is 1 to 5"}),
        "seen": (with_("findings", times_seen="0"), {"a finding was seen"}),
        "unfounded": (without("requirements_history"), {"the requirement of a finding exists"}),
        "homeless": (without("documents_history"), {"the document of a finding exists"}),
        "nothing": (
            with_("findings", requirement_id="''", document_id="''"),
            {"a finding is about something"},
        ),
        "disproved": (with_("assessments", verdict="'covered'"), {"what is covered is no blindspot"}),
    }
    check(soundness.FINDINGS, portfolio, cases)


def test_changes(portfolio: Path) -> None:
    cases = {
        "twice": (twice("verdict_changes"), {"a verdict changes once in a sweep"}),
        "what": (
            with_("verdict_changes", first("requirement_id", "verdict_changes"), requirement_id="NULL"),
            {"requirement_id is known"},
        ),
        "when": (with_("verdict_changes", sweep_id="NULL"), {"sweep_id is known"}),
        "before": (with_("verdict_changes", from_verdict="'fine'"), {"the verdict before is one of ours"}),
        "now": (with_("verdict_changes", to_verdict="'fine'"), {"the verdict now is one of ours"}),
        "why": (with_("verdict_changes", causes="[]"), {"a change has a cause"}),
        "oddly": (with_("verdict_changes", causes="['full_moon']"), {"the causes are ours"}),
        "same": (with_("verdict_changes", to_verdict="from_verdict"), {"a change is one"}),
    }
    check(soundness.CHANGES, portfolio, cases)


def test_scores(portfolio: Path) -> None:
    follows = "a score follows from its assessments"
    miscounted = "the counts beside a score follow too"
    cases = {
        "none": (without("framework_scores"), {"a tenant has its scores"}),
        "twice": (twice("framework_scores"), {"a framework is scored once"}),
        "high": (
            with_("framework_scores", score="101"),
            {"a score is 0 to 100", follows},
        ),
        "wrong": (with_("framework_scores", score="score + 1"), {follows}),
        "hidden": (with_("framework_scores", score="NULL"), {follows}),
        "unknown": (
            with_("framework_scores", importance_not_assessed="importance + 1"),
            {"no more is unknown than there is", miscounted},
        ),
        "counts": (with_("framework_scores", covered="covered + 1"), {miscounted}),
        "unfounded": (without("assessments"), {"a score is about assessments", miscounted, follows}),
        "missing": (
            "requirements AS (SELECT * FROM radar.main.requirements UNION ALL "
            "SELECT * REPLACE ('rules:R9' AS requirement_id) FROM "
            "(SELECT * FROM radar.main.requirements WHERE tenant_id = 'gamma' LIMIT 1))",
            {"every requirement is assessed"},
        ),
    }
    check(soundness.SCORES, portfolio, cases)


GOOD: dict[str, Any] = {
    **{
        "tenant_id": "sound",
        "version_id": "v1",
        "characters": 100,
        "declared": 3,
        "stored": 3,
        "distinct": 3,
    },
    **{"unknown": 0, "start": 0, "end": 100, "shortest": 5, "published": 3, "vectors": 9},
}


@pytest.mark.parametrize(
    ("what", "rules"), [("chunk", soundness.CHUNK_RULES), ("passage", soundness.PASSAGE_RULES)]
)
def test_pieces(what: str, rules: tuple[Rule, ...]) -> None:
    there = f"every {what} of a document is there"
    counted = {"the report counts the passages that are there"} if what == "passage" else set()
    cases: dict[str, tuple[dict[str, Any], set[str]]] = {
        "unnamed": ({"version_id": None}, {"version_id is known"}),
        "whole": ({"characters": None, "declared": None}, {"characters is known", "declared is known"}),
        "none": (
            {"stored": 0, "distinct": 0, "start": None, "end": None, "shortest": None},
            {f"a document that was read has {what}s", there, *counted},
        ),
        "lost": ({"declared": 4}, {there}),
        "twice": ({"distinct": 2}, {f"a {what} is kept once"}),
        "unknown": ({"unknown": 1}, {f"a {what} has a name and offsets"}),
        "before": ({"start": -1}, {f"a {what} starts in its document"}),
        "nothing": ({"shortest": 0}, {f"a {what} has a length"}),
        "behind": ({"end": 101}, {f"a {what} ends in its document"}),
        **(
            {"report": ({"published": 2}, counted), "blind": ({"vectors": 0}, {"what was cut is embedded"})}
            if what == "passage"
            else {}
        ),
    }
    rows = [GOOD] + [{**GOOD, "tenant_id": case, **change} for case, (change, _) in cases.items()]
    again = [{**GOOD, "tenant_id": "again"}] * 2
    outcomes = ge.validate(rules, COLUMNS, [[row[name] for name in COLUMNS] for row in rows + again])
    found = by_case(outcomes, {**cases, "again": ()})
    assert found == {**{case: says for case, (_, says) in cases.items()}, "again": {"a version is cut once"}}
    assert_each_fails_once(rules, found)


def test_too_few_rows_break_the_first_rule_and_no_other() -> None:
    for rules, columns in (
        *((look.rules, None) for look in (soundness.DOCUMENTS, soundness.EVIDENCE)),
        (soundness.CHUNK_RULES, COLUMNS),
    ):
        named = {name for rule in rules for name in rule.arguments.values() if isinstance(name, str)}
        listed = {name for rule in rules for name in rule.arguments.get("column_list", ())}
        outcomes = ge.validate(all_rules(rules, 1), columns or sorted(named | listed), [])
        assert [outcome.says for outcome in outcomes if not outcome.held] == ["the rows are there"]
