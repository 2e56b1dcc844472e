"""The numbered list of what an answer rests on: quotes and assessments, in the order in which they come."""

from typing import Any

from radar_pipeline.console.published import Tables
from radar_pipeline.report.site import words


class Citations:
    """Gives each source its number. ``tables``: the tenant's published report."""

    def __init__(self, tables: Tables) -> None:
        self._requirements = {row["requirement_id"]: row for row in tables["requirements"]}
        self._assessments = {row["requirement_id"]: row for row in tables["assessments"]}
        self._numbers: dict[str, int] = {}
        self.listed: list[dict[str, Any]] = []

    def quote(self, evidence_id: str, quote: str, citation: str, path: str, page: int) -> int:
        """The number of a quote, as a person would cite it."""
        told = {"kind": "quote", "citation": citation or path, "quote": quote, "path": path, "page": page}
        return self._numbered(evidence_id, told)

    def assessment(self, requirement_id: str) -> int:
        """The number of an assessment: its requirement, verdict and confidence."""
        requirement, a = self._requirements.get(requirement_id), self._assessments.get(requirement_id)
        named = f"{requirement_id} {requirement['title']}" if requirement else requirement_id
        verdict = f"{words.VERDICTS[a['verdict']].lower()}, confidence {a['confidence']:.2f}" if a else ""
        told = {
            "kind": "assessment",
            "citation": f"{named}: {verdict}" if verdict else named,
            "quote": "",
            "requirement_id": requirement_id,
            "verdict": a["verdict"] if a else None,
        }
        return self._numbered(requirement_id, told)

    def _numbered(self, key: str, told: dict[str, Any]) -> int:
        if key not in self._numbers:
            self._numbers[key] = len(self._numbers) + 1
            self.listed.append({"number": self._numbers[key], **told})
        return self._numbers[key]
