"""What must hold of rows, as plain values, and Great Expectations that looks. Knows no Dagster.

An outcome holds counts and tenants' slugs alone: Great Expectations' own results quote values.
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any

TENANT = "tenant_id"
_SAYS = "says"

Rows = Sequence[Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One expectation: what it says in a sentence, and which of Great Expectations' it is.

    ``serious``: rows that break it are wrong. One that is not is worth a look, no more.
    """

    says: str
    expectation: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    serious: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """One rule: what it says, whether it held, how many rows broke it, and whose they are."""

    says: str
    held: bool
    broken_rows: int
    tenants: tuple[str, ...] = ()
    serious: bool = True


# ── Rules ─────────────────────────────────────────────────────────────────────────────────────


def rows(says: str, at_least: int = 1) -> Rule:
    """The first rule of any look: without rows there are no values to expect anything of, and every
    other would hold."""
    return Rule(says, "ExpectTableRowCountToBeBetween", {"min_value": at_least})


def unique(says: str, *columns: str) -> Rule:
    """No two rows agree in all these columns."""
    return Rule(says, "ExpectCompoundColumnsToBeUnique", {"column_list": list(columns)})


def known(*columns: str) -> list[Rule]:
    """The columns are never NULL; a rule for each."""
    return [Rule(f"{c} is known", "ExpectColumnValuesToNotBeNull", {"column": c}) for c in columns]


def among(says: str, column: str, words: type[StrEnum] | Iterable[Any]) -> Rule:
    """The value is one of a closed set, or NULL."""
    values = [word.value if isinstance(word, StrEnum) else word for word in words]
    return Rule(says, "ExpectColumnValuesToBeInSet", {"column": column, "value_set": values})


def never(says: str, column: str, *, serious: bool = True) -> Rule:
    """The column, which tells of a fault, is false in every row. ``says`` is the rule, not the fault."""
    return Rule(says, "ExpectColumnValuesToBeInSet", {"column": column, "value_set": [False]}, serious)


def between(says: str, column: str, low: float, high: float | None = None) -> Rule:
    """The number lies between the bounds, themselves included, or is NULL."""
    bounds = {"column": column, "min_value": low} | ({} if high is None else {"max_value": high})
    return Rule(says, "ExpectColumnValuesToBeBetween", bounds)


def at_most(says: str, column: str, limit: str) -> Rule:
    """The number in ``column`` does not exceed that in ``limit``."""
    return _pair(says, limit, column, or_equal=True)


def less(says: str, column: str, limit: str) -> Rule:
    """The number in ``column`` is below that in ``limit``."""
    return _pair(says, limit, column, or_equal=False)


def equal(says: str, column: str, other: str) -> Rule:
    """The numbers in two columns are the same."""
    pair = {"column_A": column, "column_B": other, "ignore_row_if": "either_value_is_missing"}
    return Rule(says, "ExpectColumnPairValuesToBeEqual", pair)


def _pair(says: str, larger: str, smaller: str, *, or_equal: bool) -> Rule:
    pair = {"column_A": larger, "column_B": smaller, "or_equal": or_equal}
    return Rule(
        says,
        "ExpectColumnPairValuesAToBeGreaterThanB",
        {**pair, "ignore_row_if": "either_value_is_missing"},
    )


# ── Looking ───────────────────────────────────────────────────────────────────────────────────


def validate(rules: Sequence[Rule], columns: Sequence[str], found: Rows) -> list[Outcome]:
    """What Great Expectations finds, rule by rule. A rule that could not be checked did not hold."""
    import pandas as pd

    expectations, get_batch = _great_expectations()
    suite = expectations.suite(
        [
            getattr(expectations.kinds, rule.expectation)(**rule.arguments, meta={_SAYS: position})
            for position, rule in enumerate(rules)
        ]
    )
    batch = get_batch({"dataframe": pd.DataFrame([list(row) for row in found], columns=list(columns))})
    validation = batch.validate(suite, result_format="BOOLEAN_ONLY")
    if not validation.success:  # which rows, takes as long again
        validation = batch.validate(suite, result_format="COMPLETE")
    by_position = {result.expectation_config.meta[_SAYS]: result for result in validation.results}
    slugs = [row[list(columns).index(TENANT)] for row in found] if TENANT in columns else []
    return [_outcome(rule, by_position.get(position), slugs) for position, rule in enumerate(rules)]


def together(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """The outcomes of the same rules on several portions of rows, as one for each rule."""
    found: dict[str, Outcome] = {}
    for one in outcomes:
        before = found.get(one.says, Outcome(one.says, True, 0, (), one.serious))
        found[one.says] = Outcome(
            one.says,
            before.held and one.held,
            before.broken_rows + one.broken_rows,
            tuple(sorted({*before.tenants, *one.tenants})),
            one.serious,
        )
    return list(found.values())


def _outcome(rule: Rule, result: Any, slugs: Sequence[Any]) -> Outcome:
    if result is None:
        return Outcome(rule.says, False, 0, (), rule.serious)
    broken = int(result.result.get("unexpected_count") or 0)
    positions = result.result.get("unexpected_index_list") or ()
    tenants = {str(slugs[position]) for position in positions if slugs and slugs[position] is not None}
    return Outcome(rule.says, bool(result.success), broken, tuple(sorted(tenants)), rule.serious)


@dataclass(frozen=True, slots=True)
class _Library:
    kinds: Any
    suite: Callable[[list[Any]], Any]


@cache
def _great_expectations() -> tuple[_Library, Callable[[dict[str, Any]], Any]]:
    """The library and where a frame is handed to it.

    The import takes seconds, so it happens at the first look and not where this module is imported.
    """
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")  # read at import; no network from here
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("rows").add_dataframe_asset("rows")
    library = _Library(gx.expectations, lambda made: gx.ExpectationSuite(name="rows", expectations=made))
    return library, asset.add_batch_definition_whole_dataframe("now").get_batch
