"""Published rows arranged for a page: one framework's latest publication at a time."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

Row = Mapping[str, Any]
Tables = Mapping[str, Sequence[Row]]


class Arranged:
    """Rows of the current tables of one tenant, by what a page asks for."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    def of(self, table: str) -> Sequence[Row]:
        """The rows of a table, none if it is missing."""
        return self.tables.get(table, ())

    @cached_property
    def latest(self) -> dict[str, Row]:
        """The latest publication of each framework (a row of ``sweeps``)."""
        found: dict[str, Row] = {}
        for row in sorted(self.of("sweeps"), key=lambda r: r["sweep_id"]):
            found[row["framework_id"]] = row
        return found

    @cached_property
    def publications(self) -> dict[str, int]:
        """How often each framework was published."""
        counts: dict[str, int] = defaultdict(int)
        for row in self.of("sweeps"):
            counts[row["framework_id"]] += 1
        return counts

    @cached_property
    def documents(self) -> dict[str, Row]:
        """Documents by id."""
        return {row["document_id"]: row for row in self.of("documents")}

    @cached_property
    def requirements(self) -> dict[str, Row]:
        """Requirements by id."""
        return {row["requirement_id"]: row for row in self.of("requirements")}

    @cached_property
    def _departed_documents(self) -> dict[str, Row]:
        """What removed documents were called last, by id."""
        return {row["document_id"]: row for row in self.of("departed_documents")}

    @cached_property
    def departed_requirements(self) -> dict[str, Row]:
        """Ref and title of requirements that the catalogs no longer have, by id."""
        return {row["requirement_id"]: row for row in self.of("departed_requirements")}

    @cached_property
    def assessments(self) -> dict[str, Row]:
        """Assessments by requirement."""
        return {row["requirement_id"]: row for row in self.of("assessments")}

    @cached_property
    def evidence(self) -> dict[str, list[Row]]:
        """Quotes by requirement: contradicting, then sides of a conflict; the strongest of each first."""
        order = {"contradicts": 0, "conflicts": 1}
        return self._grouped(
            "evidence", lambda r: (order.get(r["stance"], len(order)), -r["score"], r["evidence_id"])
        )

    @cached_property
    def nearest(self) -> dict[str, list[Row]]:
        """Search results by requirement, nearest first."""
        return self._grouped("search_results", lambda r: r["rank"])

    @cached_property
    def elements(self) -> dict[str, list[Row]]:
        """Elements by requirement."""
        return self._grouped("elements", lambda r: r["element_id"])

    @cached_property
    def element_results(self) -> dict[tuple[str, str], Row]:
        """What was found for each element."""
        return {(r["requirement_id"], r["element_id"]): r for r in self.of("assessment_elements")}

    @cached_property
    def findings(self) -> dict[str, list[Row]]:
        """Open findings by requirement (empty: on documents), gravest first."""
        rows = self._grouped("findings", lambda r: (-r["severity"], r["kind"], r["fingerprint"]))
        return {key: [r for r in found if r["status"] != "resolved"] for key, found in rows.items()}

    def latest_of(self, table: str, framework_id: str) -> list[Row]:
        """Rows of an events table that the framework's latest publication wrote."""
        latest = self.latest.get(framework_id)
        if latest is None:
            return []
        return [
            r
            for r in self.of(table)
            if r["sweep_id"] == latest["sweep_id"] and r["framework_id"] == framework_id
        ]

    def name_of(self, document_id: str, path: str = "") -> str:
        """What to call a document: its title, else its path."""
        row = self.documents.get(document_id) or self._departed_documents.get(document_id)
        return (row["title"] or row["path"]) if row else path or "a document that is gone"

    def _grouped(self, table: str, order: Any) -> dict[str, list[Row]]:
        groups: dict[str, list[Row]] = defaultdict(list)
        for row in sorted(self.of(table), key=order):
            groups[row["requirement_id"]].append(row)
        return groups


@dataclass(frozen=True, slots=True)
class Counts:
    """How many requirements have each verdict."""

    covered: int
    partial: int
    contradicted: int
    not_addressed: int
    not_assessed: int

    @classmethod
    def of(cls, row: Row) -> "Counts":
        """From a row of ``framework_scores``."""
        return cls(*(row[name] for name in cls.__dataclass_fields__))

    @property
    def total(self) -> int:
        """Requirements that apply."""
        return sum(getattr(self, name) for name in self.__dataclass_fields__)

    def items(self) -> list[tuple[str, int]]:
        """(verdict, count) in the order of the page."""
        return [(name, getattr(self, name)) for name in self.__dataclass_fields__]
