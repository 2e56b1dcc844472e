"""The public contract of the tables: documented, and the documentation current."""

import importlib
import pkgutil
from pathlib import Path

import duckdb
from storage_builders import report

import radar_pipeline.storage
from radar_pipeline.storage import docs, warehouse
from radar_pipeline.storage.portfolio_schema import PORTFOLIO_TABLES
from radar_pipeline.storage.schema import VALIDITY, Life
from radar_pipeline.storage.views import VIEWS

PROJECT = Path(__file__).parents[3]


def test_the_committed_page_is_what_the_schema_says(tmp_path):
    docs.main([str(tmp_path / "tables.md")])
    committed = (PROJECT / "docs" / "tables.md").read_text(encoding="utf-8")
    assert committed == (tmp_path / "tables.md").read_text(encoding="utf-8"), (
        "Run `python -m radar_pipeline.storage.docs` and commit docs/tables.md."
    )


def test_the_page_tells_of_every_column_and_which_are_private():
    page = docs.render()
    told = [(t.name, t.columns) for t in PORTFOLIO_TABLES]
    told += [(v.name, tuple(field.column for field in v.fields)) for v in VIEWS]
    for name, columns in told:
        section = page.split(f"\n## {name}\n")[1].split("\n## ")[0]
        for column in columns:
            (line,) = [each for each in section.splitlines() if each.startswith(f"| `{column.name}` ")]
            assert column.type in line
            assert ("*private*" in line) == column.private


def test_the_documented_score_query_and_as_of_macro_run(tmp_path):
    sweep = "20261101T000000.000Z-aaaaaa"
    warehouse.build_release(None, tmp_path, report(sweep), sweep, {"gdpr"})
    query = docs.render().split("```sql\n")[1].split("```")[0]
    with duckdb.connect(str(tmp_path / "radar.duckdb"), read_only=True) as con:
        assert con.execute(query).fetchall() == [("gdpr", 0.0)]
        assert con.execute("SELECT count(*) FROM assessments_as_of('20261122')").fetchone() == (2,)


def test_names_of_the_schema_are_plain_distinct_and_typed():
    names = [table.name for table in PORTFOLIO_TABLES]
    assert len(set(names)) == len(names)
    for table in PORTFOLIO_TABLES:
        columns = [column.name for column in (*table.columns, *VALIDITY)]
        assert len(set(columns)) == len(columns)
        assert set(table.key) <= set(columns)
        assert "tenant_id" in columns or table.life is Life.MIRROR  # prompts belong to no tenant
        assert ("framework_id" in columns) == table.scoped
        assert not any(column.private for column in table.columns if column.name in table.key)


def test_only_one_module_each_knows_lancedb_and_duckdb():
    sources = {
        name: Path(importlib.util.find_spec(name).origin).read_text(encoding="utf-8")
        for _, name, _ in pkgutil.walk_packages(radar_pipeline.storage.__path__, "radar_pipeline.storage.")
    }
    for library, owner in (("lancedb", "tenant_store"), ("duckdb", "warehouse")):
        users = {name for name, text in sources.items() if f"import {library}" in text}
        assert users == {f"radar_pipeline.storage.{owner}"}
