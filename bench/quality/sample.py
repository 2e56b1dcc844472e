"""The sample organisation's truth against what the real sweep says, as it is."""

import json
from pathlib import Path

from bench.quality.metrics import Outcome, recalled
from radar_pipeline.models import Verdict
from radar_pipeline.settings import PROJECT, Settings
from radar_pipeline.storage.warehouse import TenantReport
from radar_pipeline.sweep.environment import SweepRequest, open_environment
from radar_pipeline.sweep.runner import sweep

TRUTH = PROJECT / "data" / "eval_cases" / "sample_truth.jsonl"


def sweep_sample(home: Path) -> tuple[list[Outcome], dict[str, dict[str, object]]]:
    """Sweep the sample tenants under ``home``; outcomes by the truth file, and the published rows."""
    environment = open_environment(Settings(home=home))
    truth = [json.loads(line) for line in TRUTH.read_text("utf-8").splitlines() if line.strip()]
    for _ in sweep(SweepRequest(trigger="bench"), environment):
        pass
    rows: dict[str, dict[str, object]] = {}
    quotes: dict[str, list[str]] = {}
    for slug in sorted({t["tenant"] for t in truth}):
        report = TenantReport.current(environment.tenant_home(slug) / "published")
        rows |= {f"{slug}/{r['requirement_id']}": r for r in report["assessments"]}
        for e in report["evidence"]:
            quotes.setdefault(f"{slug}/{e['requirement_id']}", []).append(_flat(e["quote"]))
    outcomes = []
    for case in truth:
        key = f"{case['tenant']}/{case['framework']}:{case['ref']}"
        outcomes.append(_outcome(case, rows[key], quotes.get(key, [])))
    return outcomes, rows


def _outcome(case: dict[str, str], row: dict[str, object], quotes: list[str]) -> Outcome:
    deciding = _flat(case["quote"] or "")
    spans = [(0, 1)] if deciding else []
    ranked = [(0, 1) if deciding in q or q in deciding else (2, 3) for q in quotes]
    return Outcome(
        document_id=case["ref"],
        ref=case["ref"],
        truth=Verdict(case["verdict"]),
        verdict=Verdict(str(row["verdict"])),
        confidence=float(str(row["confidence"])),
        absent=float(str(row["p_not_addressed"])),
        found=recalled(spans, ranked),
        wanted=len(spans),
    )


def _flat(text: str) -> str:
    return " ".join(text.split())
